const MINUTE_MS = 60_000;

/** Milliseconds as a person says them: `250 ms`, `2.5 s`, `90 s`, `2 min`. */
export function durationText(ms: number): string {
  if (ms > 0 && ms < 1_000) return `${Math.round(ms * 10) / 10} ms`;
  if (ms > MINUTE_MS && ms % MINUTE_MS === 0) return `${ms / MINUTE_MS} min`;
  return `${Math.round(ms / 100) / 10} s`;
}
