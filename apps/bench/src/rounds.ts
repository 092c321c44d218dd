import type { Figures } from "./benchmark.ts";
import { type Mode, modeOf } from "./machine-mode.ts";

/** Every subject once on one workload, one after the other. */
export interface Round {
  readonly workload: string;
  readonly mode: Mode;
  readonly figures: Readonly<Record<string, Figures>>;
}

export interface RoundsOptions {
  readonly subjects: readonly string[];
  readonly workloads: readonly string[];
  /** Rounds of like mode wanted of each workload. */
  readonly wanted: number;
  /** Starts no round after this many milliseconds, even if there are too few of like mode by then. */
  readonly limitMs: number;
  nowMs(): number;
  /** Core-to-core round trip in nanoseconds; undefined: nobody looks, all rounds are alike. */
  readonly probe: (() => number) | undefined;
  ask(subject: string, workload: string): Promise<Figures>;
  /** After each round; `count`: how many there were. */
  onRound?(round: Round, count: number): void;
}

/**
 * Goes through all workloads again and again, every second time with the subjects in reverse (ABBA), so that what
 * drifts meets all of them alike. Ends when every workload has enough rounds of one mode.
 */
export async function runRounds(options: RoundsOptions): Promise<Round[]> {
  const { subjects, workloads, wanted, limitMs, nowMs, probe, ask } = options;
  const rounds: Round[] = [];
  const startedMs = nowMs();
  for (let pass = 0; !enough(rounds, workloads, wanted); pass++) {
    const order = pass % 2 === 0 ? subjects : [...subjects].reverse();
    for (const workload of workloads) {
      if (nowMs() - startedMs > limitMs) return rounds;
      const beforeNs = probe?.();
      const figures: Record<string, Figures> = {};
      for (const subject of order) figures[subject] = await ask(subject, workload);
      const afterNs = probe?.();
      const mode = beforeNs === undefined || afterNs === undefined ? "unknown" : modeOf(beforeNs, afterNs);
      const round = { workload, mode, figures };
      rounds.push(round);
      options.onRound?.(round, rounds.length);
    }
  }
  return rounds;
}

function enough(rounds: readonly Round[], workloads: readonly string[], wanted: number): boolean {
  const mode = leadingMode(rounds);
  return workloads.every((workload) => roundsOf(rounds, workload, mode).length >= wanted);
}

/** The steady mode most rounds were in; if none was steady, the one that most were in. */
export function leadingMode(rounds: readonly Round[]): Mode {
  const steady = rounds.filter(({ mode }) => mode === "fast" || mode === "slow");
  const counts = new Map<Mode, number>();
  for (const { mode } of steady.length > 0 ? steady : rounds) counts.set(mode, (counts.get(mode) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "unknown";
}

export function roundsOf(rounds: readonly Round[], workload: string, mode: Mode): Round[] {
  return rounds.filter((round) => round.workload === workload && round.mode === mode);
}
