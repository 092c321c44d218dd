import { expect, test } from "vitest";
import type { Mode } from "./machine-mode.ts";
import type { Round } from "./rounds.ts";
import { summarise } from "./summary.ts";

const BENCHMARK = {
  name: "any",
  metrics: [{ name: "time", unit: "ns" }],
  ratios: [{ key: "timeVsPeer", metric: "time", ours: "ours", theirs: "peer", goal: 0.5 }],
  headline: "large",
};
const ABOUT = { versions: {}, machine: "any", seconds: 1 };

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
  expect(goals).toEqual({ timeVsPeer: 0.5 });
});

test("without the peer there is no ratio", () => {
  expect(summaryOf(round("large", "unknown", 1)).ratios).toEqual({});
});
