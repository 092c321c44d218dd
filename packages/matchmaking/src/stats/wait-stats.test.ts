import type { PlayerId, TicketId } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { Fold } from "../fold/fold.ts";
import type { Ticket, TicketEvent } from "../fold/ticket.ts";
import { defineQueue } from "../queue/queue-config.ts";
import { queueStats } from "./queue-stats.ts";
import { ticketWindow } from "./ticket-window.ts";
import { SAMPLES_MIN, WaitStats } from "./wait-stats.ts";

const duel = defineQueue({
  room: "arena",
  size: 2,
  attributes: { mmr: { type: "number", default: 1_500 } },
  skill: {
    attribute: "mmr",
    windows: [
      { atMs: 0, value: 100 },
      { atMs: 10_000, value: 300 },
    ],
    sigma: 2,
  },
  latency: {
    maxMs: [
      { atMs: 0, value: 50 },
      { atMs: 5_000, value: 80 },
    ],
  },
});
const any = defineQueue({ room: "arena", size: 2 });
const queues = new Map([
  ["duel", duel],
  ["any", any],
]);

let count = 0;
function ticket(mmr: number | undefined, size = 1, sigma = 0): Ticket {
  const id = `t_main_${++count}`;
  return {
    id: id as TicketId,
    players: Array.from({ length: size }, (_, i) => ({
      id: `${id}p${i}` as PlayerId,
      joinJson: "",
      attributes: mmr === undefined ? [] : [{ name: "mmr", value: mmr, sigma }],
      latencies: [],
    })),
    queues: ["duel"],
    lobbyId: "",
    postedAtMs: 0,
    status: "open",
    returns: 0,
    returnedAtMs: 0,
    watchers: [],
    unwatchedAtMs: 0,
    endedAtMs: 0,
    history: [],
  };
}

/** One who was posted, and matched after `waitMs`. */
function waited(stats: WaitStats, mmr: number, waitMs: number, size = 1, queue = "duel"): void {
  const one = ticket(mmr, size);
  one.history = [{ seq: 1, type: "queued" }];
  stats.apply({ tickets: [one] }, 0);
  one.history = [{ seq: 2, type: "assigned", queue } as TicketEvent];
  stats.apply({ tickets: [one] }, waitMs);
}

describe("an estimate", () => {
  it("is of who is alike in skill and party size", () => {
    const stats = new WaitStats({ queues });
    for (let i = 0; i < 1_000; i++) waited(stats, i, i < 500 ? 1_000 : 9_000, (i % 2) + 1);
    const nowMs = 10_000;
    expect(stats.eta("duel", ticket(50), nowMs)).toEqual({ p50Ms: 1_000, p90Ms: 1_000 });
    expect(stats.eta("duel", ticket(950), nowMs)).toEqual({ p50Ms: 9_000, p90Ms: 9_000 });
    for (let i = 0; i < 1_000; i++) waited(stats, i, 4_000, 2);
    expect(stats.eta("duel", ticket(950, 2), nowMs + 5_000)?.p50Ms).toBe(4_000);
    expect(stats.eta("duel", ticket(950, 1), nowMs + 5_000)?.p50Ms).toBe(9_000);
  });

  it("is none under 20 matches, and of the whole queue as long as a decile has too few", () => {
    const stats = new WaitStats({ queues });
    for (let i = 1; i < SAMPLES_MIN; i++) waited(stats, i * 100, i * 100);
    expect(stats.eta("duel", ticket(100), 2_000)).toBeNull();
    waited(stats, 2_000, 2_000);
    expect(stats.eta("duel", ticket(100), 3_000)).toEqual({ p50Ms: 1_100, p90Ms: 1_900 });
    expect(stats.eta("any", ticket(100), 3_000)).toBeNull();
  });

  it("forgets what is older than an hour, and all but the last 2,000", () => {
    const stats = new WaitStats({ queues });
    for (let i = 0; i < 2_000; i++) waited(stats, i, 1_000);
    expect(stats.eta("duel", ticket(5), 3_600_000)).not.toBeNull();
    expect(stats.eta("duel", ticket(5), 3_602_000)).toBeNull();
    for (let i = 0; i < 2_000; i++) waited(stats, i, 7_000);
    expect(stats.eta("duel", ticket(5), 3_604_000)).toEqual({ p50Ms: 7_000, p90Ms: 7_000 });
  });

  it("of a queue nobody configured is none and costs nothing", () => {
    const stats = new WaitStats({ queues });
    for (let i = 0; i < 100; i++) waited(stats, 1, 1, 1, "gone");
    expect(stats.eta("gone", ticket(1), 5_000)).toBeNull();
  });
});

describe("a queue's numbers by skill", () => {
  it("are tenths of who asked, with who waits", () => {
    const stats = new WaitStats({ queues });
    for (let i = 0; i < 1_000; i++) waited(stats, i, i);
    const fold = new Fold();
    for (const mmr of [-5, 50, 450, 2_000]) fold.open.add(ticket(mmr));
    const { deciles, open, oldestMs } = queueStats(fold, "duel", stats, 5_000);
    expect([open, oldestMs, deciles.length]).toEqual([4, 5_000, 10]);
    expect(deciles[0]).toEqual({ from: 0, to: 100, open: 2, waitP50Ms: 50, waitP95Ms: 95 });
    expect(deciles[4]).toMatchObject({ from: 400, to: 500, open: 1 });
    expect(deciles[9]).toMatchObject({ from: 900, to: 999, open: 1, waitP50Ms: 950 });
  });

  it("are one row when all are alike, and none where skill does not matter", () => {
    const stats = new WaitStats({ queues });
    for (let i = 0; i < 30; i++) waited(stats, 1_500, 100);
    for (let i = 0; i < 30; i++) waited(stats, 1_500, 100, 1, "any");
    expect(stats.deciles("duel", 1_000)).toEqual([
      { from: 1_500, to: 1_500, waitP50Ms: 100, waitP95Ms: 100 },
    ]);
    expect(stats.deciles("any", 1_000)).toEqual([]);
  });
});

describe("the window of a ticket", () => {
  it("widens with its age and its uncertainty", () => {
    expect(ticketWindow(duel, ticket(1_500), 0)).toEqual({ skill: 100, latencyMs: 50 });
    expect(ticketWindow(duel, ticket(1_500, 1, 40), 9_999)).toEqual({ skill: 180, latencyMs: 80 });
    expect(ticketWindow(duel, ticket(undefined), 60_000)).toEqual({ skill: 300, latencyMs: 80 });
    const linear = { ...duel, skill: { ...duel.skill!, interpolate: "linear" as const } };
    expect(ticketWindow(linear, ticket(1_500), 5_000).skill).toBe(200);
    expect(ticketWindow(any, ticket(1_500), 5_000)).toEqual({});
  });
});
