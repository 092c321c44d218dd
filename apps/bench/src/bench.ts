import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Benchmark, Figures, Runner, Size, Subject } from "./benchmark.ts";
import { BENCHMARKS, benchmarkNamed, openRunner } from "./benchmarks.ts";
import { SpeedProbe } from "./machine-mode.ts";
import { installPeers, versions } from "./peers.ts";
import { report } from "./report.ts";
import { type Round, runRounds } from "./rounds.ts";
import { SubjectProcess } from "./subject-process.ts";
import { summarise } from "./summary.ts";

const ROUNDS = 9;
const ROUNDS_FULL = 25;
/** A run ends within eight minutes; its last pass and the children's ends fit into the rest. */
const LIMIT_MS = 6 * 60_000;
const LIMIT_FULL_MS = 60 * 60_000;
const PROFILES = fileURLToPath(new URL("../profiles", import.meta.url));

export interface Terminal {
  /** The result: on standard output. */
  print(text: string): void;
  /** How it is going: on standard error. */
  say(line: string): void;
}

/** `pnpm bench`: the list; `pnpm bench <name>`: runs it. Throws with a message for a person. */
export async function bench(args: readonly string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      only: { type: "string" },
      workload: { type: "string" },
      rounds: { type: "string" },
      "cpu-prof": { type: "boolean", default: false },
    },
  });
  const [name] = positionals;
  if (name === undefined) return terminal.print(list());

  const benchmark = benchmarkNamed(name);
  const size: Size = values.smoke ? "smoke" : values.full ? "full" : "normal";
  const subjects = chosenSubjects(benchmark, values.only, size);
  const workloads = benchmark
    .workloads(size)
    .filter(({ name: workload }) => values.workload === undefined || workload.includes(values.workload));
  if (workloads.length === 0) throw new Error(`no workload of ${name} has ${values.workload} in its name`);
  const wanted = roundsWanted(values.rounds, size);

  const startedMs = performance.now();
  if (subjects.some(({ isPeer }) => isPeer)) installPeers(terminal.say);
  const asked = size === "smoke" ? here(benchmark) : await apart(benchmark, size, values["cpu-prof"]);
  let rounds: Round[];
  try {
    rounds = await runRounds({
      subjects: subjects.map(({ id }) => id),
      workloads: workloads.map(({ name: workload }) => workload),
      wanted,
      limitMs: size === "full" ? LIMIT_FULL_MS : LIMIT_MS,
      nowMs: () => performance.now(),
      probe: asked.probe,
      ask: asked.ask,
      onRound: ({ workload, mode }, count) => terminal.say(`round ${count}: ${workload} (${mode})`),
    });
  } finally {
    await asked.end();
  }
  if (values["cpu-prof"]) terminal.say(`profiles are in ${PROFILES}; open them in Chromium's DevTools`);

  const summary = summarise(benchmark, subjects, workloads, rounds, {
    versions: versions(),
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores`,
    seconds: (performance.now() - startedMs) / 1000,
  });
  terminal.print(values.json ? `${JSON.stringify(summary)}\n` : report(benchmark, workloads, summary));
}

function list(): string {
  const lines = [
    "pnpm bench <name> [--json] [--full] [--only <subject,…>] [--workload <text>] [--rounds <n>] [--cpu-prof]",
  ];
  for (const { name, question, subjects } of BENCHMARKS) {
    lines.push("", `${name}: ${question}`);
    for (const { id, about } of subjects) lines.push(`  ${id.padEnd(20)} ${about}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Subjects whose id begins with one of the words; in a smoke run only those that need no peers. */
function chosenSubjects({ name, subjects }: Benchmark, only: string | undefined, size: Size): Subject[] {
  const words = only?.split(",");
  const chosen = subjects.filter(
    ({ id, isPeer }) =>
      (words === undefined || words.some((word) => id.startsWith(word))) && !(size === "smoke" && isPeer),
  );
  if (chosen.length === 0)
    throw new Error(`${name} has no subject ${only}; there are ${subjects.map(({ id }) => id).join(", ")}`);
  return chosen;
}

function roundsWanted(text: string | undefined, size: Size): number {
  if (text === undefined) return size === "smoke" ? 1 : size === "full" ? ROUNDS_FULL : ROUNDS;
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is ${text}; accepted: 1 or more`);
  return rounds;
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
async function apart(benchmark: Benchmark, size: Size, profiles: boolean): Promise<Asked> {
  const probe = await SpeedProbe.start();
  const processes = new Map<string, SubjectProcess>();
  return {
    probe: () => probe.roundTripNs(),
    ask(subject, workload) {
      const key = `${subject}: ${workload}`;
      const asked =
        processes.get(key) ??
        new SubjectProcess(benchmark.name, subject, workload, size, profiles ? PROFILES : undefined);
      processes.set(key, asked);
      return asked.round();
    },
    async end() {
      probe.close();
      await Promise.all([...processes.values()].map((asked) => asked.end()));
    },
  };
}
