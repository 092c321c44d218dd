import { type Axis, logAxis } from "./axis.ts";

const BARS_MAX = 48;
/** Below it nobody can tell, and a logarithm has no zero. */
const LEAST_MS = 0.01;

/** Of all that was measured: the fastest, which nobody minds and which may take half of a logarithmic axis. */
const LOW_TAIL_SHARE = 0.01;

interface Bucket {
  readonly upToMs: number;
  readonly count: number;
}

export interface Bar {
  /** Of the first bar, 0: it has whatever was lower. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/**
 * Buckets that follow each other, drawn as bars of one width on a logarithmic axis: 1 to 2 ms matters as much as 100 to
 * 200. What is in a bucket counts as spread evenly over it, so that bars do not show where buckets end.
 */
export function histogramBars(all: readonly Bucket[]): { axis: Axis; bars: Bar[] } {
  const buckets = withoutLowTail(all);
  const [first, second] = buckets;
  const last = buckets.at(-1);
  if (!first || !last) return { axis: logAxis(1, 10), bars: [] };
  // Where the first begins is not said: it is taken to be as wide as the second.
  const width = second ? second.upToMs / first.upToMs : 1.2;
  const fromMs = Math.max(LEAST_MS, first.upToMs / width);
  const count = Math.min(BARS_MAX, buckets.length);
  const step = Math.log(Math.max(last.upToMs, fromMs * 1.01) / fromMs) / count;
  const counts = Array.from({ length: count }, () => 0);
  const at = (ms: number) => Math.min(count, Math.max(0, Math.log(ms / fromMs) / step));
  buckets.forEach((bucket, i) => {
    const from = at(Math.max(LEAST_MS, buckets[i - 1]?.upToMs ?? fromMs));
    const to = at(bucket.upToMs);
    for (let bar = Math.floor(from); bar < Math.min(count, to); bar++)
      counts[bar]! += (bucket.count * (Math.min(to, bar + 1) - Math.max(from, bar))) / (to - from);
  });
  return {
    axis: logAxis(fromMs, fromMs * Math.exp(step * count)),
    bars: counts.map((each, i) => ({
      fromMs: i === 0 ? 0 : fromMs * Math.exp(step * i),
      toMs: fromMs * Math.exp(step * (i + 1)),
      count: each,
    })),
  };
}

function withoutLowTail(buckets: readonly Bucket[]): Bucket[] {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let low = 0;
  const first = buckets.findIndex(({ count }) => {
    low += count;
    return low > LOW_TAIL_SHARE * total;
  });
  if (first < 0) return [];
  return [{ upToMs: buckets[first]!.upToMs, count: low }, ...buckets.slice(first + 1)];
}
