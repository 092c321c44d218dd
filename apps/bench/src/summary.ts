import type { Benchmark, Published, Ratio, Subject, Workload } from "./benchmark.ts";
import type { Mode } from "./machine-mode.ts";
import { leadingMode, type Round, roundsOf } from "./rounds.ts";
import { type Spread, spread } from "./stats.ts";

export interface Result extends Spread {
  readonly subject: string;
  readonly workload: string;
  readonly metric: string;
  readonly unit: string;
}

/** What `--json` prints. */
export interface Summary {
  readonly name: string;
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
  /** What a ratio should be at the most. */
  readonly goals: Readonly<Record<string, number>>;
  /** What others publish of the same metrics. */
  readonly published: readonly Published[];
}

export function summarise(
  benchmark: Pick<Benchmark, "name" | "metrics" | "ratios" | "headline" | "published">,
  subjects: readonly Pick<Subject, "id">[],
  workloads: readonly Workload[],
  rounds: readonly Round[],
  about: Pick<Summary, "versions" | "machine" | "seconds">,
): Summary {
  const mode = leadingMode(rounds);
  const results: Result[] = [];
  const ratios: Record<string, number> = {};
  const ratioRanges: Record<string, [number, number]> = {};
  const goals: Record<string, number> = {};
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
      const values = counted.map((round) => quotient(round, ratio)).filter((v) => v !== undefined);
      if (values.length === 0) continue;
      const isHeadline = workload === (ratio.workload ?? benchmark.headline);
      const key = isHeadline ? ratio.key : `${ratio.key} @ ${workload}`;
      const { median, min, max } = spread(values);
      ratios[key] = median;
      ratioRanges[key] = [min, max];
      if (isHeadline && ratio.goal !== undefined) goals[key] = ratio.goal;
    }
  }
  const counts: Partial<Record<Mode, number>> = {};
  for (const round of rounds) counts[round.mode] = (counts[round.mode] ?? 0) + 1;
  const { name, published = [] } = benchmark;
  return { name, ...about, mode, rounds: counts, results, ratios, ratioRanges, goals, published };
}

/** Within one round, so that what slows the machine for a while slows both. */
function quotient({ figures }: Round, { metric, ours, theirs }: Ratio): number | undefined {
  const above = figures[ours]?.[metric];
  if (theirs === undefined) return above;
  const below = figures[theirs]?.[metric];
  return above === undefined || below === undefined || below === 0 ? undefined : above / below;
}
