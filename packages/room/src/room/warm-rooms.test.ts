import { type Epoch, parsePlayerId, parseRoomId } from "@warren/kernel";
import { t } from "@warren/schema";
import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { defineRoom, type RoomDefinition } from "../definition.ts";
import { RoomHost } from "./room-host.ts";
import type { RoomDown } from "./room-link.ts";

const spec = { roomName: "maze", optionsJson: '{"size":3}', fillTo: 0, queue: "", joinCode: "" };

/** A host of one definition, and what its code and the host say. */
function hosting(warm: number, code: { onCreate?(said: string[]): void } = {}) {
  const said: string[] = [];
  const clock = new VirtualClock(50_000);
  const state = { isOverloaded: false };
  const opened: boolean[] = [];
  const failed: unknown[] = [];
  const maze = defineRoom({
    seats: 4,
    warm,
    tickHz: 10,
    options: t.struct({ size: t.u8() }),
    state: t.state({ walls: t.u32() }),
    timers: { bell: (room) => void said.push(`bell ${room.id} at ${room.nowMs}`) },
    onCreate(room) {
      room.state.walls = room.options.size * 10;
      room.after(500, "bell");
      said.push(`made ${room.options.size}`);
      code.onCreate?.(said);
      if (code.onCreate) said.push(room.id);
    },
    onJoin: (room, player) =>
      void said.push(
        `${player.id} in ${room.id} of ${room.match?.id} team ${player.team} walls ${room.state.walls}`,
      ),
    bot: () => ({}),
  });
  const host = new RoomHost({
    definitions: { maze: maze as unknown as RoomDefinition },
    clock,
    roomsMax: 9,
    seed: () => 1,
    overload: () => (state.isOverloaded ? { cause: "lag", message: "late" } : undefined),
    onOpened: (_, isWarm) => opened.push(isWarm),
    onWarmFailed: (_, error) => failed.push(error),
    onChanged: () => {},
  });
  let epoch = 0;
  const open = (id: string, part: object = {}) =>
    host.open(parseRoomId(id), ++epoch as Epoch, { ...spec, ...part });
  return { clock, host, said, opened, failed, open, state };
}

const down: RoomDown = { stateTick: 0, publish() {}, event() {}, reply() {}, end() {} };

it("the first is made when it is asked for, the next ones ahead: one after the other, and no more than it says", () => {
  const { clock, said, open, opened } = hosting(2);
  open("r_1");
  expect(said).toEqual(["made 3"]);
  clock.advance(60);
  expect(said).toHaveLength(2);
  clock.advance(5_000);
  expect(said.filter((line) => line === "made 3")).toHaveLength(3);
  const before = said.length;
  open("r_2");
  open("r_3");
  expect(said.slice(before)).toEqual([]);
  open("r_4");
  expect(said.slice(before)).toEqual(["made 3"]);
  expect(opened).toEqual([false, true, true, false]);
});

it("one that was made ahead is who it is asked to be: id, match, teams, bots and clock", () => {
  const { clock, host, said, open, opened } = hosting(1);
  open("r_1");
  clock.advance(9_000);
  said.length = 0;
  open("r_two", { matchId: "m_1", queue: "duel", teams: 2, teamSize: 2, fillTo: 3 });
  expect(opened).toEqual([false, true]);
  host.reserve(parseRoomId("r_two"), [{ playerId: "ann", joinJson: "", team: 1 }]);
  host.linkTo(parseRoomId("r_two")).attach(parsePlayerId("ann"), down);
  expect(said.at(-1)).toBe("ann in r_two of m_1 team 1 walls 30");
  expect(said.filter((line) => line.startsWith("bot"))).toHaveLength(3);
  // The timer of onCreate counts from the opening.
  const bells = () => said.filter((line) => line.startsWith("bell"));
  clock.advance(400);
  expect(bells()).toEqual([]);
  clock.advance(200);
  expect(bells()).toEqual(["bell r_two at 500"]);
});

it("those with other options than were asked for last are of no use", () => {
  const { clock, said, open, opened } = hosting(1);
  open("r_1");
  clock.advance(100);
  open("r_2", { optionsJson: '{"size":5}' });
  clock.advance(100);
  open("r_3", { optionsJson: '{"size":5}' });
  expect(opened).toEqual([false, false, true]);
  expect(said.filter((line) => line.startsWith("made"))).toEqual(["made 3", "made 3", "made 5", "made 5"]);
});

it("a node that is late makes none ahead, and one that stops neither", () => {
  const { clock, said, open, state, host } = hosting(3);
  open("r_1");
  state.isOverloaded = true;
  clock.advance(200);
  expect(said).toEqual(["made 3"]);
  state.isOverloaded = false;
  open("r_2");
  host.close();
  clock.advance(200);
  expect(said).toEqual(["made 3", "made 3"]);
});

it("who asks for its id before it has one is told, and gets rooms as without it", () => {
  const { clock, said, open, opened, failed } = hosting(2, { onCreate: () => {} });
  open("r_1");
  clock.advance(500);
  open("r_2");
  clock.advance(500);
  expect(opened).toEqual([false, false]);
  expect(failed).toHaveLength(1);
  expect(String(failed[0])).toContain("room.id");
  expect(said.filter((line) => line.startsWith("r_"))).toEqual(["r_1", "r_2"]);
});
