import { expect, it } from "vitest";
import { Measures } from "./measures.ts";

const IDLE = { cpu: 0, lagMsP99: 0 };

it("what is counted is in exactly one second, also by who held on to the counts over its end", () => {
  const measures = new Measures();
  const { counts } = measures;
  counts.joined++;
  measures.error("TIMEOUT");
  measures.timings.rttMs.record(5);
  const first = measures.take(0, 0, IDLE);
  counts.joined++;
  const second = measures.take(1, 0, IDLE);
  expect([first.counts.joined, second.counts.joined]).toEqual([1, 1]);
  expect([first.errors, second.errors]).toEqual([{ TIMEOUT: 1 }, {}]);
  expect([first, second].map(({ timings }) => timings.rttMs.counts.length)).toEqual([2, 0]);
  expect(measures.take(2, 0, IDLE).counts.joined).toBe(0);
});
