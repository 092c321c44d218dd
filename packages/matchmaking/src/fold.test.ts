import type { PlayerId, RoomId, TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, TicketClosed_Cause } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { type Changes, FINAL_RETENTION_MS, Fold, HISTORY_MAX, UnknownRecord } from "./fold.ts";

type Body = NonNullable<LogEntry["body"]>;

const post = (ticketId: string, playerId = ticketId.toUpperCase()): Body => ({
  $case: "ticketPosted",
  value: { ticketId, playerId, queues: ["duel"], attributes: new Map(), joinJson: "{}" },
});
const close = (ticketId: string, cause: TicketClosed_Cause): Body => ({
  $case: "ticketClosed",
  value: { ticketId, cause },
});
const cancel = (ticketId: string) => close(ticketId, TicketClosed_Cause.CANCELLED);
const expire = (ticketId: string) => close(ticketId, TicketClosed_Cause.EXPIRED);
const epoch = (value: number): Body => ({
  $case: "epochStarted",
  value: { epoch: value, replicaId: "mm_a" },
});
const decide = (at: number, ...matches: [matchId: string, roomId: string, ...tickets: string[]][]): Body => ({
  $case: "matchesDecided",
  value: {
    epoch: at,
    matches: matches.map(([matchId, roomId, ...ticketIds]) => ({
      matchId,
      queue: "duel",
      ticketIds,
      nodeId: `n_${roomId.slice(2)}`,
      roomId,
      backfill: false,
      fillTo: 0,
    })),
  },
});
const placed = (matchId: string, ok = true): Body => ({
  $case: "matchPlaced",
  value: { matchId, ok, roomEpoch: ok ? 1 : 0, errorCode: ok ? "" : "NO_CAPACITY" },
});
const taken = (playerId: string, roomId: string): Body => ({
  $case: "seatTaken",
  value: { playerId, roomId, nodeId: `n_${roomId.slice(2)}` },
});
const ended = (...roomIds: string[]): Body => ({ $case: "roomsClosed", value: { roomIds } });

const DECIDERS = new Set<string>(["epochStarted", "matchesDecided", "matchPlaced", "roomsClosed"]);

/** A fold that was given the records, one a millisecond, and what the last one changed. */
function folded(...bodies: Body[]): { fold: Fold; last: Changes } {
  const fold = new Fold();
  let last: Changes = { tickets: [], superseded: [] };
  for (const body of bodies) last = then(fold, body);
  return { fold, last };
}

function then(fold: Fold, body: Body, timeMs = fold.timeMs + 1): Changes {
  return fold.apply(fold.seq + 1, timeMs, DECIDERS.has(body.$case), { version: RECORD_VERSION, body });
}

const statusOf = (fold: Fold, id: string) => fold.tickets.get(id as TicketId)?.status ?? "none";
const historyOf = (fold: Fold, id: string) =>
  fold.tickets.get(id as TicketId)?.history.map(({ type }) => type) ?? [];
const statuses = (fold: Fold) =>
  Object.fromEntries([...fold.tickets].map(([id, { status }]) => [id, status] as const));

describe("how a ticket goes", () => {
  it.each<[title: string, records: Body[], ends: Record<string, string>]>([
    ["waits", [post("a")], { a: "open" }],
    ["is cancelled while it waits", [post("a"), cancel("a")], { a: "cancelled" }],
    ["expires while it waits", [post("a"), expire("a")], { a: "expired" }],
    ["is decided", [post("a"), decide(0, ["m1", "r_1", "a"])], { a: "placing" }],
    ["is placed", [post("a"), decide(0, ["m1", "r_1", "a"]), placed("m1")], { a: "assigned" }],
    [
      "is open again when refused",
      [post("a"), decide(0, ["m1", "r_1", "a"]), placed("m1", false)],
      { a: "open" },
    ],
    [
      "is cancelled while it is placed, and the others go on",
      [post("a"), post("b"), decide(0, ["m1", "r_1", "a", "b"]), cancel("a"), placed("m1")],
      { a: "cancelled", b: "assigned" },
    ],
    [
      "stays cancelled when the room refuses",
      [post("a"), post("b"), decide(0, ["m1", "r_1", "a", "b"]), cancel("a"), placed("m1", false)],
      { a: "cancelled", b: "open" },
    ],
    [
      "cannot expire while it is placed",
      [post("a"), decide(0, ["m1", "r_1", "a"]), expire("a")],
      { a: "placing" },
    ],
    [
      "cannot be cancelled once it is assigned",
      [post("a"), decide(0, ["m1", "r_1", "a"]), placed("m1"), cancel("a")],
      { a: "assigned" },
    ],
    ["cannot be cancelled once it expired", [post("a"), expire("a"), cancel("a")], { a: "expired" }],
    [
      "is in another match after a refusal",
      [
        post("a"),
        decide(0, ["m1", "r_1", "a"]),
        placed("m1", false),
        decide(0, ["m2", "r_2", "a"]),
        placed("m2"),
      ],
      { a: "assigned" },
    ],
    ["is not touched by closing one that is not there", [post("a"), cancel("b")], { a: "open" }],
  ])("a ticket %s", (_title, records, ends) => {
    expect(statuses(folded(...records).fold)).toEqual(ends);
  });

  it("tells each step with the place of its record", () => {
    const { fold } = folded(
      post("a"),
      decide(0, ["m1", "r_1", "a"]),
      placed("m1", false),
      decide(0, ["m2", "r_2", "a"]),
      placed("m2"),
    );
    expect(fold.tickets.get("a" as TicketId)?.history).toEqual([
      { seq: 1, type: "queued" },
      { seq: 2, type: "placing", matchId: "m1" },
      { seq: 3, type: "returned", cause: "NO_CAPACITY" },
      { seq: 4, type: "placing", matchId: "m2" },
      { seq: 5, type: "assigned", matchId: "m2", roomId: "r_2", nodeId: "n_2", queue: "duel" },
    ]);
  });

  it("keeps its age when a room refuses", () => {
    const { fold } = folded(post("a"), decide(0, ["m1", "r_1", "a"]));
    then(fold, placed("m1", false), 50_000);
    expect(fold.tickets.get("a" as TicketId)?.postedAtMs).toBe(1);
  });

  it(`remembers the last ${HISTORY_MAX} events when rooms refuse again and again`, () => {
    const { fold } = folded(post("a"));
    for (let i = 0; i < HISTORY_MAX; i++) {
      then(fold, decide(0, [`m${i}`, "r_1", "a"]));
      then(fold, placed(`m${i}`, false));
    }
    expect(historyOf(fold, "a")).toHaveLength(HISTORY_MAX);
    expect(historyOf(fold, "a").at(-1)).toBe("returned");
  });

  it(`[R1] is remembered for ${FINAL_RETENTION_MS} ms of the log's time after it ended`, () => {
    const { fold } = folded(post("a"), cancel("a"));
    then(fold, post("b"), 2 + FINAL_RETENTION_MS);
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "open" });
    then(fold, post("c"), 3 + FINAL_RETENTION_MS);
    expect(statuses(fold)).toEqual({ b: "open", c: "open" });
  });
});

describe("[R2] a player has at most one open ticket", () => {
  it.each<[title: string, records: Body[], ends: Record<string, string>]>([
    ["the first in the log wins", [post("a", "P"), post("b", "P")], { a: "open" }],
    [
      "also while it is placed",
      [post("a", "P"), decide(0, ["m1", "r_1", "a"]), post("b", "P")],
      { a: "placing" },
    ],
    [
      "a second one may follow a cancelled one",
      [post("a", "P"), cancel("a"), post("b", "P")],
      { a: "cancelled", b: "open" },
    ],
    [
      "a second one may follow an assigned one",
      [post("a", "P"), decide(0, ["m1", "r_1", "a"]), placed("m1"), post("b", "P")],
      { a: "assigned", b: "open" },
    ],
    ["a repeated record is the same ticket", [post("a", "P"), post("a", "P")], { a: "open" }],
    [
      "a repeated record does not open an ended one",
      [post("a", "P"), cancel("a"), post("a", "P")],
      { a: "cancelled" },
    ],
  ])("%s", (_title, records, ends) => {
    expect(statuses(folded(...records).fold)).toEqual(ends);
  });
});

describe("a match is valid only if every ticket in it is open", () => {
  it.each<[title: string, records: Body[], ends: Record<string, string>]>([
    ["one is unknown", [post("a"), decide(0, ["m1", "r_1", "a", "x"])], { a: "open" }],
    [
      "one is cancelled",
      [post("a"), post("b"), cancel("b"), decide(0, ["m1", "r_1", "a", "b"])],
      { a: "open", b: "cancelled" },
    ],
    [
      "one is in another match",
      [post("a"), post("b"), decide(0, ["m1", "r_1", "b"]), decide(0, ["m2", "r_2", "a", "b"])],
      { a: "open", b: "placing" },
    ],
    [
      "one is in another match of the same record",
      [post("a"), post("b"), decide(0, ["m1", "r_1", "b"], ["m2", "r_2", "a", "b"])],
      { a: "open", b: "placing" },
    ],
    ["one is in it twice", [post("a"), decide(0, ["m1", "r_1", "a", "a"])], { a: "open" }],
    ["none is in it", [post("a"), decide(0, ["m1", "r_1"])], { a: "open" }],
    [
      "the id is one of a match that is placed",
      [post("a"), post("b"), decide(0, ["m1", "r_1", "a"]), decide(0, ["m1", "r_1", "b"])],
      { a: "placing", b: "open" },
    ],
    [
      "the decider was replaced",
      [post("a"), epoch(1), epoch(2), decide(1, ["m1", "r_1", "a"])],
      { a: "open" },
    ],
    ["the decider is not there yet", [post("a"), epoch(1), decide(2, ["m1", "r_1", "a"])], { a: "open" }],
  ])("void: %s", (_title, records, ends) => {
    const { fold } = folded(...records);
    expect(statuses(fold)).toEqual(ends);
    expect(fold.open.size).toBe(Object.values(ends).filter((status) => status === "open").length);
  });

  it("a void match leaves no trace, and its answer neither", () => {
    const { fold } = folded(post("a"), decide(0, ["m1", "r_1", "a", "x"]));
    expect(fold.placing.size).toBe(0);
    expect(then(fold, placed("m1"))).toEqual({ tickets: [], superseded: [] });
    expect([statusOf(fold, "a"), fold.rooms.size]).toEqual(["open", 0]);
  });

  it("a match is placed once", () => {
    const { fold } = folded(post("a"), decide(0, ["m1", "r_1", "a"]), placed("m1", false), placed("m1"));
    expect(statusOf(fold, "a")).toBe("open");
  });
});

describe("seats", () => {
  const seated = (ticket: string, player: string, match: string, room: string) => [
    post(ticket, player),
    decide(0, [match, room, ticket]),
    placed(match),
  ];

  it("a newer seat supersedes the one before, which is to be released", () => {
    const { fold, last } = folded(...seated("a", "P", "m1", "r_1"), ...seated("b", "P", "m2", "r_2"));
    expect(last.superseded).toEqual([{ playerId: "P", roomId: "r_1", nodeId: "n_1" }]);
    expect(fold.seatOf.get("P" as PlayerId)).toBe("r_2");
    expect([...(fold.rooms.get("r_1" as RoomId)?.players ?? [])]).toEqual([]);
  });

  it("a seat in the same room again supersedes nothing", () => {
    const { last } = folded(...seated("a", "P", "m1", "r_1"), ...seated("b", "P", "m2", "r_1"));
    expect(last.superseded).toEqual([]);
  });

  it("a seat in a room that ended is not released", () => {
    const { fold, last } = folded(
      ...seated("a", "P", "m1", "r_1"),
      ended("r_1"),
      ...seated("b", "P", "m2", "r_2"),
    );
    expect(last.superseded).toEqual([]);
    expect([...fold.rooms.keys()]).toEqual(["r_2"]);
  });

  it("the seat reserved for a ticket cancelled meanwhile is released", () => {
    const { last } = folded(post("a", "P"), decide(0, ["m1", "r_1", "a"]), cancel("a"), placed("m1"));
    expect(last.superseded).toEqual([{ playerId: "P", roomId: "r_1", nodeId: "n_1" }]);
  });

  it("none is released when the room refused", () => {
    const { last } = folded(post("a", "P"), decide(0, ["m1", "r_1", "a"]), cancel("a"), placed("m1", false));
    expect(last.superseded).toEqual([]);
  });

  it.each([
    ["has", [placed("m2"), placed("m1")]],
    ["is about to get", [placed("m1"), placed("m2")]],
  ])("a seat is not released that the player %s by a newer ticket", (_title, answers) => {
    const { fold } = folded(
      post("a", "P"),
      decide(0, ["m1", "r_1", "a"]),
      cancel("a"),
      post("b", "P"),
      decide(0, ["m2", "r_1", "b"]),
    );
    expect(answers.flatMap((answer) => then(fold, answer).superseded)).toEqual([]);
    expect(fold.seatOf.get("P" as PlayerId)).toBe("r_1");
  });

  it("a seat taken without a match supersedes like one of a match, and is superseded", () => {
    const { fold, last } = folded(...seated("a", "P", "m1", "r_1"), taken("P", "r_own"));
    expect(last.superseded).toEqual([{ playerId: "P", roomId: "r_1", nodeId: "n_1" }]);
    expect(then(fold, taken("P", "r_own")).superseded).toEqual([]);
    then(fold, post("b", "P"));
    then(fold, decide(0, ["m2", "r_2", "b"]));
    expect(then(fold, placed("m2")).superseded).toEqual([
      { playerId: "P", roomId: "r_own", nodeId: "n_own" },
    ]);
  });

  it("a room that ended frees only the seats in it", () => {
    const { fold } = folded(
      ...seated("a", "P", "m1", "r_1"),
      ...seated("b", "Q", "m2", "r_1"),
      ...seated("c", "P", "m3", "r_2"),
      ended("r_1", "r_unknown"),
    );
    expect(Object.fromEntries(fold.seatOf)).toEqual({ P: "r_2" });
  });
});

describe("records", () => {
  it("one that was applied is skipped", () => {
    const { fold } = folded(post("a"));
    const again = fold.apply(1, 9_000, false, { version: RECORD_VERSION, body: cancel("a") });
    expect([again.tickets, statusOf(fold, "a"), fold.timeMs]).toEqual([[], "open", 1]);
  });

  it("time never goes back", () => {
    const { fold } = folded(post("a"));
    then(fold, post("b"), 500);
    then(fold, post("c"), 200);
    expect(fold.timeMs).toBe(500);
    expect(fold.tickets.get("c" as TicketId)?.postedAtMs).toBe(500);
  });

  it("only the decider's own move what its next one has to expect", () => {
    const { fold } = folded(epoch(1), post("a"), post("b"));
    expect([fold.seq, fold.deciderSeq, fold.epoch]).toEqual([3, 1, 1]);
  });

  it("an older epoch does not come back", () => {
    expect(folded(epoch(3), epoch(2)).fold.epoch).toBe(3);
  });

  it.each<[string, LogEntry]>([
    ["a newer version", { version: RECORD_VERSION + 1, body: post("b") }],
    ["a kind of the future", LogEntry.decode(new Uint8Array([8, 1, 0xfa, 1, 0]))],
  ])("%s is not skipped in silence", (_title, entry) => {
    const { fold } = folded(post("a"));
    expect(() => fold.apply(2, 2, false, entry)).toThrow(UnknownRecord);
    expect(fold.seq).toBe(1);
  });
});
