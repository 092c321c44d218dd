import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bench } from "../src/bench.ts";
import type { Benchmark } from "../src/benchmark.ts";
import { BENCHMARKS } from "../src/benchmarks.ts";
import type { Summary } from "../src/summary.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

async function printed(...args: string[]): Promise<string> {
  let text = "";
  await bench(args, { print: (more) => (text += more), say: () => {} });
  return text;
}

test.each(BENCHMARKS)("$name: every subject of ours runs, and shows what it should", async (benchmark) => {
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
      expect(metrics).toContainEqual({ name: metric, unit });
      expect({ metric, n, isPositive: median >= 0 }).toEqual({ metric, n: 1, isPositive: true });
    }
    expect(mine.some(({ median }) => median > 0)).toBe(true);
  }
});

test("a person gets a table", async () => {
  const [{ name, subjects, metrics, workloads }] = BENCHMARKS as [Benchmark];
  const text = await printed(name, "--smoke", "--only", subjects[0]!.id);
  expect(text).toContain(`${workloads("smoke")[0]!.name}   `);
  expect(text).toContain(`, ${metrics[0]!.unit}`);
  expect(text).not.toContain("hand-written");
});

test("without a name it lists what there is", async () => {
  const text = await printed();
  for (const { name, question } of BENCHMARKS) expect(text).toContain(`${name}: ${question}`);
});

test.each([
  [
    ["race"],
    "there is no benchmark race; there are state, interest, replicate, matchmaker, rpc, relay, presence",
  ],
  [["state", "--only", "theirs"], "state has no subject theirs; there are ours, "],
  [["state", "--workload", "huge"], "no workload of state has huge in its name"],
  [["state", "--rounds", "0"], "--rounds is 0; accepted: 1 or more"],
])("%j is refused", async (args, message) => {
  await expect(printed(...args)).rejects.toThrow(message);
});

test("subjects run in processes of their own, and the machine's speed is looked at", async () => {
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
    timeout: 60_000,
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
});
