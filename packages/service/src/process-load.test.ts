import { createHistogram } from "node:perf_hooks";
import { expect, it } from "vitest";
import { lagMsOf } from "./process-load.ts";

/** Looks every 20 ms in time, and some that were late. */
function lagOf({ inTime, lateMs }: { inTime: number; lateMs: readonly number[] }): number {
  const looks = createHistogram();
  for (let i = 0; i < inTime; i++) looks.record(20_000_000);
  for (const ms of lateMs) looks.record((20 + ms) * 1_000_000);
  return lagMsOf(looks);
}

it.each([0, 40, 240])("two stalls are no lag, and a third is, among %d looks in time", (inTime) => {
  expect(lagOf({ inTime, lateMs: [] })).toBeLessThan(1);
  expect(lagOf({ inTime, lateMs: [300, 300] })).toBeLessThan(1);
  expect(lagOf({ inTime, lateMs: [300, 300, 300] })).toBeCloseTo(300, 0);
});

it("a loop that is late all the time is so late", () => {
  expect(lagOf({ inTime: 0, lateMs: Array.from({ length: 16 }, () => 280) })).toBeCloseTo(280, 0);
});
