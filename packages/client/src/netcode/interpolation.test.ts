import { describe, expect, it } from "vitest";
import { Interpolation } from "./interpolation.ts";

interface Ship {
  x: number;
  y: number;
  angle: number;
  hp: number;
  name: string;
}
const ship = (x: number, more: Partial<Ship> = {}): Ship => ({
  x,
  y: 0,
  angle: 0,
  hp: 100,
  name: "Ann",
  ...more,
});
const make = () =>
  new Interpolation<Ship>({ fields: { x: "linear", y: "linear", angle: "angle" }, teleport: 150 });

/** The states of a ship, one a tick. */
function statesOf(...ships: (Ship | undefined)[]) {
  const interpolation = make();
  for (const [i, row] of ships.entries()) interpolation.record(i + 1, new Map(row ? [["a", row]] : []));
  return (tick: number) => interpolation.at(tick).get("a");
}

describe("Interpolation", () => {
  it("is exactly the state at its tick, and on the line between two", () => {
    const at = statesOf(ship(0.1), ship(10.3), ship(20));
    expect(at(1)).toEqual(ship(0.1));
    expect(at(2)).toEqual(ship(10.3));
    expect(at(2.5)?.x).toBeCloseTo(15.15);
  });

  it("is the oldest state before it, and the newest after it", () => {
    const at = statesOf(ship(1), ship(2));
    expect(at(0)).toEqual(ship(1));
    expect(at(9)).toEqual(ship(2));
    expect(make().at(3).size).toBe(0);
  });

  it("goes between states that are several ticks apart", () => {
    const interpolation = make();
    interpolation.record(10, new Map([["a", ship(0)]]));
    interpolation.record(14, new Map([["a", ship(8)]]));
    expect(interpolation.at(11).get("a")?.x).toBeCloseTo(2);
  });

  it("turns the shorter way round", () => {
    const at = statesOf(ship(0, { angle: 3 }), ship(0, { angle: -3 }));
    expect(at(1.5)?.angle).toBeCloseTo(Math.PI);
    const back = statesOf(ship(0, { angle: -3 }), ship(0, { angle: 3 }));
    expect(back(1.5)?.angle).toBeCloseTo(-Math.PI);
  });

  it("takes all other fields from the earlier state", () => {
    const at = statesOf(ship(0, { hp: 80 }), ship(1, { hp: 60, name: "Ben" }));
    expect(at(1.9)).toMatchObject({ hp: 80, name: "Ann" });
    expect(at(2)).toMatchObject({ hp: 60, name: "Ben" });
  });

  it("snaps a row that was put elsewhere at the tick it is there", () => {
    const at = statesOf(ship(0), ship(151), ship(152));
    expect(at(1.99)?.x).toBe(0);
    expect(at(2)?.x).toBe(151);
    expect(at(2.5)?.x).toBeCloseTo(151.5);
  });

  it("rows come and go at their tick", () => {
    const at = statesOf(undefined, ship(1), ship(2), undefined);
    expect(at(1.9)).toBeUndefined();
    expect(at(2)).toEqual(ship(1));
    expect(at(3.9)).toEqual(ship(2));
    expect(at(4)).toBeUndefined();
  });

  it("keeps copies: rows of the state change in place", () => {
    const interpolation = make();
    const row = ship(0);
    const rows = new Map([["a", row]]);
    interpolation.record(1, rows);
    row.x = 10;
    interpolation.record(2, rows);
    expect(interpolation.at(1.5).get("a")?.x).toBeCloseTo(5);
  });

  it("makes no new row while nothing changes, nor for each picture", () => {
    const interpolation = make();
    for (const tick of [1, 2, 3])
      interpolation.record(
        tick,
        new Map([
          ["still", ship(1)],
          ["flies", ship(tick)],
        ]),
      );
    const flies = interpolation.at(1.2).get("flies");
    expect(interpolation.at(2.7).get("flies")).toBe(flies);
    const still = interpolation.at(2.7).get("still");
    expect(interpolation.at(3).get("still")).toBe(still);
  });

  it("starts over when the room is at an earlier tick, as after a fail-over", () => {
    const interpolation = make();
    interpolation.record(50, new Map([["a", ship(50)]]));
    interpolation.record(40, new Map([["a", ship(40)]]));
    expect(interpolation.at(45).get("a")?.x).toBe(40);
  });

  it("goes on when a moment after the newest state was shown", () => {
    const interpolation = make();
    interpolation.record(10, new Map([["a", ship(0)]]));
    interpolation.at(20);
    interpolation.record(11, new Map([["a", ship(2)]]));
    expect(interpolation.at(20).get("a")?.x).toBe(2);
    interpolation.record(21, new Map([["a", ship(22)]]));
    expect(interpolation.at(20).get("a")?.x).toBeCloseTo(20);
  });

  it("and starts over when the next state is of an earlier tick", () => {
    const interpolation = make();
    interpolation.record(10, new Map([["a", ship(0)]]));
    interpolation.at(20);
    interpolation.record(5, new Map([["a", ship(5)]]));
    interpolation.record(7, new Map([["a", ship(7)]]));
    expect(interpolation.at(6).get("a")?.x).toBeCloseTo(6);
  });
});
