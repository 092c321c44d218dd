import { expect, it } from "vitest";
import { exponential, logNormal, normal, Prng, weighted } from "./index.ts";

const DRAWS = 20_000;

function draws(draw: (prng: Prng) => number): number[] {
  const prng = new Prng(1);
  return Array.from({ length: DRAWS }, () => draw(prng)).sort((a, b) => a - b);
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const at = (values: readonly number[], share: number) => values[Math.floor(share * values.length)];

it("normal: around 0, two thirds within 1", () => {
  const values = draws(normal);
  expect(mean(values)).toBeCloseTo(0, 1);
  expect(at(values, 0.84)).toBeCloseTo(1, 1);
});

it("exponential: its mean, and nothing below 0", () => {
  const values = draws((prng) => exponential(prng, 5));
  expect(mean(values) / 5).toBeCloseTo(1, 1);
  expect(values[0]).toBeGreaterThanOrEqual(0);
});

it("logNormal: its median and its 95th percentile, and nothing below 0", () => {
  const values = draws((prng) => logNormal(prng, 20, 60));
  expect(at(values, 0.5)! / 20).toBeCloseTo(1, 1);
  expect(at(values, 0.95)! / 60).toBeCloseTo(1, 1);
  expect(values[0]).toBeGreaterThan(0);
});

it("weighted: an index as often as it weighs, never one that weighs nothing", () => {
  const values = draws((prng) => weighted(prng, [3, 0, 1]));
  expect(values.filter((value) => value === 0).length / DRAWS).toBeCloseTo(0.75, 1);
  expect(values).not.toContain(1);
});
