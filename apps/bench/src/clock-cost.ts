const CALLS = 2_000;

/** Milliseconds one call of performance.now() takes; an interval between two calls is too long by that. */
export function clockCostMs(): number {
  const startedMs = performance.now();
  for (let i = 1; i < CALLS; i++) performance.now();
  return (performance.now() - startedMs) / CALLS;
}
