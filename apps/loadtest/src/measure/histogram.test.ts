import { Prng } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** As sorting says it. */
function exact(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(rank * sorted.length) - 1]!;
}

describe("a histogram", () => {
  it("has nothing of nothing", () => {
    expect(of([]).quantiles()).toEqual({ p50: 0, p95: 0, p99: 0, max: 0, count: 0 });
    expect(of([]).bars()).toEqual([]);
  });

  it("knows quantiles to a hundredth, and the largest value as it was", () => {
    const random = new Prng(7);
    const values = Array.from({ length: 20_000 }, () => Math.exp(random.float() * 12) / 10);
    const { p50, p95, p99, max, count } = of(values).quantiles();
    expect(count).toBe(20_000);
    expect(max).toBeCloseTo(Math.max(...values), 2);
    for (const [rank, value] of [
      [0.5, p50],
      [0.95, p95],
      [0.99, p99],
    ] as const)
      expect(Math.abs(value / exact(values, rank) - 1)).toBeLessThan(0.01);
  });

  it("of several is that of all values together, not of their quantiles", () => {
    const fast = Array.from({ length: 990 }, () => 1);
    const slow = Array.from({ length: 20 }, (_, i) => 100 + i);
    const merged = new Histogram();
    merged.add(structuredClone(of(fast).packed()));
    merged.add(structuredClone(of(slow).packed()));
    expect(merged.quantiles()).toEqual(of([...fast, ...slow]).quantiles());
    expect(merged.quantiles()).toMatchObject({ count: 1_010, max: 119 });
    expect(merged.quantiles().p50).toBeCloseTo(1, 2);
    expect(merged.quantiles().p99).toBeCloseTo(109, -1);
  });

  it("takes what is out of its range for the nearest in it", () => {
    expect(of([-5, 0, 1e9]).quantiles()).toMatchObject({ p50: 0, count: 3 });
  });

  it("begins anew after a reset", () => {
    const histogram = of([5, 50]);
    histogram.reset();
    histogram.record(1);
    expect(histogram.quantiles()).toEqual({ p50: 1, p95: 1, p99: 1, max: 1, count: 1 });
  });

  it("draws every value as a part of one bar, with empty ones only between others", () => {
    const values = [0.5, 1, 1, 3, 40, 41];
    const bars = of(values).bars();
    expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
    expect(bars[0]!.count).toBeGreaterThan(0);
    expect(bars.at(-1)!.count).toBeGreaterThan(0);
    const ends = bars.map(({ upToMs }) => upToMs);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(ends.at(-1)).toBeGreaterThan(41);
  });
});
