import { cpus, release, type } from "node:os";
import type { Benchmark, Figures, Runner, Size, Subject, Workload } from "./benchmark.ts";
import { openRunner } from "./benchmarks.ts";
import { SpeedProbe } from "./machine-mode.ts";
import { installPeers, versions } from "./peers.ts";
import { type Round, runRounds } from "./rounds.ts";
import { SubjectProcess } from "./subject-process.ts";
import { type Summary, summarise } from "./summary.ts";

/** A run ends within eight minutes; its last pass and the children's ends fit into the rest. */
const LIMIT_MS = 6 * 60_000;
const LIMIT_FULL_MS = 60 * 60_000;

export interface RunOptions {
  readonly size: Size;
  readonly subjects: readonly Subject[];
  readonly workloads: readonly Workload[];
  /** Rounds of like mode wanted of each workload. */
  readonly rounds: number;
  /** Where every process writes a CPU profile; undefined: none does. */
  readonly profileFolder: string | undefined;
  readonly command: string;
  say(line: string): void;
}

/** Runs a benchmark and sums it up. Rejects when a subject fails, or did its work wrongly. */
export async function runBenchmark(benchmark: Benchmark, options: RunOptions): Promise<Summary> {
  const { size, subjects, workloads, command, say } = options;
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  if (subjects.some(({ isPeer }) => isPeer)) installPeers(say);
  const asked = size === "smoke" ? here(benchmark) : await apart(benchmark, size, options.profileFolder);
  let rounds: Round[];
  try {
    rounds = await runRounds({
      subjects: subjects.map(({ id }) => id),
      workloads: workloads.map(({ name }) => name),
      wanted: options.rounds,
      limitMs: size === "full" ? LIMIT_FULL_MS : (benchmark.limitMs ?? LIMIT_MS),
      nowMs: () => performance.now(),
      probe: asked.probe,
      ask: asked.ask,
      onRound: ({ workload, mode }, count) => say(`round ${count}: ${workload} (${mode})`),
    });
  } finally {
    await asked.end();
  }
  return summarise(benchmark, subjects, workloads, rounds, {
    command,
    startedAt,
    versions: await versions(),
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, ${type()} ${release()}`,
    seconds: (performance.now() - startedMs) / 1000,
  });
}

interface Asked {
  readonly probe: (() => number) | undefined;
  ask(subject: string, workload: string): Promise<Figures>;
  end(): Promise<void>;
}
/** All in this process, at whatever speed the machine has: proves that they run, measures nothing. */
function here(benchmark: Benchmark): Asked {
  const runners = new Map<string, Runner>();
  return {
    probe: undefined,
    async ask(subject, workload) {
      const key = `${subject}: ${workload}`;
      const runner = runners.get(key) ?? (await openRunner(benchmark, subject, workload, "smoke"));
      runners.set(key, runner);
      return runner.round();
    },
    async end() {
      await Promise.all([...runners.values()].map((runner) => runner.close?.()));
    },
  };
}

/** Each subject on each workload in a process of its own. */
async function apart(benchmark: Benchmark, size: Size, profileFolder: string | undefined): Promise<Asked> {
  const probe = await SpeedProbe.start();
  const processes = new Map<string, SubjectProcess>();
  return {
    probe: () => probe.roundTripNs(),
    ask(subject, workload) {
      const key = `${subject}: ${workload}`;
      const asked =
        processes.get(key) ?? new SubjectProcess(benchmark.name, subject, workload, size, profileFolder);
      processes.set(key, asked);
      return asked.round();
    },
    async end() {
      probe.close();
      await Promise.all([...processes.values()].map((asked) => asked.end()));
    },
  };
}
