import { expect, test } from "vitest";
import { leadingMode, runRounds } from "./rounds.ts";

const FAST_NS = 100;
const SLOW_NS = 500;

function rounds(options: { probed?: number[]; wanted?: number; limitMs?: number; roundMs?: number }) {
  const { probed, wanted = 2, limitMs = 1_000, roundMs = 1 } = options;
  const asked: string[] = [];
  let nowMs = 0;
  const done = runRounds({
    subjects: ["a", "b"],
    workloads: ["small", "large"],
    wanted,
    limitMs,
    nowMs: () => nowMs,
    probe: probed && (() => probed.shift() ?? FAST_NS),
    ask: (subject, workload) => {
      asked.push(`${subject} ${workload}`);
      nowMs += roundMs;
      return Promise.resolve({ time: 1 });
    },
  });
  return { asked, done };
}

test("every second pass asks the subjects in reverse", async () => {
  const { asked, done } = rounds({});
  expect(await done).toHaveLength(4);
  expect(asked).toEqual([
    "a small",
    "b small",
    "a large",
    "b large",
    "b small",
    "a small",
    "b large",
    "a large",
  ]);
});

test("it goes on until every workload has enough rounds of one mode", async () => {
  // Of the first pass one round is slow and one changes in the middle.
  const { done } = rounds({ probed: [SLOW_NS, SLOW_NS, FAST_NS, SLOW_NS], wanted: 2 });
  const made = await done;
  expect(made.map(({ workload, mode }) => `${workload} ${mode}`)).toEqual([
    "small slow",
    "large mixed",
    "small fast",
    "large fast",
    "small fast",
    "large fast",
  ]);
  expect(leadingMode(made)).toBe("fast");
});

test("no round starts after the limit", async () => {
  const { done } = rounds({ wanted: 1_000, limitMs: 10, roundMs: 3 });
  expect(await done).toHaveLength(2);
});

test("rounds on a busy machine count only when there are no others", () => {
  const round = (mode: "busy" | "slow") => ({ workload: "small", mode, figures: {} });
  expect(leadingMode([round("busy"), round("busy"), round("slow")])).toBe("slow");
  expect(leadingMode([round("busy")])).toBe("busy");
});
