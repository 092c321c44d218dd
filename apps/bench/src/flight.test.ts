import { expect, test } from "vitest";
import { checkShown, flight, type Moment, quantised, TICK_HZ } from "./flight.ts";

const PLAN = { entities: 100, world: 2_000, movingShare: 1, ticks: 40 };

test("the same seed makes the same flight", () => {
  expect(flight(PLAN)).toEqual(flight(PLAN));
  expect(flight(PLAN, 2).start.x).not.toEqual(flight(PLAN, 1).start.x);
});

test("everyone stays in the world, at up to 180 units a second", () => {
  const { start, there } = flight(PLAN);
  let before: Moment = start;
  for (const step of there) {
    const places = [...step.x, ...step.y];
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...places)).toBeLessThanOrEqual(PLAN.world);
    // Who bounces off a wall ends up nearer to where it came from.
    const moved = before.x.map((x, i) => Math.hypot(step.x[i]! - x, step.y[i]! - before.y[i]!));
    expect(Math.max(...moved)).toBeLessThanOrEqual(180 / TICK_HZ + 1e-9);
    before = step;
  }
});

test("a step names exactly those who changed", () => {
  const { start, there } = flight({ ...PLAN, movingShare: 0.1 });
  let before: Moment = start;
  for (const step of there) {
    const moved = (i: number) => step.x[i] !== before.x[i] || step.angle[i] !== before.angle[i];
    const all = Array.from({ length: PLAN.entities }, (_, i) => i);
    expect(all.filter(moved)).toEqual([...step.movers]);
    expect(all.filter((i) => step.hp[i] !== before.hp[i])).toEqual([...step.hits]);
    before = step;
  }
  expect(there[0]!.movers).toHaveLength(10);
});

test("the way back ends at the start, by the same steps", () => {
  const { start, there, back } = flight({ ...PLAN, movingShare: 0.1 });
  expect(back).toHaveLength(there.length);
  expect(back.at(-1)).toMatchObject({ x: start.x, y: start.y, angle: start.angle, hp: start.hp });
  expect(back[0]!.x).toEqual(there.at(-2)!.x);
  expect(back[0]!.hits).toEqual(there.at(-1)!.hits);
});

test("what is shown may differ by the quantum and no more, and angles go round", () => {
  const moment = {
    x: Float64Array.of(10),
    y: Float64Array.of(20),
    angle: Float64Array.of(2 * Math.PI - 0.001),
    hp: Uint8Array.of(7),
  };
  const quantum = quantised(2_000);
  const shown = { x: 10.03, y: 20, angle: 0, hp: 7, name: "a" };
  checkShown(shown, moment, 0, "a", quantum);
  for (const wrong of [{ x: 10.04 }, { y: Number.NaN }, { angle: 0.1 }, { hp: 8 }, { name: "b" }])
    expect(() => checkShown({ ...shown, ...wrong }, moment, 0, "a", quantum)).toThrow("a is shown as");
  expect(() => checkShown(undefined, moment, 0, "a", quantum)).toThrow("a is shown as undefined");
});
