import { VirtualClock } from "@warren/testkit";
import { beforeEach, expect, it } from "vitest";
import { type Runnable, RunQueue } from "./run-queue.ts";

interface Item extends Runnable {
  readonly name: string;
}

let clock: VirtualClock;
let timers: number;
let ran: [name: string, nowMs: number][];
let then: (item: Item) => void;
let queue: RunQueue<Item>;

const item = (name: string): Item => ({ name, dueMs: Number.POSITIVE_INFINITY });

beforeEach(() => {
  clock = new VirtualClock();
  timers = 0;
  ran = [];
  then = () => {};
  const counted = {
    monotonicMs: clock.monotonicMs,
    wallMs: clock.wallMs,
    after(delayMs: number, fn: () => void) {
      timers++;
      return clock.after(delayMs, fn);
    },
  };
  queue = new RunQueue(counted, (it, nowMs) => {
    ran.push([it.name, nowMs]);
    then(it);
  });
});

it("runs each when it is due, soonest first, with one timer for those that are due together", () => {
  queue.set(item("a"), 50);
  queue.set(item("b"), 50);
  queue.set(item("c"), 70);
  clock.advance(49);
  expect(ran).toEqual([]);
  clock.advance(1);
  expect(ran).toEqual([
    ["a", 50],
    ["b", 50],
  ]);
  clock.advance(20);
  expect(ran[2]).toEqual(["c", 70]);
  expect(timers).toBe(2);
});

it("what is due within half a millisecond is run too, and told that its time has come", () => {
  queue.set(item("a"), 33.4);
  queue.set(item("b"), 33.6);
  clock.advance(33);
  expect(ran).toEqual([["a", 33.4]]);
  clock.advance(1);
  expect(ran[1]).toEqual(["b", 34]);
});

it("only the time that was set last holds, sooner or later", () => {
  const [a, b] = [item("a"), item("b")];
  queue.set(a, 10);
  queue.set(a, 20);
  queue.set(b, 40);
  queue.set(b, 30);
  clock.advance(19);
  expect(ran).toEqual([]);
  clock.advance(100);
  expect(ran).toEqual([
    ["a", 20],
    ["b", 30],
  ]);
});

it("what is never due again is not run", () => {
  const a = item("a");
  queue.set(a, 10);
  queue.set(a, Number.POSITIVE_INFINITY);
  clock.advance(100);
  expect(ran).toEqual([]);
});

it("one that is always behind is run once in a turn", () => {
  then = (it) => {
    if (ran.length < 3) queue.set(it, clock.monotonicMs() - 5);
  };
  queue.set(item("a"), 10);
  clock.advance(10);
  expect(ran).toHaveLength(3);
  expect(timers).toBe(3);
});

it("goes on when one throws", () => {
  then = ({ name }) => {
    if (name === "a") throw new Error("a's own fault");
  };
  queue.set(item("a"), 10);
  queue.set(item("b"), 10);
  expect(() => clock.advance(10)).toThrow("a's own fault");
  clock.advance(1);
  expect(ran.map(([name]) => name)).toEqual(["a", "b"]);
});
