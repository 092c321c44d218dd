import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { expect, it } from "vitest";
import { MadeUp } from "./made-up.ts";

const field = defineRoom({
  seats: 4,
  tickHz: 0,
  join: t.struct({ name: t.string(9), team: t.optional(t.u8()) }),
  state: t.state({ phase: t.u8() }),
});
const game = defineGame({
  rooms: { field },
  queues: {
    ranked: defineQueue({
      room: "field",
      teams: { count: 2, size: 2 },
      attributes: {
        maps: { type: "set", values: ["ice", "sand"] },
        build: { type: "text", default: "1", trusted: false },
        elo: { type: "number", default: 1_000 },
      },
      share: [{ attribute: "maps", min: 1 }],
      equal: ["build"],
      latency: { maxMs: [{ atMs: 0, value: 200 }] },
    }),
    casual: defineQueue({ room: "field", size: 2 }),
  },
});
const madeUp = () => new MadeUp(game, ["eu", "us"]);

it("a player of a queue says all that the queue lets it say, the same for the same seed", () => {
  const { attributes, latencies } = madeUp().request(["casual", "ranked"], 7);
  expect(Object.keys(attributes).sort()).toEqual(["build", "maps"]);
  expect(Object.keys(latencies)).toEqual(["eu", "us"]);
  expect(madeUp().request(["casual", "ranked"], 7)).toEqual({ attributes, latencies });
  expect(madeUp().request(["casual"], 7)).toEqual({ attributes: {}, latencies: {} });
  expect(madeUp().request(["unknown"], 7)).toEqual({ attributes: {}, latencies: {} });
});

it("players of a party can be in one match", () => {
  for (let seed = 0; seed < 50; seed++) {
    const [a, b] = [0, 1].map((index) => madeUp().request(["ranked"], seed, { index, size: 2 }).attributes);
    expect(a!["build"]).toBe(b!["build"]);
    const wanted = new Set(a!["maps"] as string[]);
    expect((b!["maps"] as string[]).some((map) => wanted.has(map))).toBe(true);
  }
});

it("what a player joins with is valid for the queue's room", () => {
  const joins = Array.from({ length: 50 }, (_, seed) => madeUp().join("casual", seed));
  for (const join of joins) expect(field.join.check(join, "join")).toEqual(join);
  expect(new Set(joins.map((join) => JSON.stringify(join))).size).toBeGreaterThan(10);
  expect(madeUp().join("unknown", 1)).toBeUndefined();
});
