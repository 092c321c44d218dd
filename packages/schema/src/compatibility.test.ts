import { describe, expect, it } from "vitest";
import {
  firstIncompatibility,
  type RoomWireSchema,
  t,
  wireSchemaFingerprint,
  wireSchemaOf,
} from "./index.ts";
import type { TypeJson } from "./type.ts";

const Ship = { x: t.f32(), hp: t.u8(), name: t.string(16) };
const parts = {
  state: t.state({
    phase: t.enum("lobby", "fight"),
    rocks: t.array(t.struct({ x: t.i16(), radius: t.u8() }), 7),
    ships: t.table(t.struct(Ship)),
  }),
  input: t.struct({ thrust: t.i8(), fire: t.bool() }),
  actions: { buy: t.action({ item: t.u16() }, { gold: t.u32() }), say: t.action({}, {}) },
  events: { hit: t.event({ damage: t.u8() }) },
};
const expected = wireSchemaOf(parts);
const evolved = (changed: Partial<typeof parts> | object) =>
  firstIncompatibility(expected, wireSchemaOf({ ...parts, ...changed }));
const { phase, rocks, ships } = parts.state.fields;

describe("[H7] what is safe", () => {
  it.each<[title: string, changed: object]>([
    ["nothing changed", {}],
    ["another value", { state: t.state({ round: t.u8(), phase, rocks, ships }) }],
    ["another table", { state: t.state({ shots: t.table(t.struct({ x: t.u8() })), phase, rocks, ships }) }],
    ["another order", { state: t.state({ ships, rocks, phase }) }],
    ["another name", { state: t.state({ phase: t.enum("over", "fight", "lobby"), rocks, ships }) }],
    [
      "another field of a row, in the midst",
      {
        state: t.state({
          phase,
          rocks,
          ships: t.table(t.struct({ x: t.f32(), y: t.f32(), hp: t.u8(), name: t.string(16) })),
        }),
      },
    ],
    [
      "another field of an item",
      {
        state: t.state({
          phase,
          rocks: t.array(t.struct({ y: t.i16(), x: t.i16(), radius: t.u8() }), 7),
          ships,
        }),
      },
    ],
    ["another input", { input: t.struct({ boost: t.bool(), thrust: t.i8(), fire: t.bool() }) }],
    ["another action", { actions: { jump: t.action({}, {}), ...parts.actions } }],
    [
      "another argument, another result",
      {
        actions: {
          ...parts.actions,
          buy: t.action({ count: t.u8(), item: t.u16() }, { left: t.u8(), gold: t.u32() }),
        },
      },
    ],
    ["another event", { events: { miss: t.event({}), ...parts.events } }],
  ])("%s", (_title, changed) => {
    expect(evolved(changed)).toBeUndefined();
  });
});

describe("[H7] what is refused, by the field's name", () => {
  const shipsWith = (fields: object) =>
    t.state({ phase, rocks, ships: t.table(t.struct({ ...Ship, ...fields })) });
  const { hp: _hp, ...ShipWithoutHp } = Ship;

  it.each<[message: string, changed: object]>([
    ["state.phase is gone", { state: t.state({ rocks, ships }) }],
    ["state.ships is gone", { state: t.state({ phase, rocks }) }],
    ["state.ships.hp is gone", { state: t.state({ phase, rocks, ships: t.table(t.struct(ShipWithoutHp)) }) }],
    ["state.ships.hp was u8 and is u16", { state: shipsWith({ hp: t.u16() }) }],
    ["state.ships.name was string(16) and is string(32)", { state: shipsWith({ name: t.string(32) }) }],
    [
      'state.phase no longer knows "lobby"',
      { state: t.state({ phase: t.enum("fight", "over"), rocks, ships }) },
    ],
    ['state.phase was enum("lobby", "fight") and is u8', { state: t.state({ phase: t.u8(), rocks, ships }) }],
    [
      "state.ships was table({ x: f32, hp: u8, name: string(16) }) and is u8",
      { state: t.state({ phase, rocks, ships: t.u8() }) },
    ],
    [
      "state.rocks was array({ x: i16, radius: u8 }, 7) and is array({ x: i16, radius: u8 }, 8)",
      { state: t.state({ phase, rocks: t.array(t.struct({ x: t.i16(), radius: t.u8() }), 8), ships }) },
    ],
    [
      "state.rocks[].radius is gone",
      { state: t.state({ phase, rocks: t.array(t.struct({ x: t.i16() }), 7), ships }) },
    ],
    ["input.fire is gone", { input: t.struct({ thrust: t.i8() }) }],
    ["input was { thrust: i8, fire: bool } and is i8", { input: t.i8() }],
    ["actions.buy is gone", { actions: { say: parts.actions.say } }],
    [
      "actions.buy.args.item was u16 and is u32",
      { actions: { ...parts.actions, buy: t.action({ item: t.u32() }, { gold: t.u32() }) } },
    ],
    [
      "actions.buy.result.gold is gone",
      { actions: { ...parts.actions, buy: t.action({ item: t.u16() }, {}) } },
    ],
    ["events.hit is gone", { events: {} }],
    ["events.hit.damage was u8 and is bool", { events: { hit: t.event({ damage: t.bool() }) } }],
  ])("%s", (message, changed) => {
    expect(evolved(changed)).toBe(message);
  });

  it.each<[message: string, was: object, is: object]>([
    [
      "input.aim was quantised(0, 1, 0.1) and is quantised(0, 2, 0.1)",
      { quantised: [0, 1, 0.1] },
      { quantised: [0, 2, 0.1] },
    ],
    ["input.aim was angle(16) and is angle(8)", { angle: 16 }, { angle: 8 }],
    ["input.aim was optional(u8) and is u8", { optional: "u8" }, "u8" as never],
    ["input.aim was u8 and is u16", { optional: "u8" }, { optional: "u16" }],
    [
      "input.aim was fixedArray(u8, 2) and is fixedArray(u8, 3)",
      { fixedArray: "u8", length: 2 },
      { fixedArray: "u8", length: 3 },
    ],
    ["input.aim[] was u8 and is u16", { fixedArray: "u8", length: 2 }, { fixedArray: "u16", length: 2 }],
  ])("%s, whether this package makes such a type or not", (message, was, is) => {
    const withAim = (aim: object): RoomWireSchema => ({
      ...expected,
      input: { struct: [["aim", aim as TypeJson]] },
    });
    expect(firstIncompatibility(withAim(was), withAim(is))).toBe(message);
    expect(firstIncompatibility(withAim(was), withAim(was))).toBeUndefined();
  });

  it("who sees a table does not matter", () => {
    const { values, tables } = expected.state;
    const seen = tables.map(([name, row]) => [name, row, { view: "self" }] as never);
    expect(firstIncompatibility(expected, { ...expected, state: { values, tables: seen } })).toBeUndefined();
  });
});

it("[H4] the parts of a room, a module of them and the definition have one wire schema", () => {
  const module = { ...parts, join: t.struct({}), somethingElse: 1 };
  expect(wireSchemaFingerprint(wireSchemaOf(module))).toBe(wireSchemaFingerprint(expected));
  expect(wireSchemaOf({ state: parts.state })).toEqual({
    state: parts.state.json,
    input: { struct: [] },
    actions: [],
    events: [],
  });
});
