import type { MatchId, NodeId, RoomId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { Fold } from "./fold.ts";
import {
  expiredTickets,
  MATCHES_PER_RECORD_MAX,
  type NodeSpace,
  type OpenRoom,
  proposeMatches,
} from "./matcher.ts";
import { defineQueue, type QueueConfig } from "./queue-config.ts";
import { queueStats } from "./queue-stats.ts";

interface Waiting {
  readonly id: string;
  readonly ageMs?: number;
  readonly mmr?: number;
  readonly queues?: string[];
}

const NOW_MS = 1_000_000;

/** A fold in which these wait; posted in the order of the list. */
function waiting(...tickets: Waiting[]): Fold {
  const fold = new Fold();
  const byAge = [...tickets].sort((a, b) => (b.ageMs ?? 0) - (a.ageMs ?? 0));
  for (const { id, ageMs = 0, mmr, queues = ["duel"] } of byAge) {
    const attributes = new Map(mmr === undefined ? [] : [["mmr", mmr]]);
    fold.apply(fold.seq + 1, NOW_MS - ageMs, false, {
      version: RECORD_VERSION,
      body: {
        $case: "ticketPosted",
        value: { ticketId: id, playerId: id, queues, attributes, joinJson: "{}" },
      },
    });
  }
  return fold;
}

const node = (name = "n_1", freeRooms = 10_000, rooms = ["arena"]): NodeSpace => ({
  nodeId: name as NodeId,
  rooms: new Set(rooms),
  freeRooms,
});
const room = (name: string, freeSeats: number, queue = "duel"): OpenRoom => ({
  roomId: name as RoomId,
  nodeId: "n_1" as NodeId,
  queue,
  freeSeats,
});

function propose(
  fold: Fold,
  queues: Record<string, QueueConfig>,
  { nodes = [node()], openRooms = [] as OpenRoom[] } = {},
) {
  let count = 0;
  return proposeMatches(fold, queues, {
    nowMs: NOW_MS,
    nodes,
    openRooms,
    newMatchId: () => `m_main_1_${++count}` as MatchId,
    newRoomId: (match) => `r_${match.slice(2)}` as RoomId,
  });
}

const groups = (matches: ReturnType<typeof propose>) => matches.map(({ ticketIds }) => ticketIds.join("+"));
const duel = defineQueue({ room: "arena", size: 2 });

describe("who is matched", () => {
  it.each<[title: string, tickets: Waiting[], groups: string[]]>([
    ["nobody waits", [], []],
    ["one is too few", [{ id: "a" }], []],
    ["two are a match", [{ id: "a" }, { id: "b" }], ["a+b"]],
    ["the oldest go first", [{ id: "a" }, { id: "b", ageMs: 9 }, { id: "c", ageMs: 5 }], ["b+c"]],
    ["as many as there are", ["a", "b", "c", "d", "e"].map((id) => ({ id })), ["a+b", "c+d"]],
    ["other queues are not ours", [{ id: "a" }, { id: "b", queues: ["other"] }], []],
  ])("%s", (_title, tickets, expected) => {
    expect(groups(propose(waiting(...tickets), { duel }))).toEqual(expected);
  });

  it("a ticket of two queues is in one match", () => {
    const both = ["duel", "trio"];
    const trio = defineQueue({ room: "arena", size: 3 });
    const fold = waiting(...["a", "b", "c", "d", "e"].map((id) => ({ id, queues: both })));
    expect(groups(propose(fold, { duel, trio }))).toEqual(["a+b", "c+d"]);
    expect(groups(propose(fold, { trio, duel }))).toEqual(["a+b+c", "d+e"]);
  });

  it("says queue, room, node and bots", () => {
    const relaxed = defineQueue({ room: "arena", size: 4, relax: [{ atMs: 0, min: 1, fillTo: 3 }] });
    expect(propose(waiting({ id: "a" }), { duel: relaxed })).toEqual([
      {
        matchId: "m_main_1_1",
        queue: "duel",
        ticketIds: ["a"],
        nodeId: "n_1",
        roomId: "r_main_1_1",
        backfill: false,
        fillTo: 3,
      },
    ]);
  });
});

describe("relaxing", () => {
  const config = defineQueue({
    room: "arena",
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
    const matches = propose(waiting(...ages.map((ageMs, i) => ({ id: String(i), ageMs }))), { duel: config });
    expect(groups(matches)).toEqual(expected);
    for (const match of matches) expect(match.fillTo).toBe(fillTo);
  });
});

describe("skill", () => {
  const config = defineQueue({
    room: "arena",
    size: 3,
    relax: [{ atMs: 0, min: 2, fillTo: 0 }],
    skill: {
      attribute: "mmr",
      default: 1_000,
      windows: [
        { atMs: 0, value: 50 },
        { atMs: 10_000, value: 200 },
      ],
    },
  });
  it.each<[title: string, tickets: Waiting[], groups: string[]]>([
    [
      "within the window",
      [
        { id: "a", ageMs: 3, mmr: 1_000 },
        { id: "b", mmr: 1_050 },
      ],
      ["a+b"],
    ],
    [
      "outside the window",
      [
        { id: "a", ageMs: 3, mmr: 1_000 },
        { id: "b", mmr: 1_051 },
      ],
      [],
    ],
    [
      "the window of the oldest counts",
      [
        { id: "a", ageMs: 10_000, mmr: 1_000 },
        { id: "b", mmr: 1_200 },
      ],
      ["a+b"],
    ],
    [
      "both sides of the oldest have to be near each other",
      [
        { id: "a", ageMs: 3, mmr: 1_000 },
        { id: "b", mmr: 1_030 },
        { id: "c", mmr: 970 },
      ],
      ["a+b"],
    ],
    [
      "the nearest go first",
      [
        { id: "a", ageMs: 3, mmr: 1_000 },
        { id: "b", mmr: 1_040 },
        { id: "c", mmr: 1_010 },
        { id: "d", mmr: 1_020 },
      ],
      ["a+c+d"],
    ],
    [
      "without a number it is the default",
      [
        { id: "a", ageMs: 3 },
        { id: "b", mmr: 1_050 },
      ],
      ["a+b"],
    ],
    [
      "one who fits nobody does not hold up the others",
      [
        { id: "a", ageMs: 9, mmr: 3_000 },
        { id: "b", ageMs: 3, mmr: 1_000 },
        { id: "c", mmr: 1_000 },
      ],
      ["b+c"],
    ],
  ])("%s", (_title, tickets, expected) => {
    expect(groups(propose(waiting(...tickets), { duel: config }))).toEqual(expected);
  });
});

describe("where a match goes", () => {
  it.each<[title: string, nodes: NodeSpace[], expected: string[]]>([
    ["no node, no match", [], []],
    ["a full node takes none", [node("n_1", 0)], []],
    ["a node of other rooms takes none", [node("n_1", 5, ["other"])], []],
    ["the first that can", [node("n_1", 0), node("n_2"), node("n_3")], ["n_2", "n_2"]],
    ["the next when the first is full", [node("n_1", 1), node("n_2")], ["n_1", "n_2"]],
    ["no more than there is space for", [node("n_1", 1)], ["n_1"]],
  ])("%s", (_title, nodes, expected) => {
    const fold = waiting(...["a", "b", "c", "d"].map((id) => ({ id })));
    expect(propose(fold, { duel }, { nodes }).map(({ nodeId }) => nodeId)).toEqual(expected);
  });
});

describe("backfill", () => {
  const config = defineQueue({ room: "arena", size: 2, backfill: true });
  const three = () => waiting({ id: "a" }, { id: "b" }, { id: "c" });

  it("fills free seats of rooms that run before new rooms are opened", () => {
    const matches = propose(three(), { duel: config }, { openRooms: [room("r_1", 1)] });
    expect(matches.map(({ ticketIds, roomId, backfill }) => [ticketIds.join("+"), roomId, backfill])).toEqual(
      [
        ["a", "r_1", true],
        ["b+c", "r_main_1_2", false],
      ],
    );
  });

  it("takes no more seats than are free", () => {
    const openRooms = [room("r_1", 1), room("r_2", 5)];
    const matches = propose(three(), { duel: config }, { openRooms, nodes: [] });
    expect(matches.map(({ roomId }) => roomId)).toEqual(["r_1", "r_2", "r_2"]);
  });

  it.each<[title: string, config: QueueConfig, open: OpenRoom]>([
    ["rooms of other queues", config, room("r_1", 5, "other")],
    ["full rooms", config, room("r_1", 0)],
    ["rooms of a queue without backfill", duel, room("r_1", 5)],
  ])("does not touch %s", (_title, queue, open) => {
    const matches = propose(three(), { duel: queue }, { openRooms: [open] });
    expect(matches.map(({ backfill }) => backfill)).toEqual([false]);
  });
});

describe("a record stays well under the megabyte a log takes", () => {
  const many = (count: number) =>
    waiting(...Array.from({ length: count }, (_, i) => ({ id: `t_main_${String(i).padStart(26, "0")}` })));
  it.each([1, 10, 200, 1_000])("with matches of %d", (size) => {
    const matches = propose(many(20_000), { duel: defineQueue({ room: "arena", size }) });
    expect(matches.length).toBeGreaterThan(0);
    expect(matches.length).toBeLessThanOrEqual(MATCHES_PER_RECORD_MAX);
    const bytes = LogEntry.encode({
      version: RECORD_VERSION,
      body: { $case: "matchesDecided", value: { epoch: 1, matches } },
    }).finish().length;
    expect(bytes).toBeLessThan(600_000);
  });
});

describe("expiredTickets", () => {
  const short = defineQueue({ room: "arena", size: 2, expireMs: 1_000 });
  const long = defineQueue({ room: "arena", size: 2, expireMs: 5_000 });
  it.each<[title: string, ticket: Waiting, expired: boolean]>([
    ["not yet", { id: "a", ageMs: 999, queues: ["short"] }, false],
    ["now", { id: "a", ageMs: 1_000, queues: ["short"] }, true],
    ["the most patient of its queues counts", { id: "a", ageMs: 1_000, queues: ["short", "long"] }, false],
    ["a queue that is no more", { id: "a", queues: ["gone"] }, true],
  ])("%s", (_title, ticket, expired) => {
    expect(expiredTickets(waiting(ticket), { short, long }, NOW_MS)).toHaveLength(expired ? 1 : 0);
  });
});

describe("queueStats", () => {
  it("counts who waits, who is placed, and how long the oldest has waited", () => {
    const fold = waiting({ id: "a", ageMs: 700 }, { id: "b", ageMs: 300 }, { id: "c", queues: ["other"] });
    expect(queueStats(fold, "duel", NOW_MS)).toEqual({ open: 2, placing: 0, oldestMs: 700 });
    const matches = propose(fold, { duel });
    fold.apply(fold.seq + 1, NOW_MS, true, {
      version: RECORD_VERSION,
      body: { $case: "matchesDecided", value: { epoch: 0, matches } },
    });
    expect(queueStats(fold, "duel", NOW_MS)).toEqual({ open: 0, placing: 2, oldestMs: 0 });
  });
});
