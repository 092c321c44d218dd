import {
  type ClientRoom,
  interpolate,
  predict,
  type RoomWireSchema,
  type Warren,
  type WarrenError,
  type WarrenOptions,
} from "@warren/client";
import { describe, expectTypeOf, it } from "vitest";
import type { TestGame } from "./world.ts";

// What a page may write with `new Warren<typeof game>()`. Nothing here runs: `pnpm check` compiles it.

type Room = ClientRoom<TestGame, "counter">;
declare const warren: Warren<TestGame>;
declare const room: Room;

describe("the client's types are the definition's", () => {
  it("state", () => {
    expectTypeOf<Room["state"]["total"]>().toEqualTypeOf<number>();
    expectTypeOf<Room["state"]["players"]>().toEqualTypeOf<
      ReadonlyMap<string, Readonly<{ name: string; added: number; steered: number }>>
    >();
    expectTypeOf<keyof Room["state"]>().toEqualTypeOf<"total" | "players">();
    expectTypeOf<Room["name"]>().toEqualTypeOf<"counter">();
    void (() => {
      // @ts-expect-error the state is the room's to change
      room.state.total = 1;
      // @ts-expect-error a table is read-only
      room.state.players.set("a", { name: "", added: 0, steered: 0 });
      // @ts-expect-error there is no such value
      room.state.score;
      // @ts-expect-error there is no such column
      room.state.players.get("a")?.score;
    });
  });

  it("inputs", () => {
    expectTypeOf<Parameters<Room["send"]>>().toEqualTypeOf<
      [input: { steer: number }, seenAt?: number | undefined, number?: number | undefined]
    >();
    void (() => {
      // @ts-expect-error steer is a number
      room.send({ steer: "left" });
      // @ts-expect-error steer is missing
      room.send({});
    });
  });

  it("actions", () => {
    void (() => {
      expectTypeOf(room.act("add", { by: 1 })).toEqualTypeOf<Promise<{ total: number }>>();
      // @ts-expect-error there is no such action
      room.act("buy", { by: 1 }).catch(() => {});
      // @ts-expect-error by is a number
      room.act("add", { by: "1" }).catch(() => {});
      // @ts-expect-error the arguments are missing
      room.act("add").catch(() => {});
    });
  });

  it("events", () => {
    void (() => {
      room.on("added", (payload, tick) => {
        expectTypeOf(payload).toEqualTypeOf<{ by: number; total: number }>();
        expectTypeOf(tick).toEqualTypeOf<number>();
      });
      // @ts-expect-error there is no such event
      room.on("hit", () => {});
      room.onStatus((status, why) => {
        expectTypeOf(status).toEqualTypeOf<"online" | "offline" | "ended">();
        expectTypeOf(why).toEqualTypeOf<WarrenError | undefined>();
      });
    });
  });

  it("netcode", () => {
    void (() => {
      const players = interpolate(room, "players", { fields: { steered: "linear" }, teleport: 5 });
      expectTypeOf(players.at(1).get("a")).toEqualTypeOf<
        Readonly<{ name: string; added: number; steered: number }> | undefined
      >();
      // @ts-expect-error there is no such table
      interpolate(room, "ships", { fields: {} });
      // @ts-expect-error a plain value is no table
      interpolate(room, "total", { fields: {} });
      // @ts-expect-error there is no such column
      interpolate(room, "players", { fields: { x: "linear" } });
      // @ts-expect-error a name does not move
      interpolate(room, "players", { fields: { name: "linear" } });

      const me = predict(room, {
        read: (state) => state.players.get(room.playerId),
        step: ({ name, added, steered }, input) => ({ name, added, steered: steered + input.steer }),
        fields: { steered: "linear" },
      });
      me.start((motion) => ({ steer: motion?.steered ?? 0 }));
      expectTypeOf(me.at(1)?.steered).toEqualTypeOf<number | undefined>();
      // @ts-expect-error steer is a number
      me.start(() => ({ steer: "left" }));
      // @ts-expect-error a step answers what read does
      predict(room, { read: () => ({ x: 1 }), step: () => ({ y: 1 }), fields: {} });
    });
  });

  it("contracts", () => {
    void ((wire: RoomWireSchema): WarrenOptions<TestGame>[] => [
      { contracts: {} },
      { contracts: { counter: wire } },
      // @ts-expect-error there is no such room
      { contracts: { arena: wire } },
      // @ts-expect-error a contract is what wireSchemaOf makes
      { contracts: { counter: "1234567890abcdef" } },
    ]);
  });

  it("queues, join and options", () => {
    const join = { name: "Ann" };
    void (async () => {
      expectTypeOf(await warren.play("counter", { queue: "solo", join })).toEqualTypeOf<Room>();
      expectTypeOf(await warren.rejoin("counter")).toEqualTypeOf<Room | undefined>();
      await warren.createRoom("counter", { options: { start: 1 }, join });
      // @ts-expect-error there is no such room
      await warren.play("arena", { queue: "solo", join });
      // @ts-expect-error there is no such queue
      await warren.play("counter", { queue: "ffa", join });
      // @ts-expect-error join has a name, so it cannot be left out
      await warren.play("counter", { queue: "solo" });
      // @ts-expect-error a name is text
      await warren.play("counter", { queue: "solo", join: { name: 1 } });
      // @ts-expect-error start is a number
      await warren.createRoom("counter", { options: { start: "1" }, join });
      // @ts-expect-error join has a name, so it cannot be left out
      await warren.joinByCode("counter", "ABCDEF", {});
    });
  });
});
