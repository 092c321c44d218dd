import { afterEach, describe, expect, it } from "vitest";
import { TimerWheel } from "./timer-wheel.ts";

let nowMs = 1_000;
const wheels: TimerWheel[] = [];
afterEach(() => {
  for (const wheel of wheels.splice(0)) wheel.end();
});

function newWheel(): TimerWheel {
  nowMs = 1_000;
  const wheel = new TimerWheel(() => nowMs);
  wheels.push(wheel);
  return wheel;
}

/** As the wheel's own timer would, every 4 ms. */
function pass(wheel: TimerWheel, ms: number): void {
  for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
    nowMs = Math.min(nowMs + 4, untilMs);
    wheel.turn();
  }
}

describe("a timer", () => {
  it("runs once, at its time and not before, however far that is", () => {
    const wheel = newWheel();
    const ran: [number, number][] = [];
    for (const dueMs of [1_001, 1_500, 17_400, 90_000])
      wheel.at(dueMs, (intendedMs) => ran.push([intendedMs, nowMs]));
    pass(wheel, 100_000);
    expect(ran.map(([intendedMs]) => intendedMs)).toEqual([1_001, 1_500, 17_400, 90_000]);
    for (const [intendedMs, atMs] of ran) expect(atMs - intendedMs).toBeLessThan(8);
    for (const [intendedMs, atMs] of ran) expect(atMs).toBeGreaterThanOrEqual(intendedMs);
  });

  it("that is stopped does not run", () => {
    const wheel = newWheel();
    const timer = wheel.at(1_100, () => expect.unreachable());
    timer.stop();
    pass(wheel, 1_000);
  });

  it("that is due already runs at the next turn, also when it is set by another one", () => {
    const wheel = newWheel();
    const ran: string[] = [];
    wheel.at(1_100, () => {
      ran.push("first");
      wheel.at(1_050, () => ran.push("second"));
    });
    pass(wheel, 200);
    expect(ran).toEqual(["first", "second"]);
  });

  it("that repeats keeps to its times, and makes up for what was missed with the times at which it was due", () => {
    const wheel = newWheel();
    const times: number[] = [];
    const timer = wheel.every(1_010, 100, (intendedMs) => times.push(intendedMs));
    pass(wheel, 250);
    nowMs += 300;
    wheel.turn();
    expect(times).toEqual([1_010, 1_110, 1_210, 1_310, 1_410, 1_510]);
    timer.stop();
    pass(wheel, 500);
    expect(times).toHaveLength(6);
  });

  it("loses nobody when the process was held up for longer than its ring", () => {
    const wheel = newWheel();
    let ran = 0;
    for (let i = 0; i < 1_000; i++) wheel.at(1_001 + i * 37, () => ran++);
    nowMs += 60_000;
    wheel.turn();
    expect(ran).toBe(1_000);
  });
});
