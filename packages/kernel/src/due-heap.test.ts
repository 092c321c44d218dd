import { expect, it } from "vitest";
import { DueHeap } from "./due-heap.ts";
import { Prng } from "./prng.ts";

it("gives what is due, soonest first, and nothing before its time", () => {
  const prng = new Prng(1);
  const heap = new DueHeap<number>();
  const waiting: number[] = [];
  for (let nowMs = 0; nowMs < 2_000; nowMs += 10) {
    for (let i = prng.int(0, 6); i > 0; i--) {
      const dueMs = nowMs + prng.int(0, 500);
      heap.push(dueMs, dueMs);
      waiting.push(dueMs);
    }
    waiting.sort((a, b) => a - b);
    expect(heap.nextMs).toBe(waiting[0] ?? Number.POSITIVE_INFINITY);
    for (let due = heap.pop(nowMs); due !== undefined; due = heap.pop(nowMs)) {
      expect(due).toBe(waiting.shift());
      expect(due).toBeLessThanOrEqual(nowMs);
    }
    expect(waiting[0] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs);
    expect(heap.size).toBe(waiting.length);
  }
});
