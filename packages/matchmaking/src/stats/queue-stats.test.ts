import { describe, expect, it } from "vitest";
import { NOW_MS, waiting } from "../testing/matcher-harness.ts";
import { queueStats } from "./queue-stats.ts";
import { WaitStats } from "./wait-stats.ts";

describe("queueStats", () => {
  it("counts who waits in the queue, and how long the oldest has waited", () => {
    const fold = waiting({ id: "a", ageMs: 700 }, { id: "b", ageMs: 300 }, { id: "c", queues: ["other"] });
    expect(queueStats(fold, "q", new WaitStats({ queues: new Map() }), NOW_MS)).toEqual({
      open: 2,
      proposed: 0,
      placing: 0,
      oldestMs: 700,
      deciles: [],
    });
  });
});
