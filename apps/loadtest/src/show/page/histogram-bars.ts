import { type Axis, logAxis } from "./axis.ts";

const BARS_MAX = 48;

export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/**
 * Buckets taken together until there are not too many bars, each as wide as the others on an axis that is logarithmic:
 * 1 to 2 ms matters as much as 100 to 200. A bar holds whole buckets, as many as the next, so that it is not a comb.
 */
export function histogramBars(buckets: readonly { upToMs: number; count: number }[]): {
  axis: Axis;
  bars: Bar[];
} {
  const filled = buckets.filter(({ count }) => count > 0).sort((a, b) => a.upToMs - b.upToMs);
  const first = filled[0];
  const last = filled.at(-1);
  if (!first || !last) return { axis: logAxis(1, 10), bars: [] };
  const lowest = Math.max(first.upToMs, LEAST_MS);
  const highest = Math.max(last.upToMs, lowest * 1.5);
  const bucketRatio = filled.reduce((least, { upToMs }, i) => {
    const before = Math.max(filled[i - 1]?.upToMs ?? 0, LEAST_MS);
    return i > 0 && upToMs > before ? Math.min(least, upToMs / before) : least;
  }, 1.1);
  const wanted = Math.log(highest / lowest) / BARS_MAX / Math.log(bucketRatio);
  const ratio = bucketRatio ** Math.max(1, Math.ceil(wanted));
  const from = lowest / ratio;
  const counts = new Array<number>(BARS_MAX + 2).fill(0);
  for (const { upToMs, count } of filled) {
    const index = Math.floor(Math.log(Math.max(upToMs, LEAST_MS) / from) / Math.log(ratio) - 1e-9);
    counts[Math.min(counts.length - 1, Math.max(0, index))]! += count;
  }
  const bars = counts.map((count, i) => ({
    fromMs: from * ratio ** i,
    toMs: from * ratio ** (i + 1),
    count,
  }));
  const used = bars.slice(0, bars.findLastIndex(({ count }) => count > 0) + 1);
  return { axis: logAxis(from, used.at(-1)!.toMs), bars: used };
}

/** Below it nobody can tell. */
const LEAST_MS = 0.01;
