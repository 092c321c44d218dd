import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, type Match } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { defineQueue, type QueueConfig, type QueueSource } from "../queue/queue-config.ts";
import {
  NOW_MS,
  node,
  openRoom,
  surroundings,
  ticketOf,
  type Waiting,
  waiting,
} from "../testing/matcher-harness.ts";
import { MATCHES_PER_RECORD_MAX, Matcher } from "./matcher.ts";
import type { Surroundings } from "./surroundings.ts";

const base = {
  room: "arena",
  attributes: {
    mmr: { type: "number", default: 1_000 },
    build: { type: "text", default: "1" },
    maps: { type: "set", values: ["a", "b", "c"] },
    role: { type: "set", values: ["tank", "heal"] },
  },
} satisfies Partial<QueueSource>;
const queue = (source: Partial<QueueSource>): QueueConfig =>
  defineQueue({ ...base, ...(source.teams ? {} : { size: 2 }), ...source });
const duel = queue({});
const skill = (value: number) => ({ attribute: "mmr", windows: [{ atMs: 0, value }] });

function propose(
  config: QueueConfig | Record<string, QueueConfig>,
  tickets: readonly Waiting[],
  around: Partial<Surroundings> = {},
): Match[] {
  const queues = "room" in config ? { q: config as QueueConfig } : config;
  return new Matcher(waiting(...tickets), new Map(Object.entries(queues))).look(surroundings(around)).matches;
}

/** The tickets of each match, in the order of their names. */
const groups = (matches: readonly Match[]) =>
  matches.map(({ tickets }) =>
    tickets
      .map(({ ticketId }) => ticketId)
      .sort()
      .join("+"),
  );
/** The teams of a match. */
const teams = ({ tickets }: Match) => {
  const names: string[][] = [];
  for (const { ticketId, team } of tickets) names[team] = [...(names[team] ?? []), ticketId];
  return names.map((team) => team.sort().join("+")).sort();
};

describe("who is matched", () => {
  it.each<[title: string, tickets: Waiting[], groups: string[]]>([
    ["nobody waits", [], []],
    ["one is too few", [{ id: "a" }], []],
    ["two are a match", [{ id: "a" }, { id: "b" }], ["a+b"]],
    ["the oldest go first", [{ id: "a" }, { id: "b", ageMs: 9 }, { id: "c", ageMs: 5 }], ["b+c"]],
    ["as many as there are", ["a", "b", "c", "d", "e"].map((id) => ({ id })), ["a+b", "c+d"]],
    ["other queues are not ours", [{ id: "a" }, { id: "b", queues: ["other"] }], []],
    ["a party is one ticket", [{ id: "a", players: 2 }, { id: "b" }, { id: "c" }], ["a", "b+c"]],
    ["a party larger than a team waits", [{ id: "a", players: 3 }, { id: "b" }, { id: "c" }], ["b+c"]],
  ])("%s", (_title, tickets, expected) => {
    expect(groups(propose(duel, tickets))).toEqual(expected);
  });

  it("a ticket of two queues is in one match", () => {
    const trio = queue({ size: 3 });
    const five = ["a", "b", "c", "d", "e"].map((id) => ({ id, queues: ["duel", "trio"] }));
    expect(groups(propose({ duel, trio }, five))).toEqual(["a+b", "c+d"]);
    expect(groups(propose({ trio, duel }, five))).toEqual(["a+b+c", "d+e"]);
  });

  it("says all that the fold and the room have to know", () => {
    const config = queue({
      skill: skill(100),
      acceptance: { timeoutMs: 9_000, declineMs: 1, missMs: 2 },
    });
    const nodes = [node("n_1", 9, "eu")];
    const both = [
      { id: "a", mmr: 1_000 },
      { id: "b", mmr: 1_050 },
    ];
    expect(propose(config, both, { nodes })).toEqual([
      {
        matchId: "m_main_1_1",
        queue: "q",
        tickets: [
          { ticketId: "a", team: 0, roles: [] },
          { ticketId: "b", team: 0, roles: [] },
        ],
        nodeId: "n_1",
        roomId: "r_main_1_1",
        backfillGeneration: 0,
        fillTo: 0,
        skill: 1_025,
        region: "eu",
        quality: 0.5,
        acceptMs: 9_000,
        declineMs: 1,
        missMs: 2,
      },
    ]);
  });
});

describe("rules between any two", () => {
  const windows = [
    { atMs: 0, value: 50 },
    { atMs: 10_000, value: 200 },
  ];
  const by = (more: object) => queue({ skill: { attribute: "mmr", windows, ...more } });
  const old = { id: "a", ageMs: 10_000, mmr: 1_000 };
  it.each<[title: string, config: QueueConfig, tickets: Waiting[], matched: boolean]>([
    [
      "skill within",
      by({}),
      [
        { id: "a", mmr: 1_000 },
        { id: "b", mmr: 1_050 },
      ],
      true,
    ],
    [
      "skill outside",
      by({}),
      [
        { id: "a", mmr: 1_000 },
        { id: "b", mmr: 1_051 },
      ],
      false,
    ],
    ["skill by default", by({}), [{ id: "a" }, { id: "b", mmr: 1_050 }], true],
    ["max: the wider window counts", by({}), [old, { id: "b", mmr: 1_200 }], true],
    ["max: and no more", by({}), [old, { id: "b", mmr: 1_201 }], false],
    ["min: the narrower counts", by({ ageRule: "min" }), [old, { id: "b", mmr: 1_051 }], false],
    ["min: within", by({ ageRule: "min" }), [old, { id: "b", mmr: 1_050 }], true],
    ["mean: half way", by({ ageRule: "mean" }), [old, { id: "b", mmr: 1_125 }], true],
    ["mean: and no more", by({ ageRule: "mean" }), [old, { id: "b", mmr: 1_126 }], false],
    [
      "linear",
      by({ interpolate: "linear" }),
      [
        { ...old, ageMs: 5_000 },
        { id: "b", mmr: 1_125 },
      ],
      true,
    ],
    [
      "linear, and no more",
      by({ interpolate: "linear" }),
      [
        { ...old, ageMs: 5_000 },
        { id: "b", mmr: 1_126 },
      ],
      false,
    ],
    [
      "an uncertain one meets more",
      by({ sigma: 2 }),
      [
        { id: "a", mmr: 1_000, sigma: 30 },
        { id: "b", mmr: 1_110 },
      ],
      true,
    ],
    [
      "and no more",
      by({ sigma: 2 }),
      [
        { id: "a", mmr: 1_000, sigma: 30 },
        { id: "b", mmr: 1_111 },
      ],
      false,
    ],
    ["equal text", queue({ equal: ["build"] }), [{ id: "a", build: "1" }, { id: "b" }], true],
    ["other text", queue({ equal: ["build"] }), [{ id: "a", build: "2" }, { id: "b" }], false],
    [
      "words in common",
      queue({ share: [{ attribute: "maps", min: 1 }] }),
      [
        { id: "a", maps: ["a", "b"] },
        { id: "b", maps: ["b", "c"] },
      ],
      true,
    ],
    [
      "too few words",
      queue({ share: [{ attribute: "maps", min: 2 }] }),
      [
        { id: "a", maps: ["a", "b"] },
        { id: "b", maps: ["b", "c"] },
      ],
      false,
    ],
    [
      "who says no words has all",
      queue({ share: [{ attribute: "maps", min: 2 }] }),
      [{ id: "a", maps: ["a", "b"] }, { id: "b" }],
      true,
    ],
  ])("%s", (_title, config, tickets, matched) => {
    expect(propose(config, tickets)).toHaveLength(matched ? 1 : 0);
  });

  it("words are common to all, not to each two", () => {
    const config = queue({ size: 3, share: [{ attribute: "maps", min: 1 }] });
    const pairs = [
      ["a", "b"],
      ["b", "c"],
      ["a", "c"],
    ].map((maps, i) => ({ id: `t${i}`, maps }));
    expect(propose(config, pairs)).toEqual([]);
    expect(propose(config, [...pairs, { id: "d", maps: ["b"] }])).toHaveLength(1);
  });

  it("both sides of the seed have to be near each other, and another choice is looked for", () => {
    const config = queue({ size: 3, skill: skill(50) });
    const three = [
      { id: "a", ageMs: 3, mmr: 1_000 },
      { id: "b", mmr: 1_030 },
      { id: "c", mmr: 970 },
    ];
    expect(propose(config, three)).toEqual([]);
    expect(groups(propose(config, [...three, { id: "d", mmr: 955 }]))).toEqual(["a+c+d"]);
  });

  it("the nearest go first, and who fits nobody holds up nobody", () => {
    const config = queue({ skill: skill(50) });
    const tickets = [
      { id: "x", ageMs: 9, mmr: 3_000 },
      { id: "a", ageMs: 3, mmr: 1_000 },
      { id: "b", mmr: 1_040 },
      { id: "c", mmr: 1_010 },
    ];
    expect(groups(propose(config, tickets))).toEqual(["a+c"]);
  });

  it("a party counts as more than its mean", () => {
    const config = queue({
      teams: { count: 2, size: 2 },
      skill: skill(0),
      party: { best: 0.5, sizeBonus: [0, 10] },
    });
    // 1,000 and 1,200: mean 1,100, half way to the best 1,150, and 10 for being two.
    const parties = [
      { id: "a", mmr: [1_000, 1_200] },
      { id: "b", mmr: [1_150, 1_150] },
    ];
    expect(propose(config, parties)).toHaveLength(1);
  });
});

describe("teams", () => {
  const fives = queue({ teams: { count: 2, size: 5 }, skill: skill(10_000) });
  it.each<[title: string, sizes: number[], matched: boolean]>([
    ["3+2 against 4+1", [3, 2, 4, 1], true],
    ["five against five", [5, 5], true],
    ["3+3 leaves places nobody can take", [3, 3, 4], false],
    ["a party is in one team", [4, 4, 2], false],
  ])("%s", (_title, sizes, matched) => {
    const tickets = sizes.map((players, i) => ({ id: `t${i}`, players }));
    const matches = propose(fives, tickets);
    expect(matches).toHaveLength(matched ? 1 : 0);
    for (const match of matches) {
      const players = [0, 0];
      for (const { ticketId, team } of match.tickets) players[team]! += sizes[Number(ticketId.slice(1))]!;
      expect(players).toEqual([5, 5]);
    }
  });

  it("are as even in skill as can be", () => {
    const config = queue({ teams: { count: 2, size: 2 }, skill: skill(1_000) });
    const [match] = propose(config, [
      { id: "a", mmr: 1_000 },
      { id: "b", mmr: 1_100 },
      { id: "c", mmr: 1_200 },
      { id: "d", mmr: 1_300 },
    ]);
    expect(teams(match!)).toEqual(["a+d", "b+c"]);
  });

  it("have largest parties of one size while the oldest is young", () => {
    const config = queue({ teams: { count: 2, size: 3 }, party: { mirrorUntilMs: 5_000 } });
    const tickets = (ageMs: number) => [
      { id: "a", players: 2, ageMs },
      ...["b", "c", "d", "e"].map((id) => ({ id })),
    ];
    expect(propose(config, tickets(4_999))).toEqual([]);
    expect(propose(config, tickets(5_000))).toHaveLength(1);
    expect(teams(propose(config, [...tickets(0).slice(0, 3), { id: "p", players: 2 }])[0]!)).toEqual([
      "a+b",
      "c+p",
    ]);
  });

  it("are even in skill as far as roles allow", () => {
    const config = queue({
      teams: { count: 2, size: 2, roles: { tank: 1, heal: 1 } },
      skill: skill(1_000),
    });
    // By skill alone, tanks would play against heals.
    const [match] = propose(config, [
      { id: "a", roles: ["tank"], mmr: 1_000 },
      { id: "b", roles: ["tank"], mmr: 1_300 },
      { id: "c", roles: ["heal"], mmr: 1_100 },
      { id: "d", roles: ["heal"], mmr: 1_200 },
    ]);
    expect(teams(match!)).toEqual(["a+d", "b+c"]);
  });

  it("fill their roles, and every player gets one it would play", () => {
    const config = queue({ teams: { count: 2, size: 2, roles: { tank: 1, heal: [1, 2] } } });
    const wishes = { a: ["tank"], b: ["tank", "heal"], c: ["heal"], d: ["heal", "tank"] };
    const tickets = Object.entries(wishes).map(([id, roles]) => ({ id, roles }));
    const [match] = propose(config, tickets);
    for (const team of [0, 1])
      expect(
        match!.tickets
          .filter((each) => each.team === team)
          .flatMap(({ roles }) => roles)
          .sort(),
      ).toEqual(["heal", "tank"]);
    for (const { ticketId, roles } of match!.tickets) expect(wishes[ticketId as "a"]).toContain(roles[0]);
    expect(
      propose(
        config,
        ["a", "b", "c", "d"].map((id) => ({ id, roles: ["heal"] })),
      ),
    ).toEqual([]);
    const party = [
      { id: "p", players: 2, roles: [["heal"], ["tank"]] },
      { id: "q", players: 2 },
    ];
    expect(propose(config, party)[0]!.tickets[0]!.roles).toEqual(["heal", "tank"]);
  });
});

describe("space", () => {
  const four = [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }];
  const placed = (nodes: ReturnType<typeof node>[], config: QueueConfig = duel, tickets: Waiting[] = four) =>
    propose(config, tickets, { nodes }).map(({ nodeId }) => nodeId);

  it.each<[title: string, nodes: ReturnType<typeof node>[], nodeIds: string[]]>([
    ["the most wanted node is filled first", [node("n_1", 9), node("n_2", 9)], ["n_1", "n_1"]],
    ["the last room is given once", [node("n_1", 1), node("n_2", 9)], ["n_1", "n_2"]],
    ["so are the last seats", [node("n_1", 9, "", ["arena"], 3), node("n_2", 9)], ["n_1", "n_2"]],
    ["a node without seats for a whole match has no space", [node("n_1", 9, "", ["arena"], 1)], []],
    ["nor has one that gave all and more", [node("n_1", -1)], []],
  ])("%s", (_, nodes, nodeIds) => expect(placed(nodes)).toEqual(nodeIds));

  it("of a region that another queue filled in the same look nothing is given twice", () => {
    const latency = { maxMs: [{ atMs: 0, value: 100 }] };
    const queues = { q: queue({ latency }), other: queue({ latency }) };
    const near = { ms: { eu: 10, us: 90 } };
    const tickets = [
      { id: "a", ...near },
      { id: "b", ...near },
      { id: "c", ...near, queues: ["other"] },
      { id: "d", ...near, queues: ["other"] },
    ];
    const nodes = [node("n_eu", 1, "eu"), node("n_us", 9, "us")];
    expect(propose(queues, tickets, { nodes }).map(({ region }) => region)).toEqual(["eu", "us"]);
  });
});

describe("regions", () => {
  const config = queue({
    latency: {
      maxMs: [
        { atMs: 0, value: 60 },
        { atMs: 5_000, value: 120 },
      ],
    },
  });
  const nodes = () => [node("n_eu", 9, "eu"), node("n_us", 9, "us")];
  it.each<[title: string, a: Partial<Waiting>, b: Partial<Waiting>, node: string | undefined]>([
    ["the one with the least worst latency", { ms: { eu: 50, us: 40 } }, { ms: { eu: 20, us: 45 } }, "n_us"],
    ["only one that all reach", { ms: { eu: 50, us: 20 } }, { ms: { eu: 60 } }, "n_eu"],
    ["none", { ms: { eu: 20 } }, { ms: { us: 20 } }, undefined],
    ["not further than allowed", { ms: { eu: 61 } }, { ms: { eu: 20 } }, undefined],
    ["further with age, each for itself", { ms: { eu: 120 }, ageMs: 5_000 }, { ms: { eu: 20 } }, "n_eu"],
    ["who knows none is far away", {}, { ms: { eu: 20 } }, undefined],
    ["and is taken in the end", { ageMs: 5_000 }, { ms: { eu: 20 } }, "n_eu"],
    ["so is who knows only others", { ms: { mars: 9 }, ageMs: 5_000 }, { ms: { eu: 20 } }, "n_eu"],
  ])("%s", (_title, a, b, expected) => {
    const matches = propose(
      config,
      [
        { id: "a", ...a },
        { id: "b", ...b },
      ],
      { nodes: nodes() },
    );
    expect(matches.map(({ nodeId }) => nodeId)).toEqual(expected ? [expected] : []);
  });

  it("count only as far as they have space, and are tried again when they have", () => {
    const fold = waiting({ id: "a", ms: { eu: 20 } }, { id: "b", ms: { eu: 20 } });
    const matcher = new Matcher(fold, new Map([["q", config]]));
    const full = [node("n_eu", 0, "eu"), node("n_us", 9, "us")];
    expect(matcher.look(surroundings({ nodes: full }))).toEqual({ matches: [], done: true });
    expect(matcher.look(surroundings({ nodes: nodes() })).matches).toHaveLength(1);
  });

  it("do not matter to a node without one, nor to a queue without the rule", () => {
    const tickets = [
      { id: "a", ms: { eu: 20 } },
      { id: "b", ms: { us: 20 } },
    ];
    expect(propose(config, tickets)).toHaveLength(1);
    expect(propose(duel, tickets, { nodes: nodes() })[0]!.nodeId).toBe("n_eu");
  });
});

describe("relaxing", () => {
  const config = queue({
    size: 4,
    relax: [
      { atMs: 5_000, min: 2, fillTo: 0 },
      { atMs: 10_000, min: 1, fillTo: 4 },
    ],
  });
  it.each<[title: string, ages: number[], groups: string[], fillTo: number]>([
    ["too young for less than all", [4_999, 1], [], 0],
    ["two will do from the first step on", [5_000, 1], ["0+1"], 0],
    ["one is too few at the first step", [9_999], [], 0],
    ["one and bots from the second step on", [10_000], ["0"], 4],
    ["a full match has no bots, however old", [10_000, 1, 1, 1], ["0+1+2+3"], 0],
  ])("%s", (_title, ages, expected, fillTo) => {
    const matches = propose(
      config,
      ages.map((ageMs, i) => ({ id: String(i), ageMs })),
    );
    expect(groups(matches)).toEqual(expected);
    for (const match of matches) expect(match.fillTo).toBe(fillTo);
  });

  it("keeps to multiples, with teams as even as can be", () => {
    const even = queue({
      teams: { count: 2, size: 5 },
      relax: [{ atMs: 0, min: 4, multipleOf: 2, fillTo: 0 }],
    });
    const seven = Array.from({ length: 7 }, (_, i) => ({ id: String(i), ageMs: 9 - i }));
    const [match] = propose(even, seven);
    expect(match!.tickets.map(({ team }) => team).sort()).toEqual([0, 0, 0, 1, 1, 1]);
    expect(propose(even, [{ id: "p", players: 3 }, { id: "a" }])).toEqual([]);
  });
});

describe("quality", () => {
  const config = (accept: number) =>
    queue({
      teams: { count: 2, size: 1 },
      skill: skill(100),
      quality: {
        accept: [
          { atMs: 0, value: accept },
          { atMs: 5_000, value: 0 },
        ],
      },
    });
  const pair = (ageMs: number) => [
    { id: "a", mmr: 1_000, ageMs },
    { id: "b", mmr: 1_040 },
  ];
  it("is what was not needed of the window, by weight, and is asked for by age", () => {
    expect(propose(config(0.6), pair(0))[0]!.quality).toBeCloseTo(0.6);
    expect(propose(config(0.61), pair(4_999))).toEqual([]);
    expect(propose(config(0.61), pair(5_000))).toHaveLength(1);
  });
});

describe("when", () => {
  const windows = [
    { atMs: 0, value: 50 },
    { atMs: 1_000, value: 100 },
  ];
  const config = queue({ skill: { attribute: "mmr", windows } });

  it("a window widens: not before, and at once", () => {
    const matcher = new Matcher(
      waiting({ id: "a", mmr: 1_000 }, { id: "b", mmr: 1_100 }),
      new Map([["q", config]]),
    );
    expect(matcher.nextLookMs(NOW_MS)).toBe(NOW_MS);
    expect(matcher.look(surroundings()).matches).toEqual([]);
    expect(matcher.nextLookMs(NOW_MS)).toBe(NOW_MS + 1_000);
    expect(matcher.look(surroundings({ nowMs: NOW_MS + 999 })).matches).toEqual([]);
    expect(matcher.look(surroundings({ nowMs: NOW_MS + 1_000 })).matches).toHaveLength(1);
    expect(matcher.nextLookMs(NOW_MS + 1_000)).toBe(Number.POSITIVE_INFINITY);
  });

  it("somebody comes: who waits longest near it is first", () => {
    const fold = waiting({ id: "a", mmr: 1_000, ageMs: 9 }, { id: "b", mmr: 1_090, ageMs: 500 });
    const matcher = new Matcher(fold, new Map([["q", config]]));
    expect(matcher.look(surroundings()).matches).toEqual([]);
    const late = ticketOf({ id: "c", mmr: 1_045 });
    fold.open.add(late);
    matcher.opened(late);
    expect(matcher.nextLookMs(NOW_MS)).toBe(NOW_MS);
    expect(groups(matcher.look(surroundings()).matches)).toEqual(["b+c"]);
  });

  it("who left is matched with nobody", () => {
    const fold = waiting({ id: "a" }, { id: "b" });
    const matcher = new Matcher(fold, new Map([["q", duel]]));
    const [gone] = fold.open;
    fold.open.delete(gone!);
    matcher.left(gone!);
    expect(matcher.look(surroundings()).matches).toEqual([]);
  });

  it("a seed gathers for a while, with who comes late", () => {
    const fold = waiting({ id: "a" });
    const matcher = new Matcher(fold, new Map([["q", queue({ gatherMs: 500 })]]));
    matcher.look(surroundings());
    expect(matcher.nextLookMs(NOW_MS)).toBe(NOW_MS + 500);
    const late = ticketOf({ id: "b", ageMs: -400 });
    fold.open.add(late);
    matcher.opened(late);
    expect(matcher.look(surroundings({ nowMs: NOW_MS + 499 })).matches).toEqual([]);
    expect(matcher.look(surroundings({ nowMs: NOW_MS + 500 })).matches).toHaveLength(1);
  });

  it("a ticket that a room refused pauses, longer each time", () => {
    const ages: [returns: number, returnedAgoMs: number, matched: boolean][] = [
      [1, 99, false],
      [1, 100, true],
      [3, 399, false],
      [3, 400, true],
      [30, 4_999, false],
      [30, 5_000, true],
    ];
    for (const [returns, returnedAgoMs, matched] of ages) {
      const fold = waiting({ id: "a", ageMs: 9_000, returns, returnedAgoMs }, { id: "b" });
      const found = new Matcher(fold, new Map([["q", duel]])).look(surroundings()).matches;
      expect(found, `${returns} returns, ${returnedAgoMs} ms ago`).toHaveLength(matched ? 1 : 0);
    }
  });

  it("a match that did not come to be is found again", () => {
    const matcher = new Matcher(waiting({ id: "a" }, { id: "b" }), new Map([["q", duel]]));
    expect(matcher.look(surroundings()).matches).toHaveLength(1);
    expect(matcher.look(surroundings()).matches).toHaveLength(1);
  });

  it("a queue changes: all are looked at with its new rules", () => {
    const matcher = new Matcher(waiting({ id: "a" }), new Map([["q", duel]]));
    expect(matcher.look(surroundings()).matches).toEqual([]);
    matcher.configure(new Map([["q", queue({ size: 1 })]]));
    expect(matcher.nextLookMs(NOW_MS)).toBe(NOW_MS);
    expect(matcher.look(surroundings()).matches).toHaveLength(1);
  });

  it("the time of a slice is over: it ends, and goes on where it was", () => {
    const tickets = Array.from({ length: 20 }, (_, i) => ({ id: String(i) }));
    const fold = waiting(...tickets);
    const matcher = new Matcher(fold, new Map([["q", duel]]));
    const found = new Set<string>();
    for (let looks = 1; ; looks++) {
      let left = 3;
      const { matches, done } = matcher.look(surroundings({ isOver: () => --left < 0 }));
      for (const { ticketId } of matches.flatMap((match) => match.tickets)) {
        expect(found.has(ticketId)).toBe(false);
        found.add(ticketId);
        const ticket = fold.tickets.get(ticketId as never)!;
        fold.open.delete(ticket);
        matcher.left(ticket);
      }
      if (!done) expect(matcher.nextLookMs(NOW_MS)).toBe(NOW_MS);
      if (!done) continue;
      expect(looks).toBeGreaterThan(3);
      break;
    }
    expect(found.size).toBe(20);
  });

  it("the pool is taken over: by slices, and who comes and goes meanwhile counts", () => {
    const fold = waiting(...Array.from({ length: 600 }, (_, i) => ({ id: `t${i}` })));
    const matcher = new Matcher(fold, new Map([["q", duel]]));
    expect(matcher.look(surroundings({ isOver: () => true }))).toEqual({ matches: [], done: false });
    for (const ticket of [...fold.open].filter((_, i) => i === 0 || i === 599)) {
      fold.open.delete(ticket);
      matcher.left(ticket);
    }
    const late = [ticketOf({ id: "late" }), fold.tickets.get("t0" as never)!];
    for (const ticket of late) {
      fold.open.add(ticket);
      matcher.opened(ticket);
    }
    let looks = 1;
    while (!matcher.look(surroundings({ isOver: () => true, nodes: [] })).done && looks < 9) looks++;
    const ids = matcher
      .look(surroundings())
      .matches.flatMap(({ tickets }) => tickets.map((each) => each.ticketId));
    expect(looks).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(600);
    expect(ids).toHaveLength(600);
    expect(ids).toContain("late");
    expect(ids).not.toContain("t599");
  });
});

describe("who goes first", () => {
  it("as the table says: returned tickets and words count as older", () => {
    const config = queue({
      priority: [
        { returned: true, ageMs: 1_000 },
        { attribute: "build", value: "vip", ageMs: 3_000 },
      ],
    });
    const trio = (more: Partial<Waiting>) => [
      { id: "a", ageMs: 2_000 },
      { id: "b", ageMs: 1_500 },
      { id: "c", ageMs: 900, ...more },
    ];
    expect(groups(propose(config, trio({})))).toEqual(["a+b"]);
    expect(groups(propose(config, trio({ returns: 1, returnedAgoMs: 800 })))).toEqual(["a+c"]);
    expect(groups(propose(config, trio({ build: "vip" })))).toEqual(["a+c"]);
  });

  it("and those choose whom they meet", () => {
    const config = queue({
      skill: skill(15),
      priority: [{ attribute: "build", value: "vip", ageMs: 3_000 }],
    });
    const tickets = [
      { id: "a", mmr: 1_000, ageMs: 2_000 },
      { id: "b", mmr: 1_010, ageMs: 1_000 },
      { id: "c", mmr: 1_020, build: "vip" },
    ];
    expect(groups(propose(config, tickets))).toEqual(["b+c"]);
  });

  it("the oldest is not starved by younger ones who match easily", () => {
    const full = queue({ teams: { count: 2, size: 5 }, skill: skill(100) });
    const fold = waiting({ id: "party", players: 5, mmr: 1_090, ageMs: 1_000 });
    const matcher = new Matcher(fold, new Map([["q", full]]));
    const matched: string[] = [];
    for (let i = 0; i < 40; i++) {
      const ticket = ticketOf({ id: `t${i}`, mmr: 1_000 + (i % 3) });
      fold.open.add(ticket);
      fold.tickets.set(ticket.id, ticket);
      matcher.opened(ticket);
      for (const { tickets } of matcher.look(surroundings({ nowMs: NOW_MS + i })).matches)
        for (const { ticketId } of tickets) {
          const taken = fold.tickets.get(ticketId as never)!;
          fold.open.delete(taken);
          matcher.left(taken);
          matched.push(ticketId);
        }
    }
    // Five players come, and the party has its match; those after them fill matches of their own.
    expect(matched.slice(0, 6).sort()).toEqual(["party", "t0", "t1", "t2", "t3", "t4"]);
  });
});

describe("where a match goes", () => {
  it.each<[title: string, nodes: ReturnType<typeof node>[], expected: string[]]>([
    ["no node, no match", [], []],
    ["a full node takes none", [node("n_1", 0)], []],
    ["a node of other rooms takes none", [node("n_1", 5, "", ["other"])], []],
    ["the first that can", [node("n_1", 0), node("n_2"), node("n_3")], ["n_2", "n_2"]],
    ["the next when the first is full", [node("n_1", 1), node("n_2")], ["n_1", "n_2"]],
    ["no more than there is space for", [node("n_1", 1)], ["n_1"]],
  ])("%s", (_title, nodes, expected) => {
    const found = propose(
      duel,
      ["a", "b", "c", "d"].map((id) => ({ id })),
      { nodes },
    );
    expect(found.map(({ nodeId }) => nodeId)).toEqual(expected);
  });

  it("who found no space is matched when there is some, and asks for no look before", () => {
    const matcher = new Matcher(waiting({ id: "a" }, { id: "b" }), new Map([["q", duel]]));
    expect(matcher.look(surroundings({ nodes: [] }))).toEqual({ matches: [], done: true });
    expect(matcher.nextLookMs(NOW_MS)).toBe(Number.POSITIVE_INFINITY);
    expect(matcher.look(surroundings()).matches).toHaveLength(1);
  });
});

describe("backfill", () => {
  const config = queue({ backfill: true });
  const three = [{ id: "a" }, { id: "b" }, { id: "c" }];
  const where = (matches: Match[]) =>
    matches.map(({ tickets, roomId, backfillGeneration }) => [
      tickets.map(({ ticketId }) => ticketId).join("+"),
      roomId,
      backfillGeneration,
    ]);

  it("fills free seats of rooms that run before new rooms are opened", () => {
    expect(where(propose(config, three, { openRooms: [openRoom("r_1", [1], { generation: 7 })] }))).toEqual([
      ["a", "r_1", 7],
      ["b+c", "r_main_1_2", 0],
    ]);
  });

  it.each<["high" | "normal" | "low", string[]]>([
    ["high", ["a", "b+c"]],
    ["normal", ["a", "b+c"]],
    ["low", ["a+b", "c"]],
  ])("with %s priority: %j", (priority, expected) => {
    const found = propose(queue({ backfill: { priority } }), three, { openRooms: [openRoom("r_1", [1])] });
    expect(groups(found)).toEqual(expected);
  });

  it("by age, an older one who fits no room is matched first; high priority does not wait for it", () => {
    const tickets = [
      { id: "a", mmr: 2_000, ageMs: 9 },
      { id: "b", mmr: 1_950 },
    ];
    const openRooms = [openRoom("r_1", [1], { skill: 1_940 })];
    const by = (priority: "high" | "normal") => queue({ skill: skill(50), backfill: { priority } });
    expect(groups(propose(by("normal"), tickets, { openRooms }))).toEqual(["a+b"]);
    expect(groups(propose(by("high"), tickets, { openRooms }))).toEqual(["b"]);
  });

  it("takes parties into the teams that have seats for them, once a room", () => {
    const config = queue({ teams: { count: 2, size: 3 }, backfill: true });
    const tickets = [
      { id: "a", players: 2, ageMs: 3 },
      { id: "b", players: 2, ageMs: 2 },
      { id: "c", ageMs: 1 },
      { id: "d" },
    ];
    const [match, ...rest] = propose(config, tickets, { openRooms: [openRoom("r_1", [1, 3])] });
    expect(match!.tickets).toEqual([
      { ticketId: "a", team: 1, roles: [] },
      { ticketId: "c", team: 0, roles: [] },
      { ticketId: "d", team: 1, roles: [] },
    ]);
    expect(rest).toEqual([]);
  });

  it.each<[title: string, config: QueueConfig, room: ReturnType<typeof openRoom>, ticket: Partial<Waiting>]>([
    ["rooms of other queues", config, openRoom("r_1", [5], { queue: "other" }), {}],
    ["full rooms", config, openRoom("r_1", [0]), {}],
    ["rooms of a queue without backfill", duel, openRoom("r_1", [5]), {}],
    [
      "rooms too far in skill",
      queue({ backfill: true, skill: skill(50) }),
      openRoom("r_1", [5], { skill: 1_051 }),
      {},
    ],
    [
      "rooms too far away",
      queue({ backfill: true, latency: { maxMs: [{ atMs: 0, value: 60 }] } }),
      openRoom("r_1", [5], { region: "us" }),
      { ms: { us: 61 } },
    ],
    [
      "rooms of which it is not known what they share",
      queue({ backfill: true, equal: ["build"] }),
      openRoom("r_1", [5]),
      {},
    ],
  ])("does not touch %s", (_title, config, room, ticket) => {
    expect(propose(config, [{ id: "a", ...ticket }], { openRooms: [room] })).toEqual([]);
  });

  it("brings only the like into a room whose players had to be alike", () => {
    const fold = waiting({ id: "a", build: "2" }, { id: "b", build: "2" });
    const matcher = new Matcher(fold, new Map([["q", queue({ backfill: true, equal: ["build"] })]]));
    const [match] = matcher.look(surroundings()).matches;
    for (const ticket of [...fold.open]) {
      fold.open.delete(ticket);
      matcher.left(ticket);
    }
    for (const [id, build] of [
      ["c", "1"],
      ["d", "2"],
    ] as const) {
      const ticket = ticketOf({ id, build });
      fold.open.add(ticket);
      matcher.opened(ticket);
    }
    const openRooms = [openRoom(match!.roomId, [2])];
    expect(groups(matcher.look(surroundings({ openRooms })).matches)).toEqual(["d"]);
  });

  it("a room that asks anew finds those who were tried before", () => {
    const matcher = new Matcher(waiting({ id: "a" }), new Map([["q", config]]));
    expect(matcher.look(surroundings()).matches).toEqual([]);
    expect(matcher.look(surroundings({ openRooms: [openRoom("r_1", [1])] })).matches).toHaveLength(1);
  });
});

describe("a record stays well under the megabyte a log takes", () => {
  it.each([1, 10, 200, 1_000])("with matches of %d", (size) => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ id: `t_main_${String(i).padStart(26, "0")}` }));
    const matches = propose(queue({ size }), many);
    expect(matches.length).toBeGreaterThan(0);
    expect(matches.length).toBeLessThanOrEqual(MATCHES_PER_RECORD_MAX);
    const bytes = LogEntry.encode({
      version: RECORD_VERSION,
      body: { $case: "matchesDecided", value: { epoch: 1, matches } },
    }).finish().length;
    expect(bytes).toBeLessThan(600_000);
  });
});
