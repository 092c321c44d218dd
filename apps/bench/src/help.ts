import type { Benchmark } from "./benchmark.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { goalText, table } from "./format.ts";

const USAGE = `pnpm bench <name> …          runs benchmarks, one after another
pnpm bench all               all of them, and the report
pnpm bench report            docs/benchmarks/<date>.md and the figures in README.md, from the last whole runs
pnpm bench profile [file …]  where the time went in .cpuprofile files
pnpm bench <name> --help     what is compared, on what, and the goals

  --json               one JSON object for each benchmark, a line on standard output
  --full               more rounds and sizes, as long as it takes
  --only <id,…>        subjects whose names begin so; without peers nothing is downloaded
  --workload <text>    workloads with this in their name
  --rounds <n>         rounds of each workload in the same speed mode of the machine (9; with --full 25)
  --cpu-prof           every process writes a profile
`;

/** `pnpm bench`. */
export function list(): string {
  const rows = BENCHMARKS.map(({ name, question }) => [`  ${name}`, question]);
  return `${USAGE}\n${table(rows, [0, 1]).join("\n")}\n`;
}

/** `pnpm bench <name> --help`. */
export function aboutBenchmark({ name, question, subjects, workloads, ratios }: Benchmark): string {
  const lines = [`${name}: ${question}`, "", "subjects"];
  lines.push(
    ...table(
      subjects.map(({ id, about }) => [`  ${id}`, about]),
      [0, 1],
    ),
  );
  const usual = workloads("normal").map((workload) => workload.name);
  const more = workloads("full")
    .map((workload) => workload.name)
    .filter((full) => !usual.includes(full));
  lines.push("", "workloads", ...usual.map((workload) => `  ${workload}`));
  lines.push(...more.map((workload) => `  ${workload} (with --full)`));
  const goals = ratios.flatMap(({ key, metric, theirs, goal, goalAtLeast }) => {
    const text =
      goal !== undefined
        ? goalText({ atMost: goal })
        : goalAtLeast !== undefined && goalText({ atLeast: goalAtLeast });
    if (!text) return [];
    const peers = [theirs ?? []].flat();
    const against =
      peers.length > 1 ? ` ÷ best of ${peers.join(", ")}` : peers.map((id) => ` ÷ ${id}`).join("");
    return [[`  ${key}`, text, `${metric}${against}`]];
  });
  if (goals.length > 0) lines.push("", "goals", ...table(goals, [0, 1, 2]));
  return `${lines.join("\n")}\n`;
}
