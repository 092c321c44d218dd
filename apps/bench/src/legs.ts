/** Sums of what a number of legs measured, by name; `ticks` is one of them. */
export type Totals = Record<string, number> & { ticks: number };

/**
 * Runs legs of a flight for at least `warmUpMs`, and answers how many of them make about `roundMs`. The measuring code
 * is warm then, and a round has the same number of legs each time.
 */
export function warmUp(leg: () => unknown, warmUpMs: number, roundMs: number): number {
  const startedMs = performance.now();
  let legMs = 0;
  for (let nowMs = startedMs; legMs === 0 || nowMs - startedMs < warmUpMs; ) {
    leg();
    legMs = performance.now() - nowMs;
    nowMs += legMs;
  }
  return Math.max(1, Math.round(roundMs / legMs));
}

/** Means per tick of so many legs. */
export function perTick(leg: () => Totals, legs: number): Record<string, number> {
  const sum: Totals = { ticks: 0 };
  for (let i = 0; i < legs; i++) {
    for (const [name, value] of Object.entries(leg())) sum[name] = (sum[name] ?? 0) + value;
  }
  return Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / sum.ticks]));
}
