import { expect, it } from "vitest";
import { histogramBars } from "./histogram-bars.ts";

const sum = (list: readonly { count: number }[]) => list.reduce((total, { count }) => total + count, 0);

it("nothing that was measured is lost, and bars follow each other", () => {
  const buckets = Array.from({ length: 200 }, (_, i) => ({ upToMs: 1.07 ** (i + 1), count: (i * 37) % 11 }));
  const { axis, bars } = histogramBars(buckets);
  expect(sum(bars)).toBeCloseTo(sum(buckets), 6);
  expect(bars).toHaveLength(48);
  bars.slice(1).forEach(({ fromMs }, i) => {
    expect(fromMs).toBeCloseTo(bars[i]!.toMs, 6);
  });
  expect(axis.at(bars.at(-1)!.toMs)).toBeCloseTo(1, 6);
});

it("what is even stays even where buckets become wider", () => {
  // Twice as wide from 64 ms on, as buckets are that are even within a doubling.
  const buckets = [
    ...Array.from({ length: 64 }, (_, i) => ({ upToMs: 64 + i + 1, count: 1 / (64.5 + i) })),
    ...Array.from({ length: 64 }, (_, i) => ({ upToMs: 128 + 2 * (i + 1), count: 2 / (129 + 2 * i) })),
  ];
  const { bars } = histogramBars(buckets.map(({ upToMs, count }) => ({ upToMs, count: count * 1_000 })));
  const inner = bars.slice(1, -1).map(({ count }) => count);
  expect(Math.max(...inner) / Math.min(...inner)).toBeLessThan(1.05);
});

it("a few far below all else do not take the axis", () => {
  const { bars } = histogramBars([
    { upToMs: 0.02, count: 1 },
    ...Array.from({ length: 40 }, (_, i) => ({ upToMs: 0.02 * 1.2 ** (i + 1), count: i > 35 ? 1_000 : 0 })),
  ]);
  expect(bars[0]!.fromMs).toBe(0);
  expect(bars[0]!.toMs).toBeGreaterThan(10);
  expect(sum(bars)).toBeCloseTo(4_001, 6);
});

it("one bucket is one bar, none is none", () => {
  expect(histogramBars([{ upToMs: 5, count: 3 }]).bars).toEqual(
    [{ fromMs: 0, toMs: 5, count: 3 }].map((bar) => ({ ...bar, toMs: expect.closeTo(5) })),
  );
  expect(histogramBars([]).bars).toEqual([]);
});
