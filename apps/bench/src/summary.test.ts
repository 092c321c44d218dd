import { expect, test } from "vitest";
import type { Mode } from "./machine-mode.ts";
import type { Round } from "./rounds.ts";
import { isMet, summarise } from "./summary.ts";

const BENCHMARK = {
  name: "any",
  metrics: [{ name: "time", unit: "ns" }],
  ratios: [{ key: "timeVsPeer", metric: "time", ours: "ours", theirs: "peer", goal: 0.5 }],
  headline: "large",
};
const ABOUT = { command: "any", startedAt: "2026-11-22T20:00:00Z", versions: {}, machine: "any", seconds: 1 };

const round = (workload: string, mode: Mode, ours: number, peer?: number): Round => ({
  workload,
  mode,
  figures: { ours: { time: ours }, ...(peer === undefined ? {} : { peer: { time: peer } }) },
});

function summaryOf(...rounds: Round[]) {
  const subjects = [{ id: "ours" }, { id: "peer" }];
  return summarise(BENCHMARK, subjects, [{ name: "small" }, { name: "large" }], rounds, ABOUT);
}

test("a ratio is the median of the rounds' own ratios, not the ratio of medians", () => {
  const { ratios, ratioRanges } = summaryOf(
    round("large", "fast", 1, 10),
    round("large", "fast", 6, 20),
    round("large", "fast", 8, 10),
  );
  expect(ratios).toEqual({ timeVsPeer: 0.3 });
  expect(ratioRanges).toEqual({ timeVsPeer: [0.1, 0.8] });
});

test("only rounds of the leading mode count", () => {
  const summary = summaryOf(
    round("large", "fast", 1, 10),
    round("large", "fast", 3, 10),
    round("large", "slow", 90, 10),
    round("large", "mixed", 90, 10),
  );
  expect(summary).toMatchObject({ mode: "fast", rounds: { fast: 2, slow: 1, mixed: 1 } });
  expect(summary.results[0]).toEqual({
    subject: "ours",
    workload: "large",
    metric: "time",
    unit: "ns",
    median: 2,
    min: 1,
    max: 3,
    n: 2,
  });
});

test("ratios of other workloads name them, and have no goals", () => {
  const { ratios, goals } = summaryOf(round("small", "fast", 1, 2), round("large", "fast", 1, 4));
  expect(ratios).toEqual({ "timeVsPeer @ small": 0.5, timeVsPeer: 0.25 });
  expect(goals).toEqual({ timeVsPeer: { atMost: 0.5 } });
});

test("without the peer there is no ratio", () => {
  expect(summaryOf(round("large", "unknown", 1)).ratios).toEqual({});
});

test.each([
  ["less", { ours: 6, a: 2, b: 3 }, { ours: 6, a: 4, b: 1 }, { ours: 6, a: 4, b: 1 }],
  ["more", { ours: 6, a: 2, b: 3 }, { ours: 6, a: 4, b: 1 }, { ours: 6, a: 1, b: 4 }],
] as const)(
  "of several peers the best of each round counts, where %s is better",
  (better, ...speedsOfRounds) => {
    const rounds = speedsOfRounds.map(
      (speeds): Round => ({
        workload: "large",
        mode: "fast",
        figures: Object.fromEntries(Object.entries(speeds).map(([id, speed]) => [id, { speed }])),
      }),
    );
    const benchmark = {
      ...BENCHMARK,
      metrics: [{ name: "speed", unit: "1/s", better }],
      ratios: [{ key: "vsBest", metric: "speed", ours: "ours", theirs: ["a", "b"], goalAtLeast: 2 }],
    };
    const summary = summarise(benchmark, [{ id: "ours" }], [{ name: "large" }], rounds, ABOUT);
    expect(summary).toMatchObject(
      better === "less"
        ? { ratios: { vsBest: 6 }, ratioRanges: { vsBest: [3, 6] }, against: { vsBest: "b" } }
        : { ratios: { vsBest: 1.5 }, ratioRanges: { vsBest: [1.5, 2] }, against: { vsBest: "b" } },
    );
    expect(summary.goals).toEqual({ vsBest: { atLeast: 2 } });
  },
);

test.each([
  [2, { atMost: 2 }, true],
  [2.1, { atMost: 2 }, false],
  [2, { atLeast: 2 }, true],
  [1.9, { atLeast: 2 }, false],
] as const)("%d against %j: %j", (value, goal, met) => {
  expect(isMet(value, goal)).toBe(met);
});
