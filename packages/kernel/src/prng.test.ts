import { describe, expect, it } from "vitest";
import { Prng } from "./index.ts";

const first = (seed: number, count: number) => {
  const prng = new Prng(seed);
  return Array.from({ length: count }, () => prng.u32());
};

describe("Prng", () => {
  // Rooms are replayed from their seed: other numbers would be other games.
  it("gives the same numbers for ever", () => {
    expect(first(1, 5)).toEqual([2_212_199_553, 1_506_684_997, 389_392_296, 138_374_344, 482_077_534]);
    expect(first(2 ** 32 - 1, 3)).toEqual([4_182_873_111, 638_246_997, 1_384_417_266]);
  });

  it("goes on from its state", () => {
    const one = new Prng(7);
    one.u32();
    const two = new Prng(0);
    two.state.set(one.state);
    expect(two.u32()).toBe(one.u32());
  });

  it("stays in its ranges and reaches their ends", () => {
    const prng = new Prng(3);
    const dice = Array.from({ length: 1_000 }, () => prng.int(1, 6));
    expect([...new Set(dice)].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    const floats = Array.from({ length: 1_000 }, () => prng.float());
    expect(Math.min(...floats)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...floats)).toBeLessThan(1);
    expect(prng.pick(["a"])).toBe("a");
    expect(() => prng.pick([])).toThrow("pick from an empty list");
  });
});
