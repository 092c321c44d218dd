import type { ClientRoom, GameShape, Warren } from "@warren/client";
import { defineGame, defineQueue, defineRoom, type StateViewOf, t } from "@warren/game";
import { describe, expectTypeOf, it } from "vitest";

// A page sees exactly what the definition says, and nothing of what it hides. Nothing here runs: `pnpm check` compiles it.

const full = defineRoom({
  seats: 2,
  tickHz: 30,
  options: t.struct({ map: t.enum("small", "large"), rounds: t.u8() }),
  join: t.struct({ name: t.string(16) }),
  state: t.state({
    phase: t.enum("lobby", "fight"),
    home: t.struct({ x: t.f32(), path: t.array(t.struct({ y: t.u8() }), 4) }),
    leader: t.optional(t.playerId()),
    map: t.bytes(64),
    ships: t.table(t.struct({ x: t.f32(), name: t.string(16), at: t.struct({ x: t.u8() }) })),
  }),
  hidden: t.state({ deck: t.array(t.u8(), 52) }),
  input: t.struct({ thrust: t.i8(), aim: t.struct({ x: t.i8() }) }),
  actions: {
    buy: t.action({ item: t.u16(), note: t.optional(t.string(8)) }, { gold: t.u32() }),
    pass: t.action({}, {}),
  },
  events: {
    hit: t.event({ by: t.playerId(), damage: t.u8(), where: t.array(t.f32(), 2) }),
    over: t.event({}),
  },
  on: { buy: () => ({ gold: 1 }), pass: () => ({}) },
});
/** Has a state and nothing else. */
const bare = defineRoom({ seats: 2, state: t.state({ n: t.u8() }) });
/** Takes things that may be left out. */
const lax = defineRoom({
  seats: 2,
  tickHz: 30,
  options: t.struct({ map: t.optional(t.u8()) }),
  join: t.struct({ name: t.string(16), skin: t.optional(t.u8()) }),
  state: t.state({ n: t.u8() }),
  input: t.struct({
    thrust: t.i8(),
    aim: t.optional(t.struct({ x: t.i8(), far: t.optional(t.bool()) })),
  }),
  actions: {
    buy: t.action({ items: t.array(t.struct({ id: t.u8(), note: t.optional(t.string(8)) }), 4) }, {}),
  },
  on: { buy: () => ({}) },
});
/** Takes all of something. */
const open = defineRoom({
  seats: 2,
  state: t.state({ n: t.u8() }),
  join: t.optional(t.struct({ name: t.string(16) })),
});
const game = defineGame({
  rooms: { full, bare, lax, open },
  queues: {
    duel: defineQueue({ room: "full", size: 2, options: { map: "small", rounds: 1 } }),
    ffa: defineQueue({ room: "full", size: 2, options: { map: "large", rounds: 3 } }),
    chat: defineQueue({ room: "bare", size: 2 }),
    walk: defineQueue({ room: "lax", size: 2, options: { map: undefined } }),
    hall: defineQueue({ room: "open", size: 2 }),
  },
});

type FullRoom = ClientRoom<typeof game, "full">;
type BareRoom = ClientRoom<typeof game, "bare">;
declare const warren: Warren<typeof game>;
declare const room: FullRoom;
declare const bareRoom: BareRoom;
declare const laxRoom: ClientRoom<typeof game, "lax">;

type View = {
  readonly phase: "lobby" | "fight";
  readonly home: { readonly x: number; readonly path: readonly { readonly y: number }[] };
  readonly leader: string | undefined;
  readonly map: Uint8Array;
  readonly ships: ReadonlyMap<
    string,
    { readonly x: number; readonly name: string; readonly at: { readonly x: number } }
  >;
};

describe("a page sees exactly", () => {
  it("the state", () => {
    expectTypeOf<FullRoom["state"]>().toEqualTypeOf<View>();
    expectTypeOf<StateViewOf<typeof full.state>>().toEqualTypeOf<View>();
    expectTypeOf<BareRoom["state"]>().toEqualTypeOf<{ readonly n: number }>();
    void (() => {
      // @ts-expect-error the state is the room's to change
      room.state.phase = "fight";
      // @ts-expect-error and so are parts of its values
      room.state.home.x = 1;
      // @ts-expect-error however deep they are
      room.state.home.path[0]!.y = 1;
      // @ts-expect-error and fields of rows
      room.state.ships.get("a")!.x = 1;
      // @ts-expect-error and parts of them
      room.state.ships.get("a")!.at.x = 1;
      // @ts-expect-error rows come and go with the room
      room.state.ships.delete("a");
      // @ts-expect-error the object stays the same for ever
      room.state = {} as never;
    });
  });

  it("nothing that is hidden", () => {
    expectTypeOf<keyof FullRoom["state"]>().toEqualTypeOf<keyof View>();
    void (() => {
      // @ts-expect-error no value of it is in the state
      room.state.deck;
      // @ts-expect-error nor is there a way to it
      room.hidden;
    });
  });

  it("the input", () => {
    expectTypeOf<Parameters<FullRoom["send"]>[0]>().toEqualTypeOf<{ thrust: number; aim: { x: number } }>();
    void (() => {
      // @ts-expect-error thrust is a number
      room.send({ thrust: "1", aim: { x: 0 } });
      // @ts-expect-error aim is missing
      room.send({ thrust: 1 });
      // @ts-expect-error there is no such field
      room.send({ thrust: 1, aim: { x: 0 }, fire: true });
      // @ts-expect-error the room takes no input
      bareRoom.send({ thrust: 1 });
    });
  });

  it("the actions", () => {
    type Act = FullRoom["act"];
    expectTypeOf<Parameters<Act>[0]>().toEqualTypeOf<"buy" | "pass">();
    void (() => {
      const buy = room.act<"buy">;
      expectTypeOf<Parameters<typeof buy>>().toEqualTypeOf<
        [name: "buy", args: { item: number; note?: string | undefined }]
      >();
      expectTypeOf<ReturnType<typeof buy>>().toEqualTypeOf<Promise<{ gold: number }>>();
      room.act("pass", {}).then((result) => {
        // @ts-expect-error there is nothing in the answer
        result.gold;
      });
      // @ts-expect-error there is no such action
      room.act("sell", { item: 1 }).catch(() => {});
      // @ts-expect-error item is a number
      room.act("buy", { item: "1", note: "" }).catch(() => {});
      // @ts-expect-error there is no such argument
      room.act("buy", { item: 1, note: "", price: 3 }).catch(() => {});
      // @ts-expect-error it takes no arguments
      room.act("pass", { item: 1 }).catch(() => {});
      // @ts-expect-error the room has no actions
      bareRoom.act("pass", {}).catch(() => {});
    });
  });

  it("the events", () => {
    expectTypeOf<Parameters<FullRoom["on"]>[0]>().toEqualTypeOf<"hit" | "over">();
    void (() => {
      room.on("hit", (payload, tick) => {
        expectTypeOf(payload).toEqualTypeOf<{ by: string; damage: number; where: readonly number[] }>();
        expectTypeOf(tick).toEqualTypeOf<number>();
        // @ts-expect-error there is no such field
        payload.item;
      });
      room.on("over", (payload) => {
        // biome-ignore lint/complexity/noBannedTypes: an object without fields is what an event without fields is
        expectTypeOf(payload).toEqualTypeOf<{}>();
      });
      // @ts-expect-error there is no such event
      room.on("miss", () => {});
    });
  });

  it("what playing, opening and joining take", () => {
    const join = { name: "Ann" };
    const options = { map: "small", rounds: 3 } as const;
    void (async () => {
      type Play = Parameters<typeof warren.play<"full">>[1];
      expectTypeOf<NonNullable<Play["queue"]>>().toEqualTypeOf<"duel" | "ffa">();
      expectTypeOf<Play["join"]>().toEqualTypeOf<{ name: string }>();
      type Create = Parameters<typeof warren.createRoom<"full">>[1];
      expectTypeOf<Create["options"]>().toEqualTypeOf<{ map: "small" | "large"; rounds: number }>();
      expectTypeOf(await warren.play("full", { queue: "duel", join })).toEqualTypeOf<FullRoom>();
      expectTypeOf(await warren.play("bare", { queue: "chat" })).toEqualTypeOf<BareRoom>();
      expectTypeOf(await warren.createRoom("full", { options, join })).toEqualTypeOf<FullRoom>();
      expectTypeOf(await warren.createRoom("bare", {})).toEqualTypeOf<BareRoom>();
      await warren.play("full", { queues: ["duel", "ffa"], attributes: { mmr: 1, maps: ["a"] }, join });
      // @ts-expect-error one of the queues leads into another room
      await warren.play("full", { queues: ["duel", "chat"], join });
      // @ts-expect-error one queue or several
      await warren.play("full", { queue: "duel", queues: ["ffa"], join });
      // @ts-expect-error the queue leads into another room
      await warren.play("full", { queue: "chat", join });
      // @ts-expect-error the queue leads into another room
      await warren.play("bare", { queue: "duel" });
      // @ts-expect-error the queue is missing
      await warren.play("bare", {});
      // @ts-expect-error the room takes nothing along
      await warren.play("bare", { queue: "chat", join });
      // @ts-expect-error there is no such map
      await warren.createRoom("full", { options: { map: "huge", rounds: 3 }, join });
      // @ts-expect-error rounds are missing
      await warren.createRoom("full", { options: { map: "small" }, join });
      // @ts-expect-error the room needs options
      await warren.createRoom("full", { join });
      // @ts-expect-error the room has no options
      await warren.createRoom("bare", { options });
      // @ts-expect-error there is no such field
      await warren.joinByCode("full", "ABCDEF", { join: { ...join, team: 1 } });
    });
  });

  it("what may be left out, and of which type it is", () => {
    void (async () => {
      expectTypeOf<Parameters<typeof laxRoom.send>[0]>().toEqualTypeOf<{
        thrust: number;
        aim?: { x: number; far?: boolean | undefined } | undefined;
      }>();
      type Play = Parameters<typeof warren.play<"lax">>[1];
      expectTypeOf<Play["join"]>().toEqualTypeOf<{ name: string; skin?: number | undefined }>();
      await warren.play("lax", { queue: "walk", join: { name: "Ann" } });
      await warren.play("lax", { queue: "walk", join: { name: "Ann", skin: 3 } });
      await warren.createRoom("lax", { join: { name: "Ann" } });
      await warren.createRoom("lax", { options: {}, join: { name: "Ann" } });
      await warren.play("open", { queue: "hall", join: { name: "Ann" } });
      laxRoom.send({ thrust: 1 });
      laxRoom.send({ thrust: 1, aim: { x: 1 } });
      await room.act("buy", { item: 1 });
      await laxRoom.act("buy", { items: [{ id: 1 }, { id: 2, note: "" }] });
      // @ts-expect-error a skin is a number
      await warren.play("lax", { queue: "walk", join: { name: "Ann", skin: "3" } });
      // @ts-expect-error the name may not be left out
      await warren.play("lax", { queue: "walk", join: { skin: 3 } });
      // @ts-expect-error there is no such field
      await warren.play("open", { queue: "hall", join: { name: "Ann", skin: 3 } });
      await warren.play("open", { queue: "hall" });
      // @ts-expect-error the name may not be left out
      await warren.play("open", { queue: "hall", join: {} });
      // @ts-expect-error x may not be left out
      laxRoom.send({ thrust: 1, aim: {} });
    });
  });

  it("of any game: whatever there is", () => {
    void ((any: Warren) => {
      expectTypeOf<Parameters<typeof any.play>[0]>().toEqualTypeOf<string>();
      void any.play("arena", { queue: "duel", join: { name: "Ann" } });
      void any.createRoom("arena", { options: { map: "small" } });
    });
    expectTypeOf(game).toExtend<GameShape>();
  });
});
