import { expect, test } from "vitest";
import type { Benchmark } from "../benchmark.ts";
import type { Summary } from "../summary.ts";
import { dayOf, page, type Run } from "./page.ts";
import { withFigures } from "./readme.ts";

const BENCHMARK: Benchmark = {
  name: "echo",
  question: "How fast?",
  subjects: [
    { id: "ours", about: "", isPeer: false },
    { id: "peer-a", about: "", isPeer: true },
    { id: "peer-b", about: "", isPeer: true },
    { id: "bare", about: "", isPeer: true, isLimit: true },
  ],
  metrics: [{ name: "perSecond", unit: "messages/s", better: "more" }],
  ratios: [
    { key: "vsBestPeer", metric: "perSecond", ours: "ours", theirs: ["peer-a", "peer-b"], goalAtLeast: 1.5 },
    { key: "vsRawUws", metric: "perSecond", ours: "ours", theirs: "bare", goalAtLeast: 0.8 },
    { key: "vsBestPeerPipelined", metric: "perSecond", ours: "ours", theirs: "peer-a", workload: "many" },
  ],
  headline: "one",
  workloads: () => [],
  open: () => Promise.reject(new Error("not here")),
};

const result = (subject: string, workload: string, median: number) => ({
  subject,
  workload,
  metric: "perSecond",
  unit: "messages/s",
  median,
  min: median - 1,
  max: median + 1,
  n: 9,
});

const SUMMARY: Summary = {
  name: "echo",
  command: "pnpm bench echo",
  startedAt: "2026-11-22T20:00:00.000Z",
  versions: { warren: "0.1.0", node: "20.20.2" },
  machine: "any processor, 2 cores",
  mode: "fast",
  rounds: { fast: 9, slow: 1 },
  seconds: 60,
  results: [
    result("ours", "one", 3_000),
    result("peer-b", "one", 1_600),
    result("bare", "one", 4_000),
    result("ours", "many", 9_000),
  ],
  ratios: { vsBestPeer: 1.875, vsRawUws: 0.75, vsBestPeerPipelined: 2 },
  ratioRanges: { vsBestPeer: [1.8, 1.9], vsRawUws: [0.75, 0.75], vsBestPeerPipelined: [1, 3] },
  against: { vsBestPeer: "peer-b", vsRawUws: "bare", vsBestPeerPipelined: "peer-a" },
  goals: { vsBestPeer: { atLeast: 1.5 }, vsRawUws: { atLeast: 0.8 } },
  published: [],
};
const RUN: Run = { benchmark: BENCHMARK, summary: SUMMARY, remarks: "" };

test("the goals are on top, with the figures of both sides and what became of them", () => {
  const text = page([RUN]);
  expect(text).toContain(`## Goals: 1 of 2 met

|  | Warren | best peer | limit | ratio | goal |  |
| --- | --- | --- | --- | --- | --- | --- |
| [echo](#echo) \`vsBestPeer\`, one | 3,000 messages/s | 1,600 messages/s, peer-b |  | 1.88 (1.80–1.90) | ≥ 1.5 | met |
| [echo](#echo) \`vsRawUws\`, one | 3,000 messages/s |  | 4,000 messages/s, bare | 0.750 (0.750) | ≥ 0.8 | **missed** |
`);
});

test("each benchmark has its command, its day, its tables and what is to be said of it", () => {
  const text = page([{ ...RUN, remarks: "What was tried.\n" }]);
  const section = text.slice(text.indexOf("## echo"));
  expect(section).toContain("`pnpm bench echo`, 2026-11-22: 9 or more rounds");
  expect(section).toContain("(of 9 fast, 1 slow), 60 s.");
  expect(section).toContain(
    "| one | perSecond, messages/s |\n| --- | --: |\n| ours | 3,000 |\n| peer-b | 1,600 |",
  );
  expect(section).toContain("<summary>Other workloads: many</summary>");
  expect(section.endsWith("\n\nWhat was tried.\n")).toBe(true);
});

test("ratios of other workloads are a table of their own, but for those with a goal there", () => {
  const key = "vsRawUws @ many";
  const ratios = { ...SUMMARY.ratios, "vsBestPeer @ many": 2.5, [key]: 0.9 };
  const otherRatios = "| ratios | `vsBestPeer` |\n| --- | --: |\n| many | 2.50 |\n";
  const text = page([
    { ...RUN, summary: { ...SUMMARY, ratios, goals: { ...SUMMARY.goals, [key]: { atLeast: 0.8 } } } },
  ]);
  expect(text).toContain(otherRatios);
  const benchmark = {
    ...BENCHMARK,
    ratios: [{ key, metric: "perSecond", ours: "ours", workload: "many", goalAtLeast: 0.8 }],
  };
  const own = page([
    {
      ...RUN,
      benchmark,
      summary: { ...SUMMARY, ratios, goals: { [key]: { atLeast: 0.8 } }, ratioRanges: { [key]: [0.9, 0.9] } },
    },
  ]);
  expect(own).toContain("| [echo](#echo) `vsRawUws`, many | 9,000 messages/s |");
  expect(own).not.toContain("| ratios |");
});

test("the page has the day of the latest run", () => {
  const older = { ...RUN, summary: { ...SUMMARY, startedAt: "2026-11-20T20:00:00.000Z" } };
  expect(dayOf([RUN, older])).toBe("2026-11-22");
});

test.each([
  ["a ratio", "<!-- bench:echo/vsBestPeer -->old<!-- /bench -->", "1.9"],
  ["a share", "<!-- bench:echo/vsRawUws % --><!-- /bench -->", "75 %"],
  ["the page", "<!-- bench:page -->old<!-- /bench -->", "[all figures](docs/benchmarks/2026-11-22.md)"],
])("between the marks of %s is what was measured, and nothing else changes", (_, marked, content) => {
  const text = withFigures(`before ${marked} after ${marked}`, [RUN]);
  const written = `${marked.slice(0, marked.indexOf("-->") + 3)}${content}<!-- /bench -->`;
  expect(text).toBe(`before ${written} after ${written}`);
  expect(withFigures(text, [RUN])).toBe(text);
});

test("the table has what was measured of what it shows", () => {
  expect(withFigures("<!-- bench:table -->\n<!-- /bench -->", [RUN])).toBe(`<!-- bench:table -->
|  | Warren | best peer | limit |
| --- | --- | --- | --- |
| actions answered, 64 players waiting for each answer | 3,000 messages/s | 1,600 messages/s, peer-b | 4,000 messages/s, bare |
| actions answered, 16 under way each | 9,000 messages/s | – messages/s, peer-a |  |
<!-- /bench -->`);
});

test("what was never measured may not be named", () => {
  expect(() => withFigures("<!-- bench:echo/other --><!-- /bench -->", [RUN])).toThrow(
    "README.md names echo/other, which was not measured; run: pnpm bench echo",
  );
});
