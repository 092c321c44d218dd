import type { Prng } from "@warren/kernel";

/** Normally distributed around 0 with a standard deviation of 1 (Box-Muller). */
export function normal(prng: Prng): number {
  return Math.sqrt(-2 * Math.log(1 - prng.float())) * Math.cos(2 * Math.PI * prng.float());
}

/** Exponentially distributed: how long until something that happens every `mean` on average. */
export function exponential(prng: Prng, mean: number): number {
  return -Math.log(1 - prng.float()) * mean;
}

/** An index, as often as its weight says. */
export function weighted(prng: Prng, weights: readonly number[]): number {
  let left = prng.float() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index < 0 ? weights.length - 1 : index;
}
