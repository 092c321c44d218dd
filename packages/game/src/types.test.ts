import type { PlayerId } from "@warren/kernel";
import { describe, expectTypeOf, it } from "vitest";
import {
  defineGame,
  defineQueue,
  defineRoom,
  type Infer,
  type PlayerOf,
  type RoomOf,
  type SeenRows,
  type StateOf,
  type StateViewOf,
  t,
} from "./index.ts";

// What an author may write. Nothing here runs: `pnpm check` compiles it.

const Ship = t.struct({
  x: t.f32(),
  name: t.string(16),
  at: t.struct({ x: t.u8() }),
  tags: t.array(t.u8(), 4),
});
const state = t.state({
  phase: t.enum("lobby", "fight"),
  home: t.struct({ x: t.u8(), path: t.array(t.struct({ y: t.u8() }), 4) }),
  ships: t.table(Ship),
});

const arena = defineRoom({
  seats: 2,
  tickHz: 30,
  options: t.struct({ map: t.enum("small", "large") }),
  join: t.struct({ name: t.string(16) }),
  state,
  hidden: t.state({ deck: t.array(t.u8(), 52) }),
  input: t.struct({ thrust: t.i8() }),
  actions: { buy: t.action({ item: t.u16() }, { gold: t.u32() }), pass: t.action({}, {}) },
  events: { hit: t.event({ by: t.playerId(), damage: t.u8() }) },
  rewind: { ships: { x: "linear" } },
  // A function outside may take the room: its type does not go round in a circle.
  onCreate: (room) => shuffle(room),
  onJoin(room, player) {
    greet(room, player);
  },
  onTick: (room) => aim(room),
  on: {
    buy(room, player, args) {
      expectTypeOf(args).toEqualTypeOf<{ item: number }>();
      greet(room, player);
      return { gold: args.item };
    },
    pass: () => ({}),
  },
});
type ArenaRoom = RoomOf<typeof arena>;
declare const room: ArenaRoom;

function shuffle({ hidden }: ArenaRoom): void {
  hidden.deck = [...hidden.deck];
}
function greet({ state: { ships } }: ArenaRoom, player: PlayerOf<typeof arena>): void {
  ships.add(player.id, { name: player.join.name });
}
function aim(room: ArenaRoom): void {
  for (const id of room.players.keys()) room.rewind(id, "ships");
}

describe("what `t` says is what TypeScript sees", () => {
  it("values", () => {
    expectTypeOf<Infer<typeof Ship>>().toEqualTypeOf<{
      x: number;
      name: string;
      at: { x: number };
      tags: readonly number[];
    }>();
    const name = t.enum("a", "b");
    expectTypeOf<Infer<typeof name>>().toEqualTypeOf<"a" | "b">();
    const some = t.optional(t.bool());
    expectTypeOf<Infer<typeof some>>().toEqualTypeOf<boolean | undefined>();
    const bytes = t.bytes(9);
    expectTypeOf<Infer<typeof bytes>>().toEqualTypeOf<Uint8Array>();
  });

  it("a room and its players", () => {
    expectTypeOf<ArenaRoom["options"]>().toEqualTypeOf<{ map: "small" | "large" }>();
    expectTypeOf<ArenaRoom["state"]>().toEqualTypeOf<StateOf<typeof state>>();
    expectTypeOf<ArenaRoom["state"]["phase"]>().toEqualTypeOf<"lobby" | "fight">();
    expectTypeOf<ArenaRoom["hidden"]["deck"]>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<PlayerOf<typeof arena>["join"]>().toEqualTypeOf<{ name: string }>();
    expectTypeOf<PlayerOf<typeof arena>["input"]>().toEqualTypeOf<{ thrust: number }>();
    void (() => {
      const seen = room.rewind("ann" as PlayerId, "ships");
      expectTypeOf(seen).toEqualTypeOf<SeenRows<{ readonly x: number }>>();
      // @ts-expect-error home is not remembered
      room.rewind("ann" as PlayerId, "home");
    });
    expectTypeOf<keyof StateViewOf<typeof state>>().toEqualTypeOf<"phase" | "home" | "ships">();
  });
});

describe("what does not compile", () => {
  it("a state that is written wrongly", () => {
    void (() => {
      room.state.phase = "lobby";
      const ship = room.state.ships.add("a", { x: 1 });
      ship.x = 2;
      ship.at = { x: 3 };
      // @ts-expect-error not one of the names
      room.state.phase = "over";
      // @ts-expect-error x is a number
      ship.x = "2";
      // @ts-expect-error a part of a value is not changed in place
      ship.at.x = 3;
      // @ts-expect-error nor is an item
      ship.tags[0] = 1;
      // @ts-expect-error nor is a part of a part
      room.state.home.path[0]!.y = 1;
      // @ts-expect-error there is no such field
      room.state.score = 1;
      // @ts-expect-error a table is not replaced
      room.state.ships = {} as never;
      // @ts-expect-error there is no such column
      room.state.ships.add("a", { y: 1 });
      // @ts-expect-error hidden is not part of the state
      room.state.deck;
      // @ts-expect-error there is no such hidden value
      room.hidden.cards;
    });
  });

  it("an event that is not of the room", () => {
    void (() => {
      room.emit("hit", { by: "p", damage: 3 });
      // @ts-expect-error there is no such event
      room.emit("miss", {});
      // @ts-expect-error damage is missing
      room.emit("hit", { by: "p" });
      // @ts-expect-error damage is a number
      room.emit("hit", { by: "p", damage: "3" });
    });
  });

  it("a handler that answers something else, or for no action", () => {
    const parts = { seats: 1, state: t.state({}), actions: { buy: t.action({}, { gold: t.u32() }) } };
    void (() => {
      defineRoom({ ...parts, on: { buy: () => ({ gold: 1 }) } });
      // @ts-expect-error gold is a number
      defineRoom({ ...parts, on: { buy: () => ({ gold: "1" }) } });
      // @ts-expect-error gold is missing
      defineRoom({ ...parts, on: { buy: () => ({}) } });
      // @ts-expect-error buy has no handler
      defineRoom({ ...parts, on: {} });
      // @ts-expect-error there is no action sell
      defineRoom({ ...parts, on: { buy: () => ({ gold: 1 }), sell: () => ({}) } });
      // @ts-expect-error a bot's input is the room's
      defineRoom({ ...parts, tickHz: 1, input: t.struct({ a: t.u8() }), bot: () => ({ a: "1" }) });
    });
  });

  it("a queue of a room that is not there", () => {
    const duel = defineQueue({ room: "arena", size: 2, options: { map: "small" } });
    expectTypeOf(duel.room).toEqualTypeOf<"arena">();
    void (() => {
      defineGame({ rooms: { arena }, queues: { duel } });
      // @ts-expect-error the room is called arena
      defineGame({ rooms: { pit: arena }, queues: { duel } });
    });
  });
});
