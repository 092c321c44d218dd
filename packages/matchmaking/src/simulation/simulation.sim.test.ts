import { Prng } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { TicketsClosed_Cause } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { defineQueue } from "../queue/queue-config.ts";
import { Agenda } from "./agenda.ts";
import {
  postingsOf,
  recordedPostings,
  recordedRegions,
  recordLine,
  type SimulationFigures,
  simulate,
  WORKLOADS,
  type Workload,
} from "./index.ts";

type Name = keyof typeof WORKLOADS;
const NAMES = Object.keys(WORKLOADS) as Name[];
/** Few are enough to see that nobody is lost; a hundred players need more to come together. */
const SMALL = { perSecond: 20, durationMs: 15_000 };

function run(workload: Workload, seed: number, config = workload.queue): SimulationFigures {
  return simulate({
    queue: "q",
    config,
    seed,
    killEveryMs: workload.killEveryMs,
    rooms: workload.rooms,
    // Who finds nobody waits for minutes, which nothing happens in.
    drainMs: 30_000,
    realMs: () => 0,
    postings: postingsOf(workload, { prng: new Prng(seed), queue: "q", config, ...SMALL }),
  });
}

describe("simulate", () => {
  it.each(NAMES)("%s: no ticket is lost", (name) => {
    const { tickets, matches } = run(WORKLOADS[name], 1);
    const { posted, assigned, abandoned, declined, expired, waiting, refused } = tickets;
    expect(assigned + abandoned + declined + expired + waiting + refused).toBe(posted);
    expect(posted).toBeGreaterThan(100);
    if (!name.startsWith("om-battle") && !name.startsWith("om-team"))
      expect(matches.count).toBeGreaterThan(0);
  });

  it.each<Name>(["w2", "w8", "w9"])("%s: the same seed gives the same figures", (name) => {
    expect(run(WORKLOADS[name], 7)).toEqual(run(WORKLOADS[name], 7));
    expect(run(WORKLOADS[name], 7)).not.toEqual(run(WORKLOADS[name], 8));
  });

  it("is slower while there is no decider, and no ticket waits for ever", () => {
    const [calm, killed] = [run(WORKLOADS.w2, 3), run(WORKLOADS.w9, 3)];
    expect(killed.waitMs.p50).toBeGreaterThan(calm.waitMs.p50!);
    expect(killed.tickets.expired).toBeLessThanOrEqual(calm.tickets.expired + 10);
  });

  it("drives any queue by its own rules", () => {
    const config = defineQueue({
      room: "arena",
      attributes: {
        build: { type: "text", default: "1" },
        maps: { type: "set", values: ["ice", "sand"] },
        role: { type: "set", values: ["tank", "heal"] },
      },
      equal: ["build"],
      share: [{ attribute: "maps", min: 1 }],
      teams: { count: 2, size: 2, roles: { tank: [0, 2], heal: [0, 2] } },
      rating: { name: "elo" },
      skill: { attribute: "elo", windows: [{ atMs: 0, value: 5_000 }] },
      latency: { maxMs: [{ atMs: 0, value: 500 }] },
      backfill: true,
      relax: [{ atMs: 5_000, min: 1, fillTo: 4 }],
    });
    const { tickets, waitMs } = run({ ...WORKLOADS.w2, crowd: {} }, 1, config);
    expect(tickets.assigned / tickets.posted).toBeGreaterThan(0.9);
    expect(waitMs.byDecile).toHaveLength(10);
    expect(Object.keys(waitMs.byPartySize)).toEqual(["1", "2"]);
  });

  it("makes parties that one match can have, and tells which share of them was matched", () => {
    const config = defineQueue({
      room: "arena",
      attributes: {
        mmr: { type: "number", default: 1_500 },
        maps: { type: "set", values: ["ice", "sand", "mud"] },
        role: { type: "set", values: ["tank", "heal", "fight"] },
      },
      share: [{ attribute: "maps", min: 2 }],
      teams: { count: 2, size: 3, roles: { tank: 1, heal: 1, fight: 1 } },
      skill: { attribute: "mmr", windows: [{ atMs: 0, value: 5_000 }] },
      latency: { maxMs: [{ atMs: 0, value: 100 }] },
      expireMs: 600_000,
    });
    const { tickets, waitMs } = run({ ...WORKLOADS.w2, crowd: {}, patienceMs: 400_000 }, 1, config);
    const { posted, assigned } = tickets;
    expect(waitMs.matched).toBeCloseTo(assigned / posted, 3);
    expect(Object.values(waitMs.byPartySize).map(({ matched }) => matched! > 0.5)).toEqual([
      true,
      true,
      true,
    ]);
    const rows = [waitMs.byDecile, Object.values(waitMs.byPartySize)];
    for (const row of rows)
      expect(row.reduce((sum, { count, matched }) => sum + (matched ? count / matched : 0), 0)).toBeCloseTo(
        posted,
        -1,
      );
  });

  it("runs on until all have ended, and counts matches a second while tickets came", () => {
    const postings = [0, 1_000, 2_000].map((atMs, i) => ({
      atMs,
      ticket: {
        ticketId: `t${i}`,
        players: [{ playerId: `p${i}`, joinJson: "", attributes: [], latencies: [] }],
        queues: ["q"],
        replace: false,
        lobbyId: "",
      },
      patienceMs: Number.POSITIVE_INFINITY,
      declines: false,
    }));
    const { tickets, matches } = simulate({
      queue: "q",
      config: defineQueue({
        room: "arena",
        size: 2,
        gatherMs: 10_000,
        relax: [{ atMs: 20_000, min: 1, fillTo: 2 }],
      }),
      postings,
      seed: 1,
      killEveryMs: 0,
      rooms: { count: 0, free: 0 },
      realMs: () => 0,
    });
    expect(tickets).toMatchObject({ assigned: 3, waiting: 0 });
    expect(matches).toMatchObject({ count: 2, perSecond: 0 });
  });

  it("counts who still waits when it ends before they do", () => {
    const workload = { ...WORKLOADS.w1, ticketsMax: 1 };
    const postings = postingsOf(workload, {
      prng: new Prng(1),
      queue: "q",
      config: workload.queue,
      ...SMALL,
    });
    const { tickets } = simulate({
      queue: "q",
      config: workload.queue,
      seed: 1,
      drainMs: 1_000,
      killEveryMs: 0,
      rooms: workload.rooms,
      realMs: () => 0,
      postings,
    });
    expect(tickets).toMatchObject({ posted: 1, assigned: 0, waiting: 1 });
  });
});

describe("a recorded log", () => {
  const post = (
    timeMs: number,
    id: string,
    queue: string,
    latencies: { region: string; ms: number }[] = [],
  ) =>
    recordLine({
      timeMs,
      entry: {
        version: RECORD_VERSION,
        body: {
          $case: "ticketPosted",
          value: {
            ticketId: id,
            players: [
              {
                playerId: `p-${id}`,
                joinJson: "",
                attributes: [{ name: "mmr", value: { $case: "number", value: 1_400 }, sigma: 3 }],
                latencies,
              },
            ],
            queues: [queue, "other"],
            replace: false,
            lobbyId: "",
          },
        },
      },
    });
  const close = (timeMs: number, ticketIds: string[], cause: TicketsClosed_Cause) =>
    recordLine({
      timeMs,
      entry: { version: RECORD_VERSION, body: { $case: "ticketsClosed", value: { ticketIds, cause } } },
    });
  const lines = [
    post(5_000, "a", "duel"),
    post(5_500, "b", "ffa"),
    post(7_000, "c", "duel"),
    "",
    close(9_000, ["c", "unknown"], TicketsClosed_Cause.CANCELLED),
    close(9_500, ["a"], TicketsClosed_Cause.EXPIRED),
  ];

  it("tells who asked for the queue, when, and who gave up", () => {
    const postings = recordedPostings(lines, "duel");
    expect(postings).toMatchObject([
      { atMs: 0, ticket: { ticketId: "a", queues: ["duel"] }, patienceMs: Number.POSITIVE_INFINITY },
      { atMs: 2_000, ticket: { ticketId: "c" }, patienceMs: 2_000 },
    ]);
    expect(postings[0]!.ticket.players[0]!.attributes[0]).toEqual({
      name: "mmr",
      value: { $case: "number", value: 1_400 },
      sigma: 3,
    });
  });

  it("is matched by the queue as it is now", () => {
    const of = (expireMs: number, size: number) =>
      simulate({
        queue: "duel",
        config: defineQueue({ room: "arena", size, expireMs }),
        postings: recordedPostings(lines, "duel"),
        seed: 1,
        killEveryMs: 0,
        rooms: { count: 0, free: 0 },
        realMs: () => 0,
      }).tickets;
    expect(of(60_000, 2)).toMatchObject({ assigned: 2 });
    expect(of(60_000, 3)).toMatchObject({ abandoned: 1, expired: 1 });
    expect(of(1_000, 2)).toMatchObject({ expired: 2 });
  });

  it.each([
    ["those its players tell of", [{ region: "eu", ms: 20 }], ["eu"]],
    ["one without a name when they tell of none", [], [""]],
  ])("is played on nodes in regions: %s", (_, latencies, regions) => {
    const postings = recordedPostings(
      ["a", "b"].map((id) => post(5_000, id, "duel", latencies)),
      "duel",
    );
    expect(recordedRegions(postings)).toEqual(regions);
    const { tickets } = simulate({
      queue: "duel",
      config: defineQueue({ room: "arena", size: 2, latency: { maxMs: [{ atMs: 0, value: 60 }] } }),
      postings,
      regions: recordedRegions(postings),
      seed: 1,
      killEveryMs: 0,
      rooms: { count: 0, free: 0 },
      realMs: () => 0,
    });
    expect(tickets).toMatchObject({ assigned: 2 });
  });

  it.each([["{"], ["5"], ['{"timeMs":1}'], ['{"timeMs":"x","record":{}}']])("line %j is refused", (line) => {
    expect(() => recordedPostings([lines[0]!, line], "duel")).toThrow(
      expect.objectContaining({ name: "InputError", field: "line 2" }),
    );
  });
});

describe("Agenda", () => {
  it("gives what is due first, and of equals what was put in first", () => {
    const prng = new Prng(1);
    const agenda = new Agenda<{ atMs: number; order: number }>();
    const out: { atMs: number; order: number }[] = [];
    for (let order = 0; order < 500; order++) {
      const item = { atMs: prng.int(0, 50) + order, order };
      agenda.add(item.atMs, item);
      // Taking while adding keeps to the time that has come.
      if (order % 3 === 0 && agenda.nextMs <= order) out.push(agenda.take()!);
    }
    while (agenda.nextMs < Number.POSITIVE_INFINITY) out.push(agenda.take()!);
    expect(out).toHaveLength(500);
    expect(out).toEqual([...out].sort((a, b) => a.atMs - b.atMs || a.order - b.order));
    expect(agenda.take()).toBeUndefined();
  });
});
