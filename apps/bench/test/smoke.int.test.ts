import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { bench } from "../src/bench.ts";
import { BENCHMARKS } from "../src/benchmarks.ts";
import type { Summary } from "../src/summary.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

async function printed(...args: string[]): Promise<string> {
  let text = "";
  await bench(args, { print: (more) => (text += more), say: () => {} });
  return text;
}

describe.each(BENCHMARKS)("$name", ({ name, subjects, metrics, workloads }) => {
  const own = subjects.filter(({ isPeer }) => !isPeer).map(({ id }) => id);

  test("every subject of ours runs, and shows what it should", async () => {
    const lines = (await printed(name, "--smoke", "--json")).trimEnd().split("\n");
    const summary = JSON.parse(lines.at(-1)!) as Summary;
    expect(summary).toMatchObject({ name, mode: "unknown" });
    expect([...new Set(summary.results.map(({ subject }) => subject))]).toEqual(own);
    const [workload] = workloads("smoke");
    for (const subject of own) {
      for (const { name: metric, unit } of metrics) {
        const result = summary.results.find(
          (r) => r.subject === subject && r.metric === metric && r.workload === workload!.name,
        );
        expect(result).toMatchObject({ unit, n: 1, median: expect.any(Number) });
      }
      const bytes = summary.results.find((r) => r.subject === subject && r.metric === "bytes");
      expect(bytes?.median).toBeGreaterThan(0);
    }
  });

  test("a person gets a table", async () => {
    const text = await printed(name, "--smoke", "--only", "ours");
    expect(text).toContain(`${workloads("smoke")[0]!.name}   `);
    expect(text).toContain("bytes/tick");
    expect(text).not.toContain("hand-written");
  });
});

test("without a name it lists what there is", async () => {
  const text = await printed();
  for (const { name, question } of BENCHMARKS) expect(text).toContain(`${name}: ${question}`);
});

test.each([
  [["race"], "there is no benchmark race; there are state, interest, replicate"],
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
