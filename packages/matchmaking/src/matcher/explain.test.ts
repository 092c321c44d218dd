import { describe, expect, it } from "vitest";
import { defineQueue, type QueueSource } from "../queue/queue-config.ts";
import { NOW_MS, type Waiting, waiting } from "../testing/matcher-harness.ts";
import { explainTicket } from "./explain.ts";

const base = {
  room: "arena",
  size: 3,
  attributes: {
    mmr: { type: "number", default: 1_000 },
    build: { type: "text", default: "1" },
    maps: { type: "set", values: ["a", "b", "c"] },
    role: { type: "set", values: ["tank", "heal"] },
  },
} satisfies QueueSource;

function explain(config: Partial<QueueSource>, ...tickets: Waiting[]) {
  return explainNear([], config, ...tickets);
}

function explainNear(nodeRegions: readonly string[], config: Partial<QueueSource>, ...tickets: Waiting[]) {
  const fold = waiting(...tickets);
  const ticket = fold.tickets.get(tickets[0]!.id as never)!;
  const { size, ...others } = base;
  const source = { ...others, ...(config.teams ? {} : { size }), ...config };
  return explainTicket(fold, "q", defineQueue(source), ticket, NOW_MS + 0.25, nodeRegions);
}

describe("explainTicket", () => {
  it.each<[rule: string, config: Partial<QueueSource>, a: Partial<Waiting>, b: Partial<Waiting>]>([
    [
      "skill",
      { skill: { attribute: "mmr", windows: [{ atMs: 0, value: 50 }] } },
      { mmr: 1_000 },
      { mmr: 1_051 },
    ],
    ["equal:build", { equal: ["build"] }, { build: "1" }, { build: "2" }],
    ["share:maps", { share: [{ attribute: "maps", min: 2 }] }, { maps: ["a", "b"] }, { maps: ["b", "c"] }],
    [
      "latency",
      { latency: { maxMs: [{ atMs: 0, value: 60 }] } },
      { ms: { eu: 20 } },
      { ms: { us: 20, eu: 61 } },
    ],
    ["party", {}, { players: 2 }, { players: 2 }],
  ])("counts who is refused by %s", (rule, config, a, b) => {
    const found = explain(config, { id: "a", ...a }, { id: "b", ...b }, { id: "c", ...a, players: 1 });
    expect(found).toMatchObject({ queue: "q", lookedAt: 2, fitting: 1, refused: { [rule]: 1 } });
    expect(found.nearest.find(({ ticketId }) => ticketId === "b")?.rules).toEqual([rule]);
    expect(found.nearest.find(({ ticketId }) => ticketId === "c")?.rules).toEqual([]);
  });

  it("says roles that are taken twice", () => {
    const config = { teams: { count: 1, size: 2, roles: { tank: 1, heal: 1 } } };
    const tank = { roles: ["tank"] };
    expect(explain(config, { id: "a", ...tank }, { id: "b", ...tank }).refused).toEqual({ role: 1 });
  });

  it("says roles that no team has for a party, and counts such a party as fitting nobody", () => {
    const config = { teams: { count: 2, size: 2, roles: { tank: 1, heal: 1 } } };
    const tanks = { players: 2, roles: ["tank"] };
    const found = explain(config, { id: "a", ...tanks }, { id: "b" });
    expect(found).toMatchObject({ fitting: 0, refused: { role: 1 } });
    expect(found.reason).toBe(
      "role: no team has roles for what its players would play; a team takes tank 1, heal 1",
    );
    expect(explain(config, { id: "b" }, { id: "a", ...tanks }, { id: "c" })).toMatchObject({
      fitting: 1,
      refused: { role: 1 },
    });
  });

  it("counts a full party without a role that a team needs as one that fits nobody", () => {
    const config = { teams: { count: 2, size: 2, roles: { tank: 1, heal: [0, 2] as const } } };
    const healers = { players: 2, roles: ["heal"] };
    expect(explain(config, { id: "a", ...healers }, { id: "b" }).reason).toMatch(/^role: /);
    expect(explain(config, { id: "a", players: 2 }, { id: "b" }).refused).toEqual({});
  });

  it.each<[what: string, nodeRegions: string[], a: Partial<Waiting>, reason: RegExp]>([
    [
      "no latency",
      ["eu"],
      {},
      /^latency: this ticket says no latency to a region that has a node.* 150 ms away; 60 ms/,
    ],
    [
      "a latency to no node",
      ["eu"],
      { ms: { us: 9 } },
      /^latency: this ticket says no latency to a region that has/,
    ],
    ["no latency, and it has waited", ["eu"], { ageMs: 9_000 }, /^size: 2 of 3/],
    ["no latency, and nodes say no region", [""], {}, /^size: 2 of 3/],
    ["no latency, and there is no node", [], { ageMs: 9_000 }, /^size: 2 of 3/],
    ["a latency", ["eu"], { ms: { eu: 40 } }, /^size: 1 of 3 players fit; latency refuses 1/],
  ])("says why a ticket with %s finds nobody", (_, regions, a, reason) => {
    const maxMs = [
      { atMs: 0, value: 60 },
      { atMs: 9_000, value: 150 },
    ];
    const b = { id: "b", ageMs: a.ageMs ?? 0 };
    expect(explainNear(regions, { latency: { maxMs } }, { id: "a", ...a }, b).reason).toMatch(reason);
  });

  it("says its window now, how long it waited, and what is missing most", () => {
    const windows = [
      { atMs: 0, value: 50 },
      { atMs: 5_000, value: 100 },
    ];
    const found = explain(
      { skill: { attribute: "mmr", windows } },
      { id: "a", ageMs: 5_000, mmr: 1_000 },
      { id: "b", mmr: 1_100 },
      { id: "c", mmr: 1_101 },
    );
    expect(found).toMatchObject({ waitedMs: 5_000, window: { skill: 100 }, fitting: 1 });
    expect(found.reason).toBe("size: 2 of 3 players fit; skill refuses 1 of 2");
  });

  it("is bounded: the nearest 2,000 are judged, ten are named", () => {
    const many = Array.from({ length: 2_500 }, (_, i) => ({ id: `t${i}`, mmr: 1_000 + i }));
    const found = explain({ skill: { attribute: "mmr", windows: [{ atMs: 0, value: 5 }] } }, ...many);
    expect(found).toMatchObject({ lookedAt: 2_000, fitting: 5 });
    expect(found.nearest.map(({ ticketId }) => ticketId)).toEqual(
      Array.from({ length: 10 }, (_, i) => `t${i + 1}`),
    );
  });
});
