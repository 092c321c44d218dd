import { describe, expect, it } from "vitest";
import { InputPacer, type Step } from "./input-pacer.ts";

const PERIOD_MS = 20;

function takeAll(pacer: InputPacer, nowMs: number): Step[] {
  const steps: Step[] = [];
  for (let step = pacer.take(nowMs); step; step = pacer.take(nowMs)) steps.push(step);
  return steps;
}
const numbers = (steps: readonly Step[]) => steps.map(({ number }) => number);

/** Started at 1,000 ms, so that the first two steps are taken and the next is due at 1,020. */
function started(): InputPacer {
  const pacer = new InputPacer(50);
  pacer.start(1_000, 0);
  expect(numbers(takeAll(pacer, 1_000))).toEqual([1, 2]);
  return pacer;
}

/** States as they come when so many inputs wait; the way there and back takes no time. */
/** How many ticks ahead of an even pace the steps have come. */
const aheadOf = (pacer: InputPacer) => (1_000 + (pacer.number - 1) * PERIOD_MS - pacer.nextMs!) / PERIOD_MS;

function tell(pacer: InputPacer, waiting: number, fromMs: number, ms: number): void {
  for (let nowMs = fromMs; nowMs < fromMs + ms; nowMs += PERIOD_MS) {
    takeAll(pacer, nowMs);
    pacer.stated(pacer.number - waiting, waiting, nowMs, 0);
  }
}

describe("InputPacer", () => {
  it("begins with one step ahead, and then takes one every tick", () => {
    const pacer = started();
    expect(takeAll(pacer, 1_019)).toEqual([]);
    expect(takeAll(pacer, 1_020)).toEqual([{ number: 3, fromMs: 1_020, untilMs: 1_040 }]);
    expect(pacer.nextMs).toBe(1_040);
  });

  it("takes what it is a little late with at once, and keeps the pace", () => {
    const pacer = started();
    expect(numbers(takeAll(pacer, 1_065))).toEqual([3, 4, 5]);
    expect(pacer.nextMs).toBe(1_080);
  });

  it("leaves out what is stale after a stall of the page, and its number goes on with time", () => {
    const pacer = started();
    expect(numbers(takeAll(pacer, 2_005))).toEqual([52]);
    expect(pacer.nextMs).toBe(2_020);
  });

  it("takes nothing when stopped, and begins again above the last number", () => {
    const pacer = started();
    pacer.stop();
    expect([pacer.take(5_000), pacer.nextMs]).toEqual([undefined, undefined]);
    pacer.start(5_000, 2);
    expect(numbers(takeAll(pacer, 5_000))).toEqual([3, 4]);
  });

  it("keeps an even pace while one to two inputs wait", () => {
    for (const waiting of [1, 1.9]) {
      const pacer = started();
      tell(pacer, waiting, 1_020, 2_000);
      expect(aheadOf(pacer)).toBeCloseTo(0);
    }
  });

  it("is one tick ahead when none waited, and no more though the states on their way still say none", () => {
    const pacer = started();
    tell(pacer, 0, 1_020, 60);
    for (let nowMs = 1_080; nowMs < 3_000; nowMs += PERIOD_MS) takeAll(pacer, nowMs);
    expect(aheadOf(pacer)).toBeGreaterThan(0.95);
    expect(aheadOf(pacer)).toBeLessThan(1.15);
  });

  it("falls back by stepping slower when more wait than have to", () => {
    const pacer = started();
    tell(pacer, 5, 1_020, 200);
    expect(aheadOf(pacer)).toBeLessThan(-0.05 * 8);
    expect(aheadOf(pacer)).toBeGreaterThan(-0.11 * 9);
  });

  it("does not go further ahead than the room's buffer allows", () => {
    const pacer = started();
    // None waits now and then, and six at other times.
    for (let nowMs = 1_020; nowMs < 6_000; nowMs += PERIOD_MS) {
      takeAll(pacer, nowMs);
      const waiting = (nowMs / PERIOD_MS) % 2 === 0 ? 0 : 6;
      pacer.stated(pacer.number - 6, waiting, nowMs, 0);
    }
    expect(Math.abs(aheadOf(pacer))).toBeLessThan(0.2);
  });

  it("jumps ahead in number when the room has overtaken it", () => {
    const pacer = started();
    takeAll(pacer, 1_020);
    // The room is at 10; the next step, number 4, would be consumed by now.
    pacer.stated(10, 0, 1_030, 60);
    const [step] = takeAll(pacer, 1_040);
    // By when it is there, in half of the 60 ms, three more are consumed, and one should wait.
    expect(step?.number).toBeGreaterThan(13);
    expect(step?.number).toBeLessThanOrEqual(16);
    pacer.stated(11, 0, 1_050, 60);
    expect(numbers(takeAll(pacer, 1_060))).toEqual([step!.number + 1]);
  });
});
