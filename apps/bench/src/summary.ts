import type { Benchmark, Metric, Published, Ratio, Subject, Workload } from "./benchmark.ts";
import type { Mode } from "./machine-mode.ts";
import { leadingMode, type Round, roundsOf } from "./rounds.ts";
import { type Spread, spread } from "./stats.ts";

export interface Result extends Spread {
  readonly subject: string;
  readonly workload: string;
  readonly metric: string;
  readonly unit: string;
}

/** What a ratio or figure should be. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export const isMet = (value: number, goal: Goal): boolean =>
  "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;

/** What `--json` prints. */
export interface Summary {
  readonly name: string;
  /** What repeats it. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
  /** Of all rounds that count; the others are left out. */
  readonly mode: Mode;
  /** How many rounds there were of each mode. */
  readonly rounds: Readonly<Partial<Record<Mode, number>>>;
  readonly seconds: number;
  readonly results: readonly Result[];
  /** Ours ÷ theirs, median over the rounds. Of the headline workload by key alone, of others as `key @ workload`. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Least and greatest of the rounds, by the same keys. */
  readonly ratioRanges: Readonly<Record<string, readonly [number, number]>>;
  /** By the same keys, who "theirs" is; of several peers the one that was the best in most rounds. */
  readonly against: Readonly<Record<string, string>>;
  readonly goals: Readonly<Record<string, Goal>>;
  /** What others publish of the same metrics. */
  readonly published: readonly Published[];
}

export function summarise(
  benchmark: Pick<Benchmark, "name" | "metrics" | "ratios" | "headline" | "published">,
  subjects: readonly Pick<Subject, "id">[],
  workloads: readonly Workload[],
  rounds: readonly Round[],
  about: Pick<Summary, "command" | "startedAt" | "versions" | "machine" | "seconds">,
): Summary {
  const mode = leadingMode(rounds);
  const results: Result[] = [];
  const ratios: Record<string, number> = {};
  const ratioRanges: Record<string, [number, number]> = {};
  const against: Record<string, string> = {};
  const goals: Record<string, Goal> = {};
  for (const { name: workload } of workloads) {
    const counted = roundsOf(rounds, workload, mode);
    for (const { id } of subjects) {
      for (const { name: metric, unit } of benchmark.metrics) {
        const values = counted.map(({ figures }) => figures[id]?.[metric]).filter((v) => v !== undefined);
        if (values.length > 0) results.push({ subject: id, workload, metric, unit, ...spread(values) });
      }
    }
    for (const ratio of benchmark.ratios) {
      if (ratio.workload !== undefined && ratio.workload !== workload) continue;
      const metric = benchmark.metrics.find(({ name }) => name === ratio.metric);
      const quotients = counted.map((round) => quotient(round, ratio, metric)).filter((q) => q !== undefined);
      if (quotients.length === 0) continue;
      const isHeadline = workload === (ratio.workload ?? benchmark.headline);
      const key = isHeadline ? ratio.key : `${ratio.key} @ ${workload}`;
      const { median, min, max } = spread(quotients.map(({ value }) => value));
      ratios[key] = median;
      ratioRanges[key] = [min, max];
      const peer = mostFrequent(quotients.map(({ theirs }) => theirs));
      if (peer !== undefined) against[key] = peer;
      if (!isHeadline) continue;
      if (ratio.goal !== undefined) goals[key] = { atMost: ratio.goal };
      if (ratio.goalAtLeast !== undefined) goals[key] = { atLeast: ratio.goalAtLeast };
    }
  }
  const counts: Partial<Record<Mode, number>> = {};
  for (const round of rounds) counts[round.mode] = (counts[round.mode] ?? 0) + 1;
  const { name, published = [] } = benchmark;
  return { name, ...about, mode, rounds: counts, results, ratios, ratioRanges, against, goals, published };
}

interface Quotient {
  readonly value: number;
  readonly theirs: string | undefined;
}

/** Within one round, so that what slows the machine for a while slows both. */
function quotient({ figures }: Round, ratio: Ratio, metric: Metric | undefined): Quotient | undefined {
  const of = (subject: string) => figures[subject]?.[ratio.metric];
  const ours = of(ratio.ours);
  if (ours === undefined) return undefined;
  if (ratio.theirs === undefined) return { value: ours, theirs: undefined };
  let best: { figure: number; theirs: string } | undefined;
  for (const theirs of [ratio.theirs].flat()) {
    const figure = of(theirs);
    if (figure === undefined || figure === 0) continue;
    const isBetter =
      best === undefined || (metric?.better === "more" ? figure > best.figure : figure < best.figure);
    if (isBetter) best = { figure, theirs };
  }
  return best && { value: ours / best.figure, theirs: best.theirs };
}

/** The first of those that come most often. */
function mostFrequent<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
