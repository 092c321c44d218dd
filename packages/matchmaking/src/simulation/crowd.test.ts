import { Prng } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { withoutRole } from "../matcher/party-roles.ts";
import { defineQueue } from "../queue/queue-config.ts";
import { Crowd, playerRequest } from "./index.ts";

const modes = ["capture", "escort", "siege"];
const config = defineQueue({
  room: "field",
  teams: { count: 2, size: 3, roles: { tank: 1, damage: [1, 2] } },
  attributes: {
    build: { type: "text", default: "1.0", trusted: false },
    elo: { type: "number", default: 1_500 },
    height: { type: "number", default: 180, trusted: false },
    modes: { type: "set", values: modes },
    role: { type: "set", values: ["tank", "damage"] },
    club: { type: "text", default: "free" },
  },
  equal: ["build"],
  share: [{ attribute: "modes", min: 1 }],
  rating: { name: "stars" },
  latency: { maxMs: [{ atMs: 0, value: 60 }] },
});
const SEEDS = Array.from({ length: 50 }, (_, i) => i);

function requests(seed: number, size = 3, regions = ["eu", "us"]) {
  const crowd = new Crowd("ranked", config, { regions });
  return crowd.party(new Prng(seed), size).map((player) => playerRequest(config, player));
}

describe("a made-up player", () => {
  it("says what players may say: no trusted attribute, and no rating", () => {
    for (const { attributes } of SEEDS.flatMap((seed) => requests(seed)))
      expect(Object.keys(attributes).sort()).toEqual(["build", "height", "modes", "role"]);
  });

  it("can be in one match with its party", () => {
    for (const seed of SEEDS) {
      const party = requests(seed);
      expect(new Set(party.map(({ attributes }) => attributes["build"])).size).toBe(1);
      const wishes = party.map(({ attributes }) => attributes["modes"] as string[]);
      expect(modes.some((mode) => wishes.every((words) => words.includes(mode)))).toBe(true);
      const players = party.map(({ attributes }) => ({
        attributes: [{ name: "role", value: attributes["role"] as string[], sigma: 0 }],
      }));
      expect(withoutRole(config, { players })).toBe(undefined);
    }
  });

  it("is near one of the regions there are, and tells of no other", () => {
    for (const { latencies } of SEEDS.flatMap((seed) => requests(seed))) {
      expect(Object.keys(latencies)).toEqual(["eu", "us"]);
      expect(Math.min(...Object.values(latencies))).toBeLessThan(70);
    }
    expect(requests(1, 1, [])[0]!.latencies).toEqual({});
    expect(Object.keys(requests(1, 1, ["a", "b", "c", "d", "e"])[0]!.latencies)).toHaveLength(5);
  });

  it("is the same for the same seed", () => {
    expect(requests(7)).toEqual(requests(7));
    expect(requests(7)).not.toEqual(requests(8));
  });
});
