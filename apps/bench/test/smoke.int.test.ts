import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bench } from "../src/bench.ts";
import type { Benchmark } from "../src/benchmark.ts";
import { BENCHMARKS } from "../src/benchmarks.ts";
import type { Summary } from "../src/summary.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** Of a benchmark that starts processes on a machine that has much else to do. */
const SMOKE_TIMEOUT_MS = 60_000;

const printed = (...args: string[]) => printedIn(undefined, ...args);

async function printedIn(root: string | undefined, ...args: string[]): Promise<string> {
  let text = "";
  await bench(args, { print: (more) => (text += more), say: () => {} }, root);
  return text;
}

/** A line of columns that begins with these. */
function lineOf(...columns: string[]): RegExp {
  const escaped = columns.map((column) => column.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^  ${escaped.join(" +")}`, "m");
}

test.each(BENCHMARKS)(
  "$name: every subject of ours runs, and shows what it should",
  async (benchmark) => {
    const { name, subjects, metrics, workloads } = benchmark;
    const own = subjects.filter(({ isPeer }) => !isPeer).map(({ id }) => id);
    const lines = (await printed(name, "--smoke", "--json")).trimEnd().split("\n");
    const summary = JSON.parse(lines.at(-1)!) as Summary;
    expect(summary).toMatchObject({ name, mode: "unknown" });
    expect([...new Set(summary.results.map(({ subject }) => subject))]).toEqual(own);
    const [workload] = workloads("smoke");
    for (const subject of own) {
      const mine = summary.results.filter((r) => r.subject === subject && r.workload === workload!.name);
      for (const { metric, unit, n, median } of mine) {
        expect(metrics).toContainEqual(expect.objectContaining({ name: metric, unit }));
        expect({ metric, n, isPositive: median >= 0 }).toEqual({ metric, n: 1, isPositive: true });
      }
      // With so few players a process may have given back more memory than they took.
      expect(name === "memory" || mine.some(({ median }) => median > 0)).toBe(true);
    }
  },
  SMOKE_TIMEOUT_MS,
);

test("a person gets a table", async () => {
  const [{ name, subjects, metrics, workloads }] = BENCHMARKS as [Benchmark];
  const [first, second] = subjects;
  const text = await printed(name, "--smoke", "--only", `${first!.id},${second!.id}`);
  expect(text).toMatch(
    new RegExp(`^${workloads("smoke")[0]!.name} +${metrics[0]!.name} .*\\n +${metrics[0]!.unit} `, "m"),
  );
  expect(text).not.toContain("hand-written");
});

test("of one subject a person gets a list", async () => {
  const text = await printed("state", "--smoke", "--only", "hand-written", "--workload", "all move");
  expect(text).toMatch(/^20 entities, all move: hand-written\n {2}mutate +[\d.,]+ +ns\/tick$/m);
});

test("without a name it lists what there is", async () => {
  const text = await printed();
  for (const { name, question } of BENCHMARKS) expect(text).toMatch(lineOf(name, question));
});

test.each(BENCHMARKS)("$name: its help says what is compared, on what, and the goals", async (benchmark) => {
  const text = await printed(benchmark.name, "--help");
  const { question, subjects, ratios } = benchmark;
  expect(text).toContain(question);
  for (const { id, about } of subjects) expect(text).toMatch(lineOf(id, about));
  for (const { name } of benchmark.workloads("normal")) expect(text).toContain(`\n  ${name}\n`);
  for (const { key, goal, goalAtLeast } of ratios)
    if (goal ?? goalAtLeast) expect(text).toMatch(lineOf(key, goal ? "≤" : "≥"));
});

test.each([
  [["race"], `there is no benchmark race; there are ${BENCHMARKS.map(({ name }) => name).join(", ")}`],
  [["state", "--fast"], "Unknown option '--fast'; without arguments it lists what there is"],
  [["profile", "nowhere.cpuprofile"], "nowhere.cpuprofile"],
  [["state", "--only", "theirs"], "state has no subject theirs; there are ours, "],
  [["state", "--workload", "huge"], "no workload of state has huge in its name; there are "],
  [["state", "--rounds", "0"], "--rounds is 0; accepted: 1 or more"],
])("%j is refused", async (args, message) => {
  await expect(printed(...args)).rejects.toThrow(message);
});

test(
  "subjects run in processes of their own, and the machine's speed is looked at",
  async () => {
    const args = [
      "state",
      "--json",
      "--only",
      "hand-written",
      "--workload",
      "10 entities, all",
      "--rounds",
      "1",
    ];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
      timeout: SMOKE_TIMEOUT_MS,
    });
    const summary = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Summary;
    expect(summary.mode).not.toBe("unknown");
    expect(summary.results.map(({ metric }) => metric)).toEqual([
      "mutate",
      "encode",
      "tick",
      "decode",
      "bytes",
    ]);
    expect(stderr).toContain("bench: round 1: 10 entities, all move");
  },
  SMOKE_TIMEOUT_MS,
);

test("a report is made from what runs left, and says when somebody edits it", async () => {
  const root = mkdtempSync(join(tmpdir(), "warren-bench-"));
  try {
    const measured = JSON.parse(await printed("state", "--smoke", "--json")) as Summary;
    const key = "encodeVsHandWritten";
    const json = JSON.stringify({
      ...measured,
      ratios: { [key]: 0.5 },
      ratioRanges: { [key]: [0.4, 0.6] },
      against: { [key]: "hand-written" },
      goals: { [key]: { atMost: 2 } },
    });
    mkdirSync(join(root, "apps/bench/results"), { recursive: true });
    writeFileSync(join(root, "apps/bench/results/state.json"), json);
    const readme = join(root, "README.md");
    writeFileSync(readme, "Takes <!-- bench:state/encodeVsHandWritten % --><!-- /bench -->.\n");

    const pageFile = `docs/benchmarks/${measured.startedAt.slice(0, 10)}.md`;
    expect(await printedIn(root, "report")).toBe(`${pageFile}\nREADME.md\n`);
    expect(readFileSync(join(root, pageFile), "utf8")).toContain("## Goals: 1 of 1 met");
    expect(readFileSync(readme, "utf8")).toContain("-->50 %<!--");
    expect(await printedIn(root, "report", "--check")).toBe("");

    writeFileSync(readme, readFileSync(readme, "utf8").replace("50 %", "1 %"));
    await expect(printedIn(root, "report", "--check")).rejects.toThrow(/pnpm bench report`: README\.md$/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a process writes a profile when it ends, and it is told as text", async () => {
  const folder = mkdtempSync(join(tmpdir(), "warren-profile-"));
  try {
    const file = new URL("../dist/profile-on-exit.js", import.meta.url);
    file.searchParams.set("folder", folder);
    file.searchParams.set("name", "echo, ours");
    const work = "function spin() { for (const from = Date.now(); Date.now() - from < 100; ); } spin();";
    await promisify(execFile)(process.execPath, [`--import=${file}`, "-e", work], { timeout: 20_000 });
    const [written = ""] = readdirSync(folder);
    expect(written).toMatch(/^echo-ours-\d+\.cpuprofile$/);
    expect(await printed("profile", join(folder, written))).toMatch(/ % {2,}\d+ {3}spin /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
