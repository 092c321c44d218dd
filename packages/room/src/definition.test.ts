import { InputError, type PlayerId } from "@warren/kernel";
import { t } from "@warren/schema";
import { describe, expect, expectTypeOf, it } from "vitest";
import { defineRoom, type Room } from "./definition.ts";
import type { SeenRows } from "./state/rewind-fields.ts";
import { pit } from "./testing/pit.ts";

describe("defineRoom", () => {
  it.each([
    ["seats", [0, 1_001, 1.5, Number.NaN], "a whole number from 1 to 1000"],
    ["tickHz", [-1, 129, 0.5], "a whole number from 0 to 128"],
    ["sendHz", [0, 129], "a whole number from 1 to 128"],
    ["inputBuffer", [0, 65], "a whole number from 1 to 64"],
    ["rewindMs", [-1, 1_001, 0.5], "a whole number from 0 to 1000"],
    ["resumeGraceMs", [-1, 300_001, Number.POSITIVE_INFINITY], "a whole number from 0 to 300000"],
    ["inputWhenEmpty", ["hold"], "repeat or idle"],
    ["durability", ["journal"], "none"],
  ])("refuses a %s out of range, with the value and the range", (field, bad, accepted) => {
    for (const value of bad) {
      const define = () => pit([], { [field]: value });
      expect(define).toThrow(InputError);
      const shown = typeof value === "string" ? `"${value}"` : String(value);
      expect(define).toThrow(`${field} is ${shown}; accepted: ${accepted}`);
    }
  });

  it("refuses an action without a handler", () => {
    const actions = { buy: t.action({}, {}) };
    const define = (on: object) => () =>
      defineRoom({ seats: 1, state: t.state({}), actions, on: on as never });
    expect(define({})).toThrow("on.buy is missing; accepted: a handler for the action buy");
    expect(define({ buy: () => ({}) })).not.toThrow();
  });

  it("fills in the defaults", () => {
    expect(defineRoom({ seats: 2, state: t.state({}) })).toMatchObject({
      tickHz: 0,
      sendHz: 20,
      inputBuffer: 8,
      inputWhenEmpty: "repeat",
      resumeGraceMs: 30_000,
      rewind: {},
      rewindMs: 250,
    });
  });

  it.each([
    [{ count: { n: "linear" } }, 'rewind.count is "count"; accepted: a table of the state: rows'],
    [{ gone: {} }, 'rewind.gone is "gone"; accepted: a table of the state: rows'],
    [{ rows: { text: "linear" } }, 'rewind.rows.text is "text"; accepted: a field that is a number: n'],
    [{ rows: { toString: "linear" } }, 'rewind.rows.toString is "toString"; accepted: a field that is'],
    [{ rows: { n: "cubic" } }, 'rewind.rows.n is "cubic"; accepted: linear or angle'],
  ])("refuses to remember what is no number in a table: %j", (rewind, message) => {
    const define = () => pit([], { rewind: rewind as never });
    expect(define).toThrow(InputError);
    expect(define).toThrow(message);
  });

  it("refuses to remember anything where there are no ticks", () => {
    const rewind = { rows: { n: "linear" } } as never;
    expect(() => pit([], { rewind, tickHz: 0 })).toThrow("accepted: nothing in a room without ticks");
    expect(() => pit([], { rewind, tickHz: undefined as never, input: undefined as never })).toThrow(
      "tickHz is missing",
    );
  });

  it("types what room.rewind answers by what is remembered, and what may be", () => {
    const ships = t.table(t.struct({ x: t.f32(), angle: t.f32(), name: t.string(8) }));
    const state = t.state({ round: t.u8(), ships });
    const events = { hit: t.event({}) };
    const rewind = { ships: { x: "linear", angle: "angle" } } as const;
    defineRoom({
      seats: 1,
      tickHz: 20,
      state,
      events,
      rewind,
      onTick(room) {
        aim(room);
        shoot(room);
        const seen = room.rewind("ann" as PlayerId, "ships");
        expectTypeOf(seen).toEqualTypeOf<SeenRows<{ readonly x: number; readonly angle: number }>>();
        // @ts-expect-error round is not remembered
        room.rewind("ann" as PlayerId, "round");
      },
    });
    const shoot = (
      room: Room<unknown, unknown, typeof state, unknown, typeof events, unknown, typeof rewind>,
    ) =>
      expectTypeOf(room.rewind("ann" as PlayerId, "ships").get("ben")?.x).toEqualTypeOf<number | undefined>();
    const aim = (room: Room<unknown, unknown, typeof state, unknown, typeof events>) => {
      // @ts-expect-error nothing is known to be remembered
      room.rewind("ann" as PlayerId, "ships");
    };
    const define = { seats: 1, tickHz: 20, state };
    const wrong = [
      // @ts-expect-error a name is no number
      () => defineRoom({ ...define, rewind: { ships: { x: "linear", name: "linear" } } }),
      // @ts-expect-error round is no table
      () => defineRoom({ ...define, rewind: { ships: { x: "linear" }, round: {} } }),
      // @ts-expect-error cubic is no kind
      () => defineRoom({ ...define, rewind: { ships: { x: "cubic" } } }),
    ];
    for (const one of wrong) expect(one).toThrow(InputError);
  });

  it("[H4] has one fingerprint for what clients must read, whatever else changes", () => {
    const { wireFingerprint } = pit();
    expect(wireFingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(pit([], { seats: 1, tickHz: 60, onTick: undefined as never }).wireFingerprint).toBe(
      wireFingerprint,
    );
    expect(pit([], { input: t.struct({ thrust: t.u8() }) as never }).wireFingerprint).not.toBe(
      wireFingerprint,
    );
  });
});
