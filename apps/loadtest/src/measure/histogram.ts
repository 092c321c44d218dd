import type { Quantiles } from "../result.ts";

const BITS = 6;
/** Steps within a doubling: a value is known to 0.8 %. */
const STEPS = 2 ** BITS;
/** 35 minutes. */
const MAX_US = 2 ** 31 - 1;
const BUCKETS = bucketOf(MAX_US) + 1;
/** Bars of a chart within a doubling. */
const BARS = 16;

/** A histogram as it goes from process to process. */
export interface PackedHistogram {
  readonly maxMs: number;
  /** Bucket, count, bucket, count, … of those that are not empty. */
  readonly counts: readonly number[];
}

/**
 * Times, counted in buckets of the same relative width, so that histograms of many processes and seconds add up to
 * that of all of them: quantiles themselves cannot be added or averaged.
 */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  /** Below 0 counts as 0. */
  record(ms: number): void {
    const us = Math.min(Math.max(0, Math.round(ms * 1_000)), MAX_US);
    this.#counts[bucketOf(us)]!++;
    this.#count++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  add({ maxMs, counts }: PackedHistogram): void {
    for (let i = 0; i < counts.length; i += 2) {
      this.#counts[counts[i]!]! += counts[i + 1]!;
      this.#count += counts[i + 1]!;
    }
    this.#maxMs = Math.max(this.#maxMs, maxMs);
  }

  reset(): void {
    if (this.#count === 0) return;
    this.#counts.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
  }

  packed(): PackedHistogram {
    const counts: number[] = [];
    if (this.#count > 0)
      for (const [bucket, count] of this.#counts.entries()) if (count > 0) counts.push(bucket, count);
    return { maxMs: this.#maxMs, counts };
  }

  quantiles(): Quantiles {
    const [p50 = 0, p95 = 0, p99 = 0] = this.#atRanks([0.5, 0.95, 0.99]);
    return { p50, p95, p99, max: inMs(this.#maxMs * 1_000), count: this.#count };
  }

  /** For a chart: neighbouring buckets together, from the first to the last that is not empty. */
  bars(): { upToMs: number; count: number }[] {
    const bars: { upToMs: number; count: number }[] = [];
    const width = STEPS / BARS;
    let gap: { upToMs: number; count: number }[] = [];
    for (let from = 0; from < BUCKETS; from += width) {
      let count = 0;
      for (let bucket = from; bucket < Math.min(from + width, BUCKETS); bucket++)
        count += this.#counts[bucket]!;
      const bar = { upToMs: inMs(lowestUs(Math.min(from + width, BUCKETS))), count };
      if (count === 0) {
        gap.push(bar);
        continue;
      }
      if (bars.length > 0) bars.push(...gap);
      bars.push(bar);
      gap = [];
    }
    return bars;
  }

  #atRanks(ranks: readonly number[]): number[] {
    if (this.#count === 0) return [];
    const found: number[] = [];
    let seen = 0;
    for (let bucket = 0; found.length < ranks.length; bucket++) {
      seen += this.#counts[bucket]!;
      while (found.length < ranks.length && seen >= Math.ceil(ranks[found.length]! * this.#count))
        found.push(inMs(Math.min((lowestUs(bucket) + lowestUs(bucket + 1) - 1) / 2, this.#maxMs * 1_000)));
    }
    return found;
  }
}

/** Up to 2 × STEPS each value has its own, then every doubling has STEPS. */
function bucketOf(us: number): number {
  if (us < 2 * STEPS) return us;
  const shift = 31 - Math.clz32(us) - BITS;
  return shift * STEPS + (us >>> shift);
}

/** The lowest value of a bucket. */
function lowestUs(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket;
  const shift = Math.floor(bucket / STEPS) - 1;
  return (bucket - shift * STEPS) * 2 ** shift;
}

function inMs(us: number): number {
  return Math.round(us) / 1_000;
}
