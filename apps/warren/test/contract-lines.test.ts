import { defineGame, defineRoom, t } from "@warren/game";
import { expect, it } from "vitest";
import { contractLines } from "../src/contract-lines.ts";
import { screenOf } from "../src/terminal.ts";

// What a person reads. When it changes on purpose: `vitest run --project unit apps/warren -u`.

const { rooms } = defineGame({
  rooms: {
    duel: defineRoom({
      seats: 2,
      tickHz: 30,
      state: t.state({
        phase: t.enum("lobby", "fight", "over"),
        rocks: t.array(t.struct({ x: t.i16(), y: t.i16(), radius: t.u8() }), 7),
        ships: t.table(t.struct({ x: t.f32(), name: t.string(16) })),
      }),
      input: t.struct({ thrust: t.i8(), fire: t.bool() }),
      actions: { resign: t.action({}, {}), buy: t.action({ item: t.u16() }, { gold: t.u32() }) },
      events: { hit: t.event({ by: t.playerId(), damage: t.u8() }), bell: t.event({}) },
      on: { resign: () => ({}), buy: () => ({ gold: 0 }) },
    }),
    board: defineRoom({ seats: 2, state: t.state({}) }),
    slider: defineRoom({ seats: 1, tickHz: 10, state: t.state({ at: t.i8() }), input: t.i8() }),
  },
});
const plain = (columns: number) => screenOf({ isTTY: true, columns }, { NO_COLOR: "1" });

it.each([
  ["wide", 200],
  ["narrow", 44],
] as const)("a contract on a %s terminal", async (name, columns) => {
  const lines = Object.entries(rooms).flatMap(([room, definition]) => [
    ...contractLines(room, definition, plain(columns)),
    "",
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.min(columns, 100));
  await expect(lines.join("\n")).toMatchFileSnapshot(`contract/${name}.txt`);
});

it("a table says who sees it", () => {
  const { wire } = rooms.duel;
  const seenBy = (view: unknown) => {
    const tables = wire.state.tables.map(([name, row]) => [name, row, view] as never);
    const definition = { ...rooms.duel, wire: { ...wire, state: { ...wire.state, tables } } };
    return contractLines("duel", definition, plain(100))
      .find((line) => line.startsWith("table"))
      ?.replace(/\s+\S+$/, "");
  };
  expect([undefined, "self", { group: "team" }, { grid: { x: "x", y: "y", cell: 128 } }].map(seenBy)).toEqual(
    [
      "table ships, seen by everyone",
      "table ships, seen by self",
      "table ships, seen by group(team)",
      "table ships, seen by grid(x, y, 128)",
    ],
  );
});

it("headings are bold for a person, and plain in a file or with NO_COLOR", () => {
  const BOLD = "\u001b[1mduel\u001b[22m";
  const headings = [
    screenOf({ isTTY: true, columns: 80 }, {}),
    screenOf({ isTTY: true, columns: 80 }, { NO_COLOR: "" }),
    screenOf({ isTTY: true, columns: 80 }, { NO_COLOR: "1" }),
    screenOf({}, {}),
  ].map((screen) => screen.heading("duel"));
  expect(headings).toEqual([BOLD, BOLD, "duel", "duel"]);
});
