import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Benchmark, Size, Subject, Workload } from "./benchmark.ts";
import { BENCHMARKS, benchmarkNamed } from "./benchmarks.ts";
import { aboutBenchmark, list } from "./help.ts";
import { type CpuProfile, profileTable, selfTimes } from "./profile-table.ts";
import { RESULTS, staleFiles, unmeasured, writeReport } from "./report/report.ts";
import { store } from "./report/stored.ts";
import { runBenchmark } from "./run-benchmark.ts";
import { summaryText } from "./summary-text.ts";

const ROUNDS = 9;
const ROUNDS_FULL = 25;
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROFILES = fileURLToPath(new URL("../profiles", import.meta.url));

const OPTIONS = {
  json: { type: "boolean", default: false },
  full: { type: "boolean", default: false },
  smoke: { type: "boolean", default: false },
  only: { type: "string" },
  workload: { type: "string" },
  rounds: { type: "string" },
  "cpu-prof": { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export interface Terminal {
  /** The result: on standard output. */
  print(text: string): void;
  /** How it is going: on standard error. */
  say(line: string): void;
}

/** `pnpm bench …`, as its list says. `root`: the folder of README.md and docs. Throws with a message for a person. */
export async function bench(args: readonly string[], terminal: Terminal, root = ROOT): Promise<void> {
  const { values, positionals } = parsed(args);
  const [first, ...rest] = positionals;
  if (first === undefined || first === "help") return terminal.print(list());
  if (first === "profile") return profile(rest, terminal);
  if (first === "report") return report(values.check, terminal, root);
  const benchmarks = first === "all" ? BENCHMARKS : positionals.map(benchmarkNamed);
  if (values.help) return terminal.print(benchmarks.map(aboutBenchmark).join("\n"));

  if (values["cpu-prof"]) rmSync(PROFILES, { recursive: true, force: true });
  const failed: string[] = [];
  for (const benchmark of benchmarks) {
    if (benchmarks.length > 1) terminal.say(`${benchmark.name}: ${benchmark.question}`);
    try {
      await run(benchmark, values, terminal, root);
    } catch (error) {
      // The others may take an hour, and are worth having.
      if (benchmarks.length === 1) throw error;
      failed.push(benchmark.name);
      terminal.say(`${benchmark.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failed.length > 0) throw new Error(`failed: ${failed.join(", ")}; the reasons are above`);
  if (first === "all" && !values.smoke) report(false, terminal, root);
}

type Values = ReturnType<typeof parsed>["values"];

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Node's own goes on to explain what nobody wanted.
    const [what] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new Error(`${what}; without arguments it lists what there is`);
  }
}

async function run(benchmark: Benchmark, values: Values, terminal: Terminal, root: string): Promise<void> {
  const size: Size = values.smoke ? "smoke" : values.full ? "full" : "normal";
  const subjects = chosenSubjects(benchmark, values.only, size);
  const workloads = chosenWorkloads(benchmark, values.workload, size);
  const part = (["only", "workload", "rounds"] as const).filter((name) => values[name] !== undefined);
  const summary = await runBenchmark(benchmark, {
    size,
    subjects,
    workloads,
    rounds: roundsWanted(values.rounds, size, benchmark.rounds),
    profileFolder: values["cpu-prof"] ? PROFILES : undefined,
    command: [
      `pnpm bench ${benchmark.name}`,
      ...(size === "normal" ? [] : [`--${size}`]),
      ...part.map((name) => `--${name} ${JSON.stringify(values[name])}`),
    ].join(" "),
    say: terminal.say,
  });
  if (values["cpu-prof"])
    terminal.say(`where the time went: pnpm bench profile (the files are in ${PROFILES})`);
  // Only what may stand beside the others.
  const isWhole = size !== "smoke" && part.length === 0 && !values["cpu-prof"];
  if (isWhole) store(join(root, RESULTS), summary);
  terminal.print(values.json ? `${JSON.stringify(summary)}\n` : summaryText(benchmark, workloads, summary));
}

/** Subjects whose id begins with one of the words; without any, a smoke run is of those that need no peers. */
function chosenSubjects({ name, subjects }: Benchmark, only: string | undefined, size: Size): Subject[] {
  const words = only?.split(",");
  const chosen = subjects.filter(({ id, isPeer }) =>
    words === undefined ? size !== "smoke" || !isPeer : words.some((word) => id.startsWith(word)),
  );
  if (chosen.length === 0)
    throw new Error(`${name} has no subject ${only}; there are ${subjects.map(({ id }) => id).join(", ")}`);
  return chosen;
}

function chosenWorkloads(benchmark: Benchmark, text: string | undefined, size: Size): Workload[] {
  const workloads = benchmark.workloads(size);
  const chosen = workloads.filter(({ name }) => text === undefined || name.includes(text));
  if (chosen.length > 0) return chosen;
  const names = workloads.map(({ name }) => `"${name}"`).join(", ");
  throw new Error(`no workload of ${benchmark.name} has ${text} in its name; there are ${names}`);
}

function roundsWanted(text: string | undefined, size: Size, usual = ROUNDS): number {
  if (text === undefined) return size === "smoke" ? 1 : size === "full" ? ROUNDS_FULL : usual;
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is ${text}; accepted: 1 or more`);
  return rounds;
}

function report(check: boolean, terminal: Terminal, root: string): void {
  if (!check) {
    terminal.print(`${writeReport(root).join("\n")}\n`);
    const missing = unmeasured(root);
    if (missing.length > 0)
      terminal.say(`not in it, for they were never run as a whole: ${missing.join(", ")}`);
    return;
  }
  const stale = staleFiles(root);
  if (stale.length > 0)
    throw new Error(`not as the benchmarks' figures say; run \`pnpm bench report\`: ${stale.join(", ")}`);
}

/** Of files, or of all that the last run with --cpu-prof wrote; the busiest process first. */
function profile(files: readonly string[], terminal: Terminal): void {
  const written = existsSync(PROFILES) ? readdirSync(PROFILES).map((file) => join(PROFILES, file)) : [];
  const chosen = files.length > 0 ? files : written;
  if (chosen.length === 0) throw new Error("there is no profile; run: pnpm bench <name> --cpu-prof");
  const profiles = chosen.map((file) =>
    selfTimes(file, JSON.parse(readFileSync(file, "utf8")) as CpuProfile),
  );
  profiles.sort((a, b) => b.busyUs - a.busyUs);
  terminal.print(profiles.map(profileTable).join("\n"));
}
