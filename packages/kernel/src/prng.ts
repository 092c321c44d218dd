/**
 * Seeded random numbers (sfc32): the same seed gives the same numbers on every Node and browser.
 * The state is four words, so a room can carry it in its data.
 */
export class Prng {
  readonly state: Uint32Array;

  constructor(seed: number) {
    this.state = new Uint32Array([seed >>> 0, 0x9e3779b9, 0x243f6a88, 1]);
    for (let i = 0; i < 15; i++) this.u32();
  }

  /** 0 to 2³²−1. */
  u32(): number {
    const s = this.state;
    const a = s[0]!;
    const b = s[1]!;
    const c = s[2]!;
    const d = s[3]!;
    const t = (((a + b) | 0) + d) | 0;
    s[3] = (d + 1) | 0;
    s[0] = b ^ (b >>> 9);
    s[1] = (c + (c << 3)) | 0;
    s[2] = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** 0 (included) to 1 (excluded). */
  float(): number {
    return this.u32() / 4294967296;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1));
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error("pick from an empty list");
    return list[this.int(0, list.length - 1)] as T;
  }
}
