import { describe, expect, it } from "vitest";
import { defineGame, defineQueue, defineRoom, isGame, t } from "./index.ts";

const arena = defineRoom({
  seats: 4,
  options: t.struct({ map: t.enum("small", "large") }),
  state: t.state({ phase: t.u8() }),
});
const options = { map: "small" };

describe("defineGame", () => {
  it("puts rooms and queues together", () => {
    const duel = defineQueue({ room: "arena", size: 2, options });
    const game = defineGame({ rooms: { arena }, queues: { duel } });
    expect([game.rooms.arena, game.queues.duel, isGame(game)]).toEqual([arena, duel, true]);
  });

  it("needs no queues", () => {
    expect(defineGame({ rooms: { arena } }).queues).toEqual({});
  });

  it.each<[title: string, make: () => unknown, message: string]>([
    [
      "a queue of a room that is not there",
      // @ts-expect-error nor does it compile
      () => defineGame({ rooms: { arena }, queues: { duel: defineQueue({ room: "arean", size: 2 }) } }),
      'queues.duel.room is "arean"; accepted: arena',
    ],
    [
      "a queue of a room named like a method of objects",
      // @ts-expect-error nor does it compile
      () => defineGame({ rooms: { arena }, queues: { duel: defineQueue({ room: "constructor", size: 2 }) } }),
      'queues.duel.room is "constructor"; accepted: arena',
    ],
    [
      "more players than seats",
      () =>
        defineGame({ rooms: { arena }, queues: { duel: defineQueue({ room: "arena", size: 5, options }) } }),
      "queues.duel.size is 5; accepted: up to 4, the seats of arena",
    ],
    [
      "options that are not the room's",
      () =>
        defineGame({
          rooms: { arena },
          queues: { duel: defineQueue({ room: "arena", size: 2, options: { map: "huge" } }) },
        }),
      'queues.duel.options.map is "huge"; accepted: one of small, large',
    ],
    [
      "no options where the room needs some",
      () => defineGame({ rooms: { arena }, queues: { duel: defineQueue({ room: "arena", size: 2 }) } }),
      "queues.duel.options.map is missing; accepted: one of small, large",
    ],
    [
      "two queues that mean different things by one attribute",
      () =>
        defineGame({
          rooms: { arena },
          queues: {
            duel: defineQueue({
              room: "arena",
              size: 2,
              options,
              attributes: { mmr: { type: "number", default: 0 } },
            }),
            duo: defineQueue({
              room: "arena",
              size: 2,
              options,
              attributes: { mmr: { type: "text", default: "" } },
            }),
          },
        }),
      'queues.duo.attributes.mmr.type is "text"; accepted: number, as in duel',
    ],
    [
      "an attribute that one queue trusts and the other does not",
      () =>
        defineGame({
          rooms: { arena },
          queues: {
            duel: defineQueue({
              room: "arena",
              size: 2,
              options,
              attributes: { mmr: { type: "number", default: 0 } },
            }),
            duo: defineQueue({
              room: "arena",
              size: 2,
              options,
              attributes: { mmr: { type: "number", default: 0, trusted: false } },
            }),
          },
        }),
      "queues.duo.attributes.mmr.trusted is false; accepted: true, as in duel",
    ],
    [
      "a name that cannot be in a URL",
      () => defineGame({ rooms: { "My Arena": arena } }),
      'rooms.My Arena is "My Arena"; accepted: 1 to 32 characters of a-z 0-9 -, the first a letter',
    ],
    [
      "a queue's name that cannot be in a URL",
      () =>
        defineGame({ rooms: { arena }, queues: { Duel: defineQueue({ room: "arena", size: 2, options }) } }),
      'queues.Duel is "Duel"; accepted: 1 to 32 characters of a-z 0-9 -, the first a letter',
    ],
  ])("refuses %s", (_title, make, message) => {
    expect(make).toThrow(expect.objectContaining({ name: "InputError", message }));
  });
});

describe("isGame", () => {
  it.each([
    [undefined],
    [null],
    [{}],
    ["game"],
    [{ rooms: {} }],
    [{ rooms: null, queues: null }],
    [() => {}],
  ])("%j is none", (value) => {
    expect(isGame(value)).toBe(false);
  });
});
