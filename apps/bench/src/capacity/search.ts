/** What one step found out. */
export interface Step {
  readonly holds: boolean;
}

/**
 * The most for which it holds, and what was found with that many: doubles from `from` until it holds no more or `max` is
 * reached, then halves the interval until it is no wider than `exact`. Undefined: not even `from` does.
 */
export async function mostThatHolds<S extends Step>(
  { from, max, exact }: { from: number; max: number; exact: number },
  look: (count: number) => Promise<S>,
): Promise<{ count: number; step: S } | undefined> {
  let best: { count: number; step: S } | undefined;
  let tooMany = Number.POSITIVE_INFINITY;
  for (let count = from; count < tooMany; count = Math.min(count * 2, max)) {
    const step = await look(count);
    if (step.holds) best = { count, step };
    else tooMany = count;
    if (count === max) break;
  }
  while (best && Number.isFinite(tooMany) && tooMany - best.count > exact) {
    const count: number = Math.round((best.count + tooMany) / 2 / exact) * exact;
    // An interval that is not a whole number of these is halved no further.
    if (count <= best.count || count >= tooMany) break;
    const step = await look(count);
    if (step.holds) best = { count, step };
    else tooMany = count;
  }
  return best;
}
