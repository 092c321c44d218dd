import { describe, expect, it } from "vitest";
import { TickClock } from "./tick-clock.ts";

const PERIOD_MS = 20;

/** A clock that has heard of a hundred ticks, the last at 2,000 ms. */
function settled(): TickClock {
  const clock = new TickClock(50);
  for (let tick = 1; tick <= 100; tick++) clock.state(tick, tick * PERIOD_MS);
  return clock;
}

describe("TickClock", () => {
  it("on a still network is one tick behind, between the last two states", () => {
    const clock = settled();
    expect(clock.delayTicks).toBeCloseTo(1);
    expect(clock.shownTick(2_000)).toBeCloseTo(99);
    expect(clock.shownTick(2_010)).toBeCloseTo(99.5);
    expect(clock.jitterMs).toBeCloseTo(0);
  });

  it("stands still at the newest state when no other comes, and jumps when they come again after a stall", () => {
    const clock = settled();
    clock.shownTick(2_000);
    for (let ms = 2_010; ms < 3_000; ms += 10) expect(clock.shownTick(ms)).toBeLessThanOrEqual(100);
    expect(clock.shownTick(3_000)).toBe(100);
    clock.state(149, 3_000);
    expect(clock.shownTick(3_010)).toBeGreaterThan(148);
  });

  it("catches up with a short gap by running faster, and does not jump", () => {
    const clock = settled();
    for (let ms = 2_000; ms <= 2_200; ms += 10) clock.shownTick(ms);
    for (let tick = 101; tick <= 110; tick++) clock.state(tick, 2_200);
    const before = clock.shownTick(2_200);
    expect(before).toBe(100);
    expect(clock.shownTick(2_210) - before).toBeGreaterThan(0.5);
    expect(clock.shownTick(2_210) - before).toBeLessThan(0.6);
  });

  it("never goes back when asked for an earlier moment", () => {
    const clock = settled();
    const tick = clock.shownTick(2_010);
    expect(clock.shownTick(2_005)).toBe(tick);
  });

  it("begins again when the room is at an earlier tick, as after a fail-over", () => {
    const clock = settled();
    clock.shownTick(2_000);
    clock.state(40, 2_100);
    expect(clock.shownTick(2_100)).toBeLessThanOrEqual(40);
  });

  it("knows the room's tick from half of the fastest round trip", () => {
    const clock = settled();
    expect(clock.rttMs).toBe(0);
    for (const ms of [160, 90, 80, 300, 100]) clock.roundTrip(ms);
    expect(clock.rttMs).toBe(100);
    expect(clock.rttMinMs).toBe(80);
    expect(clock.roomTick(2_000)).toBeCloseTo(102);
  });

  it("is not for a room without ticks", () => {
    expect(() => new TickClock(0)).toThrow("tickHz is 0; accepted: above 0");
  });
});
