import { Prng } from "@warren/kernel";
import { StateStore, type Table, t } from "@warren/schema";
import { forEachSeed } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { REWIND_BYTES_MAX, Rewind } from "./rewind.ts";
import type { SeenRows } from "./rewind-fields.ts";

const Ship = t.struct({ name: t.string(8), x: t.f64(), angle: t.f64() });
const KINDS = { x: "linear", angle: "angle" } as const;

function fleet(ticksBack: number) {
  const { ships } = new StateStore(t.state({ ships: t.table(Ship) })).state;
  const rewind = new Rewind(ships as unknown as Table<never>, KINDS, ticksBack);
  let tick = 0;
  return {
    ships,
    rewind,
    seen: (moment: number) => rewind.seen(moment),
    record: () => rewind.record(++tick),
  };
}
const all = (rows: SeenRows<object>) => Object.fromEntries([...rows]);

describe("rewind", () => {
  it("answers rows as they were at a moment, between two ticks in a straight line", () => {
    const { ships, seen, record } = fleet(4);
    const ann = ships.add("ann", { name: "Ann" });
    for (let x = 10; x <= 50; x += 10) {
      ann.x = x;
      record();
    }
    expect(all(seen(2))).toEqual({ ann: { x: 20, angle: 0 } });
    expect(seen(2.25).get("ann")).toEqual({ x: 22.5, angle: 0 });
    expect(seen(4.9375).get("ann")?.["x"]).toBe(49.375);
    expect(seen(3).get("ben")).toBeUndefined();
  });

  it("goes back as far as it is told to and no further, and not beyond the last tick or before the first", () => {
    const { ships, seen, record } = fleet(2.5);
    const ann = ships.add("ann", { x: 10 });
    const xAt = (moment: number) => seen(moment).get("ann")?.["x"];
    record();
    ann.x = 20;
    record();
    expect([xAt(0.5), xAt(1.5)]).toEqual([10, 15]);
    for (ann.x = 30; ann.x <= 100; ann.x += 10) record();
    expect([xAt(1), xAt(7.5), xAt(8), xAt(10), xAt(99)]).toEqual([75, 75, 80, 100, 100]);
  });

  it("at 0 the rows are as they are now, also before the first tick", () => {
    const { ships, seen, record } = fleet(2);
    const ann = ships.add("ann", { x: 10 });
    expect(all(seen(5))).toEqual({ ann: { x: 10, angle: 0 } });
    record();
    ann.x = 20;
    ships.add("ben", { x: 1 });
    expect(all(seen(0))).toEqual({ ann: { x: 20, angle: 0 }, ben: { x: 1, angle: 0 } });
    expect(all(seen(1))).toEqual({ ann: { x: 10, angle: 0 } });
  });

  it("an angle goes the short way round", () => {
    const { ships, seen, record } = fleet(3);
    const ann = ships.add("ann", { angle: 3 });
    record();
    ann.angle = -3;
    record();
    ann.angle = 4 * Math.PI - 3;
    record();
    const angleAt = (moment: number) => seen(moment).get("ann")?.["angle"];
    expect(angleAt(1.5)).toBeCloseTo(Math.PI, 12);
    expect(angleAt(2.5)).toBeCloseTo(-3, 12);
    expect(angleAt(3)).toBeCloseTo(4 * Math.PI - 3, 12);
  });

  it("a row that came at the later of the two ticks is as it was then", () => {
    const { ships, seen, record } = fleet(3);
    record();
    ships.add("ann", { x: 10 });
    record();
    expect(seen(1).get("ann")).toBeUndefined();
    expect(seen(1.5).get("ann")).toEqual({ x: 10, angle: 0 });
  });

  it("a row that has been deleted since is not there: every key answered is in the table", () => {
    const { ships, seen, record } = fleet(3);
    for (const key of ["ann", "ben"]) ships.add(key, { x: 10 });
    record();
    record();
    ships.delete("ann");
    expect(all(seen(1.5))).toEqual({ ben: { x: 10, angle: 0 } });
    expect(seen(1.5).get("ann")).toBeUndefined();
  });

  it("what had a row's key before is another row", () => {
    const { ships, seen, record } = fleet(5);
    ships.add("ship", { x: 1 });
    record();
    record();
    ships.delete("ship");
    record();
    ships.add("ship", { x: 500 });
    expect(seen(2).get("ship")).toBeUndefined();
    record();
    expect([seen(2).get("ship"), seen(2.5).get("ship")]).toEqual([undefined, undefined]);
    expect([3.5, 4].map((moment) => seen(moment).get("ship")?.["x"])).toEqual([500, 500]);
    ships.delete("ship");
    ships.add("ship", { x: 900 });
    expect(seen(4).get("ship")).toBeUndefined();
    record();
    expect([seen(4).get("ship"), seen(4.5).get("ship")?.["x"]]).toEqual([undefined, 900]);
  });

  it("has an end: rows that there is no room for are as they are now", () => {
    const { ships, rewind, seen, record } = fleet(128);
    const rowsMax = REWIND_BYTES_MAX / (8 * 3 * 129);
    for (let i = 0; i < rowsMax + 1_000; i++) ships.add(`ship-${i}`, { x: 1 });
    record();
    expect(rewind.bytes).toBeLessThanOrEqual(REWIND_BYTES_MAX);
    expect(rewind.bytes).toBeGreaterThan(REWIND_BYTES_MAX * 0.99);
    for (const ship of ships.values()) ship.x = 2;
    record();
    const xAt = (i: number) => seen(1).get(`ship-${i}`)?.["x"];
    expect([xAt(0), xAt(Math.floor(rowsMax) - 1), xAt(Math.floor(rowsMax))]).toEqual([1, 1, 2]);
    expect([...seen(1)].length).toBe(ships.size);
  });

  it("takes memory for the rows of the last ticks, however many there have been", () => {
    const { ships, rewind, record } = fleet(7.5);
    const { bytes } = rewind;
    expect(bytes).toBe(16 * 9 * 3 * 8);
    for (let shot = 0; shot < 1_000; shot++) {
      ships.add(`shot-${shot}`);
      ships.delete(`shot-${shot - 7}`);
      record();
    }
    // Seven at a time, and each remembered for nine ticks.
    expect(rewind.bytes).toBe(bytes);
    for (let i = 0; i < 100; i++) ships.add(`ship-${i}`);
    record();
    expect(rewind.bytes).toBe(bytes * 8);
  });

  it("equals a copy of the whole table at every tick, whatever comes and goes", () => {
    forEachSeed(40, (seed) => {
      const prng = new Prng(seed);
      const ticksBack = prng.int(0, 6) + prng.pick([0, 0.5]);
      const { ships, seen, record } = fleet(ticksBack);
      const copies: ReadonlyMap<string, { row: object; x: number; angle: number }>[] = [new Map()];
      for (let tick = 1; tick <= 60; tick++) {
        for (let i = prng.int(0, 12); i > 0; i--) {
          // Now and then more rows than ever before.
          const key = `k${prng.int(0, tick > 30 ? 60 : 20)}`;
          if (ships.has(key) && prng.int(0, 2) === 0) ships.delete(key);
          else
            Object.assign(ships.get(key) ?? ships.add(key), {
              x: prng.int(0, 99),
              angle: prng.float() * 20 - 10,
            });
        }
        record();
        copies.push(new Map([...ships].map(([key, row]) => [key, { row, x: row.x, angle: row.angle }])));
        for (const key of [...ships.keys()]) {
          if (prng.int(0, 9) === 0) ships.delete(key);
          if (prng.int(0, 19) === 0 && ships.delete(key)) ships.add(key, { x: 1_000 });
        }

        const moment = prng.int(1, tick * 16 + 20) / 16;
        const clamped = Math.min(Math.max(moment, tick - ticksBack, 1), tick);
        const before = Math.floor(clamped);
        const part = clamped - before;
        const expected: Record<string, object> = {};
        for (const [key, row] of ships) {
          // Not of what had the key before.
          const copyOf = (at: number) => {
            const copy = copies[at]!.get(key);
            return copy?.row === row ? copy : undefined;
          };
          const after = part > 0 ? copyOf(before + 1) : undefined;
          const from = copyOf(before) ?? after;
          const to = after ?? from;
          if (!from || !to) continue;
          const turn = Math.atan2(Math.sin(to.angle - from.angle), Math.cos(to.angle - from.angle));
          expected[key] = {
            x: expect.closeTo(from.x + (to.x - from.x) * part, 9),
            angle: expect.closeTo(from.angle + turn * part, 9),
          };
        }
        expect(all(seen(moment))).toEqual(expected);
      }
    });
  });
});
