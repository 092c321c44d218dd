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
  const Row = t.struct({ owner: t.string(8), team: t.u8(), x: t.u8() });
  const state = t.state({
    a: t.table(Row),
    b: t.table(Row, { view: "self" }),
    c: t.table(Row, { view: { group: "team" } }),
    d: t.table(Row, { view: { grid: { x: "x", y: "x", cell: 128, radius: 400 } } }),
  });
  const lines = contractLines("duel", defineRoom({ seats: 2, state }), plain(100));
  expect(lines.filter((line) => line.startsWith("table")).map((line) => line.replace(/\s+\S+$/, ""))).toEqual(
    [
      "table a, seen by everyone",
      "table b, seen by self",
      "table c, seen by group(team)",
      "table d, seen by grid(x, x, 128, 400)",
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
