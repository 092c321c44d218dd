import type { Prng } from "./prng.ts";

/** Normally distributed around 0 with a standard deviation of 1 (Box-Muller). */
export function normal(prng: Prng): number {
  return Math.sqrt(-2 * Math.log(1 - prng.float())) * Math.cos(2 * Math.PI * prng.float());
}

/** Exponentially distributed: how long until something that happens every `mean` on average. */
export function exponential(prng: Prng, mean: number): number {
  return -Math.log(1 - prng.float()) * mean;
}

/**
 * How long people take: half of them at least `median`, one in twenty more than `p95`, nobody less than nothing. Both
 * above 0.
 */
export function logNormal(prng: Prng, median: number, p95: number): number {
  return median * Math.exp((normal(prng) * Math.log(p95 / median)) / NORMAL_P95);
}

/** Standard deviations above the mean that one in twenty is beyond. */
const NORMAL_P95 = 1.645;

/** An index, as often as its weight says. */
export function weighted(prng: Prng, weights: readonly number[]): number {
  let left = prng.float() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index < 0 ? weights.length - 1 : index;
}
