import { describe, expect, it } from "vitest";
import { stepAt } from "../matcher/schedule.ts";
import { defineQueue, gatherProblems, type QueueSource, refuseGame } from "./queue-config.ts";

const mmr = { type: "number", default: 1_500 } as const;
const build = { type: "text", default: "1" } as const;
const maps = { type: "set", values: ["ice", "sand", "moon"] } as const;
const role = { type: "set", values: ["tank", "heal"] } as const;
const skill = { attribute: "mmr", windows: [{ atMs: 0, value: 100 }] };
const relax = { atMs: 0, min: 1, fillTo: 0 };

describe("defineQueue", () => {
  it("fills in what is not said", () => {
    expect(defineQueue({ room: "arena", size: 2 })).toEqual({
      room: "arena",
      options: {},
      version: 1,
      attributes: {},
      equal: [],
      share: [],
      size: 2,
      teams: { count: 1, size: 2, roles: {} },
      party: { max: 2, best: 0.3, sizeBonus: [], mirrorUntilMs: 0 },
      skill: null,
      latency: null,
      relax: [],
      quality: null,
      gatherMs: 0,
      backfill: "none",
      acceptance: null,
      priority: [],
      rating: null,
      expireMs: 120_000,
      orphanGraceMs: 15_000,
    });
  });

  it("fills in what is not said of the parts", () => {
    const queue = defineQueue({
      room: "arena",
      attributes: { mmr, maps, role },
      teams: { count: 2, size: 3, roles: { tank: 1, heal: [0, 2] } },
      party: { max: 2 },
      skill: { attribute: "elo", windows: skill.windows },
      quality: { accept: [{ atMs: 0, value: 0.5 }] },
      relax: [{ atMs: 9, min: 2, fillTo: 0 }],
      backfill: true,
      acceptance: { timeoutMs: 10_000 },
      rating: { name: "elo" },
    });
    expect(queue).toMatchObject({
      attributes: { mmr: { trusted: true }, maps: { trusted: false } },
      size: 6,
      teams: { count: 2, size: 3, roles: { tank: [1, 1], heal: [0, 2] } },
      party: { max: 2, best: 0.3 },
      skill: { interpolate: "step", ageRule: "max", sigma: 0 },
      relax: [{ atMs: 9, min: 2, fillTo: 0, multipleOf: 1 }],
      quality: { weights: { balance: 0.5, spread: 0.3, latency: 0.2 } },
      backfill: "normal",
      acceptance: { timeoutMs: 10_000, declineMs: 30_000, missMs: 60_000 },
      rating: { name: "elo", model: "plackettLuce", mu: 1_500, sigma: 500 },
    });
    // It goes into the log as JSON and comes back as the same.
    expect(JSON.parse(JSON.stringify(queue))).toEqual(queue);
  });

  it("sorts relaxing steps by age", () => {
    const early = { atMs: 1_000, min: 3, fillTo: 0, multipleOf: 1 };
    const late = { atMs: 5_000, min: 2, fillTo: 4, multipleOf: 2 };
    expect(defineQueue({ room: "arena", size: 4, relax: [late, early] }).relax).toEqual([early, late]);
  });

  it.each<[part: unknown, message: string | RegExp]>([
    [{ room: "Arena!" }, 'room is "Arena!"; accepted: 1 to 32 characters of a-z 0-9 -, the first a letter'],
    [{ options: 5 }, "options is 5; accepted: an object"],
    [{ version: 0 }, "version is 0; accepted: a whole number from 1 to 4294967295"],
    [{ size: 0 }, "size is 0; accepted: a whole number from 1 to 1000"],
    [{ size: undefined }, "size is missing; accepted: a whole number from 1 to 1000"],
    [{ size: 1_001 }, "size is 1001; accepted: a whole number from 1 to 1000"],
    [{ size: 2.5 }, "size is 2.5; accepted: a whole number from 1 to 1000"],
    [{ teams: { count: 2, size: 2 } }, "size is 4; accepted: nothing beside teams, which say the size"],
    [{ expireMs: 999 }, "expireMs is 999; accepted: a whole number from 1000 to 3600000"],
    [{ expireMs: 3_600_001 }, "expireMs is 3600001; accepted: a whole number from 1000 to 3600000"],
    [{ orphanGraceMs: 10 }, "orphanGraceMs is 10; accepted: a whole number from 1000 to 3600000"],
    [{ gatherMs: 60_001 }, "gatherMs is 60001; accepted: a whole number from 0 to 60000"],
    [{ attributes: [] }, "attributes is []; accepted: an object"],
    [{ attributes: { "m m": mmr } }, /^attributes\.m m is "m m"; accepted: 1 to 32 characters/],
    [
      { attributes: { mmr: { type: "int", default: 1 } } },
      'attributes.mmr.type is "int"; accepted: number, text, set',
    ],
    [
      { attributes: { mmr: { type: "number", default: Number.NaN } } },
      "attributes.mmr.default is NaN; accepted: a number",
    ],
    [{ attributes: { mmr: { type: "number" } } }, "attributes.mmr.default is missing; accepted: a number"],
    [
      { attributes: { build: { type: "text", default: 1 } } },
      "attributes.build.default is 1; accepted: at most 64 characters",
    ],
    [
      { attributes: { mmr: { ...mmr, trusted: "yes" } } },
      'attributes.mmr.trusted is "yes"; accepted: true, false',
    ],
    [
      { attributes: { mmr: { ...mmr, values: [] } } },
      "attributes.mmr.values is []; accepted: no such field; there are type, default, trusted",
    ],
    [
      { attributes: { maps: { type: "set", values: [] } } },
      "attributes.maps.values is []; accepted: a list of 1 to 31 words",
    ],
    [
      { attributes: { maps: { type: "set", values: ["a", "a"] } } },
      'attributes.maps.values[1] is "a"; accepted: no word twice',
    ],
    [
      { attributes: { maps: { ...maps, default: ["lava"] } } },
      'attributes.maps.default[0] is "lava"; accepted: ice, sand, moon',
    ],
    [{ equal: ["build"] }, 'equal[0] is "build"; accepted: a text attribute of the queue; there is none'],
    [
      { attributes: { build, mmr }, equal: ["mmr"] },
      'equal[0] is "mmr"; accepted: a text attribute of the queue; there is build',
    ],
    [
      { attributes: { maps }, share: [{ attribute: "map", min: 1 }] },
      'share[0].attribute is "map"; accepted: a set attribute of the queue; there is maps',
    ],
    [
      { attributes: { maps }, share: [{ attribute: "maps", min: 4 }] },
      "share[0].min is 4; accepted: a whole number from 1 to 3",
    ],
    [{ party: { max: 5 } }, "party.max is 5; accepted: a whole number from 1 to 4"],
    [{ party: { best: 2 } }, "party.best is 2; accepted: a number from 0 to 1"],
    [{ party: { sizeBonus: [0, 1, 2, 3, 4] } }, /^party\.sizeBonus is .*accepted: a list of at most 4/],
    [
      { party: { mirrorUntilMs: -1 } },
      "party.mirrorUntilMs is -1; accepted: a whole number from 0 to 3600000",
    ],
    [{ skill }, 'skill.attribute is "mmr"; accepted: a number attribute of the queue; there is none'],
    [
      { skill, rating: { name: "elo" } },
      'skill.attribute is "mmr"; accepted: a number attribute of the queue or its rating; there is elo',
    ],
    [{ relax: [{ ...relax, atMs: -1 }] }, "relax[0].atMs is -1; accepted: a whole number from 0 to 3600000"],
    [{ relax: [{ ...relax, min: 0 }] }, "relax[0].min is 0; accepted: a whole number from 1 to 4"],
    [{ relax: [{ ...relax, min: 5 }] }, "relax[0].min is 5; accepted: a whole number from 1 to 4"],
    [{ relax: [{ ...relax, fillTo: 5 }] }, "relax[0].fillTo is 5; accepted: a whole number from 0 to 4"],
    [
      { relax: [{ ...relax, min: 4, multipleOf: 3 }] },
      "relax[0].multipleOf is 3; accepted: a number with a multiple from 4 to 4",
    ],
    [
      { relax: [relax, { ...relax, atMs: 0, min: 2 }] },
      "relax[1].atMs is 0; accepted: another age than the other steps",
    ],
    [
      { relax: [relax, { ...relax, atMs: 5, min: 2 }] },
      "relax[1].min is 2; accepted: up to 1, which was enough after 0 ms",
    ],
    [{ backfill: { priority: "urgent" } }, 'backfill.priority is "urgent"; accepted: high, normal, low'],
    [{ backfill: "yes" }, 'backfill is "yes"; accepted: an object'],
    [{ acceptance: {} }, "acceptance.timeoutMs is missing; accepted: a whole number from 1000 to 120000"],
    [
      { acceptance: { timeoutMs: 10_000 }, gatherMs: 5_000, expireMs: 15_000 },
      "expireMs is 15000; accepted: more than acceptance.timeoutMs + gatherMs, which is 15000",
    ],
    [{ gatherMs: 5_000, expireMs: 5_000 }, "expireMs is 5000; accepted: more than gatherMs, which is 5000"],
    [{ priority: [{ returned: false, ageMs: 1 }] }, "priority[0].returned is false; accepted: true"],
    [
      { priority: [{ attribute: "vip", value: "yes", ageMs: 1 }] },
      'priority[0].attribute is "vip"; accepted: a text attribute of the queue; there is none',
    ],
    [
      { priority: [{ returned: true }] },
      "priority[0].ageMs is missing; accepted: a whole number from 0 to 3600000",
    ],
    [{ rating: { name: "" } }, /^rating\.name is ""; accepted: 1 to 32 characters/],
    [{ rating: { name: "elo", model: "elo" } }, /^rating\.model is "elo"; accepted: plackettLuce/],
    [{ rating: { name: "elo", sigma: 0 } }, /^rating\.sigma is 0; accepted: a number from/],
    [
      { attributes: { mmr }, rating: { name: "mmr" } },
      'rating.name is "mmr"; accepted: a name that is none of the attributes: the rating is one of its own',
    ],
    [{ skil: 1 }, /^skil is 1; accepted: no such field; did you mean skill\?$/],
    [{ accept: 1 }, /^accept is 1; accepted: no such field; did you mean acceptance\?$/],
    [{ colour: 1 }, /^colour is 1; accepted: no such field; there are room, options, /],
    [{ relax: [{ ...relax, fillto: 1 }] }, /^relax\[0\]\.fillto is 1; accepted: no such field/],
  ])("%j is refused", (part, message) => {
    expect(() => defineQueue({ room: "arena", size: 4, ...(part as Partial<QueueSource>) })).toThrow(
      expect.objectContaining({
        name: "InputError",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    );
  });

  it.each<[part: object, message: string | RegExp]>([
    [{ windows: [] }, "skill.windows is []; accepted: steps that begin with atMs 0"],
    [
      { windows: [{ atMs: 5, value: 1 }] },
      'skill.windows is [{"atMs":5,"value":1}]; accepted: steps that begin with atMs 0',
    ],
    [
      {
        windows: [
          { atMs: 0, value: 1 },
          { atMs: 0, value: 2 },
        ],
      },
      "skill.windows[1].atMs is 0; accepted: more than the step before",
    ],
    [
      {
        windows: [
          { atMs: 0, value: 9 },
          { atMs: 5, value: 8 },
        ],
      },
      "skill.windows[1].value is 8; accepted: no less than the step before",
    ],
    // Two of the same skill differ by 0: a window below it never matches anyone.
    [{ windows: [{ atMs: 0, value: -1 }] }, "skill.windows[0].value is -1; accepted: a number from 0"],
    // NaN compares as false with everything: it would match anyone with anyone.
    [{ windows: [{ atMs: 0, value: Number.NaN }] }, /^skill\.windows\[0\]\.value is NaN; accepted: a number/],
    [{ windows: [{ atMs: 0, val: 1 }] }, /^skill\.windows\[0\]\.val is 1; accepted: no such field/],
    [{ interpolate: "smooth" }, 'skill.interpolate is "smooth"; accepted: step, linear'],
    [{ ageRule: "newest" }, 'skill.ageRule is "newest"; accepted: max, min, mean'],
    [{ sigma: -1 }, "skill.sigma is -1; accepted: a number from 0 to 10"],
  ])("skill %j is refused", (part, message) => {
    expect(() =>
      defineQueue({ room: "arena", size: 4, attributes: { mmr }, skill: { ...skill, ...part } }),
    ).toThrow(
      expect.objectContaining({
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    );
  });

  it.each<[field: string, source: object]>([
    [
      "latency.maxMs[1].value",
      {
        latency: {
          maxMs: [
            { atMs: 0, value: 90 },
            { atMs: 9, value: 80 },
          ],
        },
      },
    ],
    ["latency.maxMs[0].value", { latency: { maxMs: [{ atMs: 0, value: 0 }] } }],
    [
      "quality.accept[1].value",
      {
        quality: {
          accept: [
            { atMs: 0, value: 0.1 },
            { atMs: 9, value: 0.2 },
          ],
        },
      },
    ],
    // More than perfect is never reached.
    ["quality.accept[0].value", { quality: { accept: [{ atMs: 0, value: 1.1 }] } }],
    [
      "quality.weights.spread",
      { quality: { accept: [{ atMs: 0, value: 1 }], weights: { balance: 1, latency: 1 } } },
    ],
    [
      "quality.weights",
      { quality: { accept: [{ atMs: 0, value: 1 }], weights: { balance: 0, spread: 0, latency: 0 } } },
    ],
  ])("what changes with age: %s", (field, part) => {
    expect(() => defineQueue({ room: "arena", size: 4, ...part })).toThrow(
      expect.objectContaining({ name: "InputError", field }),
    );
  });

  it.each<[field: string, teams: object, attributes?: object]>([
    ["teams.count", { count: 0, size: 5 }],
    ["teams.size", { count: 2, size: 0 }],
    ["teams", { count: 100, size: 11 }],
    ["teams.sizes", { count: 2, size: 1, sizes: 2 }],
    ["attributes.role", { count: 2, size: 2, roles: { tank: 1, heal: 1 } }],
    ["teams.roles.dps", { count: 2, size: 2, roles: { tank: 1, heal: 1, dps: [0, 1] } }, { role }],
    ["teams.roles.tank", { count: 2, size: 2, roles: { tank: 3, heal: 1 } }, { role }],
    ["teams.roles.tank", { count: 2, size: 2, roles: { tank: [2, 1], heal: 1 } }, { role }],
    // Too many are needed, too few are allowed, and one that nobody could ever play.
    ["teams.roles", { count: 2, size: 2, roles: { tank: 2, heal: 1 } }, { role }],
    ["teams.roles", { count: 2, size: 5, roles: { tank: 1, heal: 1 } }, { role }],
    ["teams.roles", { count: 2, size: 2, roles: { tank: 2 } }, { role }],
  ])("teams: %s of %j", (field, teams, attributes = {}) => {
    expect(() => defineQueue({ room: "arena", teams, attributes } as never)).toThrow(
      expect.objectContaining({ name: "InputError", field }),
    );
  });

  it.each([[null], [5], ["queue"]])("%j is no queue", (source) => {
    expect(() => defineQueue(source as never)).toThrow(expect.objectContaining({ field: "queue" }));
  });
});

describe("gatherProblems", () => {
  it("tells everything that is wrong with all queues, by their names", async () => {
    const { problems } = await gatherProblems(async () => {
      const duel = defineQueue({ room: "arena", size: 0, expireMs: 1, relax: [{ ...relax, min: 0 }] });
      const fine = defineQueue({ room: "arena", size: 2 });
      const ranked = defineQueue({ room: "arena", size: 2, skill });
      refuseGame({ duel, fine, ranked }, []);
    });
    expect(problems.map(({ field }) => field)).toEqual([
      "queues.duel.size",
      "queues.duel.relax[0].min",
      "queues.duel.expireMs",
      "queues.ranked.skill.attribute",
    ]);
  });

  it("throws again afterwards", async () => {
    await gatherProblems(async () => {});
    expect(() => defineQueue({ room: "arena", size: 0 })).toThrow("size is 0");
    await gatherProblems(() => Promise.reject(new Error("not a game"))).catch(() => {});
    expect(() => defineQueue({ room: "arena", size: 0 })).toThrow("size is 0");
  });
});

describe("stepAt", () => {
  const steps = [
    { atMs: 0, value: 50 },
    { atMs: 10_000, value: 130 },
    { atMs: 60_000, value: 600 },
  ];
  it.each([
    [0, 50],
    [9_999, 50],
    [10_000, 130],
    [59_999, 130],
    [60_000, 600],
    [1e9, 600],
    // Decider's time may be a little behind the time of a record.
    [-5, 50],
  ])("at %d ms it is %d", (ageMs, value) => {
    expect(stepAt(steps, ageMs)).toBe(value);
  });
});
