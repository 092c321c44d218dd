/** How regular the beats of many were that each have the same period. */
export interface Regularity {
  /** By how much the time from one beat to the next differs from the period, ms. */
  readonly jitterP50Ms: number;
  readonly jitterP99Ms: number;
  /** Of the one that is worst: how many beats it has more or fewer than the time from its first to its last says. */
  readonly drift: number;
  readonly beats: number;
}

interface Beats {
  firstMs: number;
  lastMs: number;
  /** After the first. */
  count: number;
}

/** Beats by whoever beats. A beat costs little: it may be noted within what is measured. */
export class BeatLog {
  readonly #periodMs: number;
  readonly #beats = new Map<object, Beats>();
  #jitterMs = new Float64Array(1 << 16);
  #count = 0;

  constructor(hz: number) {
    this.#periodMs = 1_000 / hz;
  }

  beat(who: object, nowMs: number): void {
    const beats = this.#beats.get(who);
    if (!beats) return void this.#beats.set(who, { firstMs: nowMs, lastMs: nowMs, count: 0 });
    this.#note(Math.abs(nowMs - beats.lastMs - this.#periodMs));
    beats.lastMs = nowMs;
    beats.count++;
  }

  #note(jitterMs: number): void {
    if (this.#count === this.#jitterMs.length) {
      const longer = new Float64Array(this.#count * 2);
      longer.set(this.#jitterMs);
      this.#jitterMs = longer;
    }
    this.#jitterMs[this.#count++] = jitterMs;
  }

  regularity(): Regularity {
    const sorted = this.#jitterMs.subarray(0, this.#count).sort();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    let drift = 0;
    for (const { firstMs, lastMs, count } of this.#beats.values())
      drift = Math.max(drift, Math.abs(count - (lastMs - firstMs) / this.#periodMs));
    return { jitterP50Ms: at(0.5), jitterP99Ms: at(0.99), drift, beats: this.#count };
  }
}
