import { describe, expect, it } from "vitest";
import { Measures } from "../measure/measures.ts";
import type { Part } from "../measure/part.ts";
import { Merge } from "./merge.ts";

const IDLE = { cpu: 0.2, lagMsP99: 1 };

function part(
  second: number,
  index: number,
  fill: (measures: Measures) => void = () => {},
  generator: Part["generator"] = IDLE,
): Part {
  const measures = new Measures();
  fill(measures);
  // As it comes from another process.
  return structuredClone(measures.take(second, index, generator));
}

const joins = (count: number, ms: number) => (measures: Measures) => {
  measures.counts.joined += count;
  for (let i = 0; i < count; i++) measures.timings.joinMs.record(ms);
};

const newMerge = (generators: number, durationMs = 3_000) =>
  new Merge(generators, { players: 10, rampMs: 0 }, durationMs);

describe("what several generators counted", () => {
  it("is one second when all have told of it, in order", () => {
    const merge = newMerge(2);
    const told = (seconds: { second: number; joinsPerSecond: number }[]) =>
      seconds.map(({ second, joinsPerSecond }) => [second, joinsPerSecond]);
    expect(told(merge.add(part(0, 0, joins(2, 5))))).toEqual([]);
    expect(told(merge.add(part(1, 0, joins(1, 5))))).toEqual([]);
    expect(told(merge.add(part(0, 1, joins(3, 5))))).toEqual([[0, 5]]);
    // Held up, it tells of two seconds at once.
    expect(told(merge.add(part(2, 1, joins(4, 5))))).toEqual([[1, 1]]);
    expect(told(merge.ended(0, 1))).toEqual([[2, 4]]);
  });

  it("is added up: quantiles are those of all times together", () => {
    const merge = newMerge(2);
    merge.add(part(0, 0, joins(99, 10)));
    merge.add(part(0, 1, joins(1, 5_000)));
    const { joinMs, stages } = merge.result();
    expect(stages.joined).toBe(100);
    expect(joinMs).toMatchObject({ count: 100, max: 5_000 });
    expect(joinMs.p50).toBeCloseTo(10, 0);
    expect(joinMs.p99).toBeCloseTo(10, 0);
    expect(merge.histograms().joinMs.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  });

  it("has errors by code", () => {
    const merge = newMerge(2);
    merge.add(part(0, 0, (measures) => measures.error("TIMEOUT")));
    merge.add(
      part(0, 1, (measures) => {
        measures.error("TIMEOUT");
        measures.error("ROOM_FULL");
      }),
    );
    expect(merge.result().errors).toEqual({ TIMEOUT: 2, ROOM_FULL: 1 });
    expect(merge.seconds()[0]?.errors).toBe(3);
  });

  it("has the seconds of the run, and what was counted while all left in the last of them", () => {
    const merge = newMerge(1, 2_000);
    for (const second of [0, 1, 2]) merge.add(part(second, 0, (measures) => measures.error("TIMEOUT")));
    expect(merge.seconds().map(({ errors }) => errors)).toEqual([1, 2]);
  });

  it("counts states a second over those in which somebody played", () => {
    const merge = newMerge(1, 4_000);
    merge.add(part(0, 0));
    const states = ({ counts }: Measures) => Object.assign(counts, { states: 300 });
    for (const second of [1, 2]) merge.add(part(second, 0, states));
    expect(merge.result().statesPerSecond).toBe(300);
  });
});

describe("the generator was the limit", () => {
  it.each<[title: string, parts: Part[], saturated: boolean]>([
    ["not when it has time to spare", [part(0, 0), part(0, 1)], false],
    [
      "when one of them had no CPU left",
      [part(0, 0), part(0, 1, undefined, { cpu: 0.86, lagMsP99: 0 })],
      true,
    ],
    ["when one of them was late", [part(0, 0, undefined, { cpu: 0.1, lagMsP99: 21 }), part(0, 1)], true],
    ["not by what it does when all is over", [part(3, 0, undefined, { cpu: 1, lagMsP99: 90 })], false],
  ])("%s", (_title, parts, saturated) => {
    const merge = newMerge(2);
    for (const each of parts) merge.add(each);
    expect(merge.result().generator.saturated).toBe(saturated);
  });

  it("not by one second of ten", () => {
    const merge = newMerge(10);
    for (let second = 0; second < 10; second++)
      merge.add(part(second, 0, undefined, { cpu: second === 4 ? 1 : 0.1, lagMsP99: 0 }));
    expect(merge.result().generator.saturated).toBe(false);
  });

  it("by the busiest of them, not by their mean", () => {
    const merge = newMerge(2);
    for (const second of [0, 1]) {
      merge.add(part(second, 0, undefined, { cpu: 0.8, lagMsP99: 1 }));
      merge.add(part(second, 1, undefined, { cpu: 0.1, lagMsP99: 1 }));
    }
    merge.ended(0, 4);
    merge.ended(1, 9);
    expect(merge.result().generator).toEqual({ cpu: 0.8, lagMsP99: 9, saturated: false });
  });
});
