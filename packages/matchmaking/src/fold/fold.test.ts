import type { PlayerId, RoomId, TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, type Match } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import {
  ACCEPT_MS,
  applyNext,
  type Body,
  backfill,
  cancel,
  configure,
  DECLINE_MS,
  decide,
  dissolve,
  ended,
  epoch,
  expire,
  MISS_MS,
  orphan,
  placed,
  post,
  propose,
  proposeFreely,
  refused,
  replace,
  report,
  settle,
  streams,
  taken,
  vote,
} from "../testing/records.ts";
import { type Changes, FINAL_RETENTION_MS, Fold, HISTORY_MAX, UnknownRecord } from "./fold.ts";
import { CLOSED_ROOM_RETENTION_MS } from "./seats.ts";
import { REPLICA_SILENCE_MS } from "./streams.ts";

const NOTHING: Changes = {
  tickets: [],
  opened: [],
  left: [],
  refused: undefined,
  queues: [],
  results: [],
  superseded: [],
  silenced: [],
  lobbies: new Set(),
  lobbyRefused: undefined,
};

/** A fold that was given the records, one a millisecond, and what the last one changed. */
function folded(...bodies: Body[]): { fold: Fold; last: Changes } {
  const fold = new Fold();
  let last: Changes = NOTHING;
  for (const body of bodies) last = then(fold, body);
  return { fold, last };
}

function then(fold: Fold, body: Body, timeMs = fold.timeMs + 1): Changes {
  const changes = applyNext(fold, body, timeMs);
  agrees(fold);
  return changes;
}

/** What is kept in several places says the same, after every record of every test. */
function agrees(fold: Fold): void {
  const tickets = [...fold.tickets.values()];
  const unfinished = tickets.filter(({ status }) => ["open", "proposed", "placing"].includes(status));
  expect([...fold.open]).toHaveLength(tickets.filter(({ status }) => status === "open").length);
  for (const ticket of fold.open) expect(ticket.status).toBe("open");
  expect(fold.openOf.size).toBe(unfinished.flatMap(({ players }) => players).length);
  for (const ticket of unfinished)
    for (const { id } of ticket.players) expect(fold.openOf.get(id)).toBe(ticket);
  expect(fold.finals.size).toBe(tickets.length - unfinished.length);
  for (const [id, { match }] of fold.proposed) expect(inMatch(fold, id, match, "proposed")).toBe(true);
  for (const ticket of unfinished) {
    const last = ticket.history.at(-1);
    if (ticket.status === "proposed")
      expect(last?.type === "proposed" && fold.proposed.has(last.matchId)).toBe(true);
    if (ticket.status === "placing")
      expect(last?.type === "placing" && fold.placing.has(last.matchId)).toBe(true);
  }
  for (const [player, room] of fold.seatOf) expect(fold.rooms.get(room)?.players.has(player)).toBe(true);
}

const inMatch = (fold: Fold, id: string, match: Match, status: string) =>
  match.matchId === id && match.tickets.every(({ ticketId }) => statusOf(fold, ticketId) === status);

const ticketOf = (fold: Fold, id: string) => fold.tickets.get(id as TicketId);
const statusOf = (fold: Fold, id: string) => ticketOf(fold, id)?.status ?? "none";
const historyOf = (fold: Fold, id: string) =>
  ticketOf(fold, id)?.history.map((event) => `${event.type}${"cause" in event ? ` ${event.cause}` : ""}`) ??
  [];
const statuses = (fold: Fold) =>
  Object.fromEntries([...fold.tickets].map(([id, { status }]) => [id, status] as const));
const cooldowns = (fold: Fold) => Object.fromEntries(fold.cooldowns);
const ids = (tickets: readonly { readonly id: string }[]) => tickets.map(({ id }) => id);

describe("how a ticket goes", () => {
  it.each<[title: string, records: Body[], ends: Record<string, string>]>([
    ["waits", [post("a")], { a: "open" }],
    ["is cancelled while it waits", [post("a"), cancel("a")], { a: "cancelled" }],
    ["expires while it waits", [post("a"), expire("a")], { a: "expired" }],
    ["expires when nobody follows it", [post("a"), orphan("a")], { a: "expired" }],
    ["is decided", [post("a"), decide(0, ["m1", "r_1", "a"])], { a: "placing" }],
    ["is placed", [post("a"), decide(0, ["m1", "r_1", "a"]), placed("m1")], { a: "assigned" }],
    ["is open again when refused", [post("a"), decide(0, ["m1", "r_1", "a"]), refused("m1")], { a: "open" }],
    [
      "is cancelled while it is placed, and the others go on",
      [post("a"), post("b"), decide(0, ["m1", "r_1", "a", "b"]), cancel("a"), placed("m1")],
      { a: "cancelled", b: "assigned" },
    ],
    [
      "stays cancelled when the room refuses",
      [post("a"), post("b"), decide(0, ["m1", "r_1", "a", "b"]), cancel("a"), refused("m1")],
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
      [post("a"), decide(0, ["m1", "r_1", "a"]), refused("m1"), decide(0, ["m2", "r_2", "a"]), placed("m2")],
      { a: "assigned" },
    ],
    ["is not touched by closing one that is not there", [post("a"), cancel("b")], { a: "open" }],
    [
      "ends with others in one record",
      [post("a"), post("b"), post("c"), cancel("a", "x", "c")],
      { a: "cancelled", b: "open", c: "cancelled" },
    ],
    [
      "is placed with others in one record",
      [
        post("a"),
        post("b"),
        post("c"),
        decide(0, ["m1", "r_1", "a"], ["m2", "r_2", "b", "c"]),
        placed("m1", "x", "m2"),
      ],
      { a: "assigned", b: "assigned", c: "assigned" },
    ],
  ])("a ticket %s", (_title, records, ends) => {
    expect(statuses(folded(...records).fold)).toEqual(ends);
  });

  it("tells each step with the place of its record", () => {
    const { fold } = folded(
      post("a"),
      decide(0, ["m1", "r_1", "a"]),
      refused("m1"),
      decide(0, ["m2", "r_2", "a"]),
      placed("m2"),
    );
    expect(ticketOf(fold, "a")?.history).toEqual([
      { seq: 1, type: "queued" },
      { seq: 2, type: "placing", matchId: "m1" },
      { seq: 3, type: "returned", cause: "NO_CAPACITY" },
      { seq: 4, type: "placing", matchId: "m2" },
      {
        seq: 5,
        type: "assigned",
        matchId: "m2",
        roomId: "r_2",
        nodeId: "n_2",
        queue: "duel",
        team: 0,
        roles: [],
      },
    ]);
  });

  it("tells the matcher what may be matched and what not any more", () => {
    const { fold, last } = folded(post("a"));
    expect([ids(last.opened), ids(last.left)]).toEqual([["a"], []]);
    const decided = then(fold, decide(0, ["m1", "r_1", "a"]));
    expect([ids(decided.opened), ids(decided.left)]).toEqual([[], ["a"]]);
    const back = then(fold, refused("m1"));
    expect([ids(back.opened), ids(back.left)]).toEqual([["a"], []]);
    const gone = then(fold, cancel("a"));
    expect([ids(gone.opened), ids(gone.left)]).toEqual([[], ["a"]]);
  });

  it("keeps its age when a room refuses, and knows that it was refused", () => {
    const { fold } = folded(post("a"), decide(0, ["m1", "r_1", "a"]));
    then(fold, refused("m1"), 50_000);
    expect(ticketOf(fold, "a")).toMatchObject({ postedAtMs: 1, returns: 1, returnedAtMs: 50_000 });
  });

  it(`remembers the last ${HISTORY_MAX} events when rooms refuse again and again`, () => {
    const { fold } = folded(post("a"));
    for (let i = 0; i < HISTORY_MAX; i++) {
      then(fold, decide(0, [`m${i}`, "r_1", "a"]));
      then(fold, refused(`m${i}`));
    }
    expect(historyOf(fold, "a")).toHaveLength(HISTORY_MAX);
    expect(historyOf(fold, "a").at(-1)).toBe("returned NO_CAPACITY");
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
      "also while it is proposed",
      [post("a", "P"), propose("m1", "r_1", "a"), post("b", "P")],
      { a: "proposed" },
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
    ["a repeated record replaces nothing", [replace("a", "P"), replace("a", "P")], { a: "open" }],
    [
      "a repeated record does not open an ended one",
      [post("a", "P"), cancel("a"), post("a", "P")],
      { a: "cancelled" },
    ],
  ])("%s", (_title, records, ends) => {
    expect(statuses(folded(...records).fold)).toEqual(ends);
  });
});

describe("a party is one ticket", () => {
  it("of all its players", () => {
    const { fold } = folded(post("a", ["P", "Q"]), decide(0, ["m1", "r_1", "a"]), placed("m1"));
    expect(Object.fromEntries(fold.seatOf)).toEqual({ P: "r_1", Q: "r_1" });
    expect(fold.openOf.size).toBe(0);
  });

  it.each<[title: string, posted: Body, player: string]>([
    ["a member has a ticket", post("b", ["P", "Q", "R"]), "Q"],
    ["a player is in it twice", post("b", ["P", "P"]), "P"],
  ])("that is refused as a whole when %s", (_title, posted, playerId) => {
    const { fold, last } = folded(post("a", ["Q", "S"]), posted);
    expect(statuses(fold)).toEqual({ a: "open" });
    expect([...fold.openOf.keys()]).toEqual(["Q", "S"]);
    expect(last).toEqual({
      ...NOTHING,
      refused: { ticketId: "b", code: "TICKET_EXISTS", playerId, untilMs: 0 },
    });
  });

  it("that is cancelled while it is placed leaves all its seats", () => {
    const { fold, last } = folded(
      post("a", ["P", "Q"]),
      post("b"),
      decide(0, ["m1", "r_1", "a", "b"]),
      cancel("a"),
      placed("m1"),
    );
    expect(last.superseded).toEqual([
      { playerId: "P", roomId: "r_1", nodeId: "n_1" },
      { playerId: "Q", roomId: "r_1", nodeId: "n_1" },
    ]);
    expect(Object.fromEntries(fold.seatOf)).toEqual({ B: "r_1" });
  });
});

describe("a ticket that replaces", () => {
  it("ends one that is open", () => {
    const { fold, last } = folded(post("a", "P"), replace("b", "P"));
    expect([historyOf(fold, "a"), statusOf(fold, "b")]).toEqual([["queued", "cancelled replaced"], "open"]);
    expect([ids(last.opened), ids(last.left), ids(last.tickets)]).toEqual([["b"], ["a"], ["a", "b"]]);
  });

  it("ends all of a new party's players, and with them the tickets of their friends", () => {
    const { fold } = folded(post("a", ["P", "X"]), post("b", "Q"), replace("c", ["P", "Q"]));
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "cancelled", c: "open" });
    expect([...fold.openOf.keys()].sort()).toEqual(["P", "Q"]);
  });

  it("dissolves a proposed match: the others are open again with their age", () => {
    const { fold, last } = folded(
      post("a", "P"),
      post("b", "Q"),
      proposeFreely("m1", "r_1", "a", "b"),
      replace("c", "P"),
    );
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "open", c: "open" });
    expect(historyOf(fold, "b")).toEqual(["queued", "proposed", "returned declined"]);
    expect([fold.proposed.size, ticketOf(fold, "b")?.postedAtMs]).toEqual([0, 2]);
    expect(ids(last.opened)).toEqual(["b", "c"]);
  });

  it("opens none that it replaces, when both were in one proposed match", () => {
    const { fold, last } = folded(
      post("a", "P"),
      post("b", "Q"),
      proposeFreely("m1", "r_1", "a", "b"),
      replace("c", ["P", "Q"]),
    );
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "cancelled", c: "open" });
    expect([ids(last.opened), ids(last.tickets)]).toEqual([["c"], ["a", "b", "c"]]);
  });

  it("is refused when one of those it replaces was proposed a match that costs who declines it", () => {
    const { fold, last } = folded(
      post("a", "P"),
      post("b", "Q"),
      propose("m1", "r_1", "a", "b"),
      replace("c", ["S", "P"]),
    );
    expect(last.refused).toMatchObject({ code: "TICKET_EXISTS", playerId: "P" });
    expect([statuses(fold), cooldowns(fold)]).toEqual([{ a: "proposed", b: "proposed" }, {}]);
  });

  it("leaves the seat that is being asked for", () => {
    const { fold } = folded(post("a", "P"), decide(0, ["m1", "r_1", "a"]), replace("b", "P"));
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "open" });
    expect(then(fold, placed("m1")).superseded).toEqual([{ playerId: "P", roomId: "r_1", nodeId: "n_1" }]);
    expect([statusOf(fold, "b"), fold.seatOf.size]).toEqual(["open", 0]);
  });

  it("ends nothing when it is refused itself", () => {
    const { fold } = folded(
      post("a", "P"),
      propose("m1", "r_1", "a"),
      vote("m1", "P", false),
      post("b", "Q"),
      replace("c", ["Q", "P"]),
    );
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "open" });
  });
});

describe("a match that has to be accepted", () => {
  const proposed = [post("a", "P"), post("b", ["Q", "R"]), propose("m1", "r_1", "a", "b")];

  it("is proposed to all, until its time is over", () => {
    const { fold, last } = folded(...proposed);
    expect(statuses(fold)).toEqual({ a: "proposed", b: "proposed" });
    expect(ticketOf(fold, "a")?.history.at(-1)).toEqual({
      seq: 3,
      type: "proposed",
      matchId: "m1",
      acceptByMs: 3 + ACCEPT_MS,
    });
    expect([fold.placing.size, fold.open.size, ids(last.left)]).toEqual([0, 0, ["a", "b"]]);
  });

  it("is placed when the last player accepts", () => {
    const { fold, last } = folded(...proposed, vote("m1", "P"), vote("m1", "Q"), vote("m1", "Q"));
    expect([statuses(fold), last]).toEqual([{ a: "proposed", b: "proposed" }, NOTHING]);
    const accepted = then(fold, vote("m1", "R"));
    expect(statuses(fold)).toEqual({ a: "placing", b: "placing" });
    expect([fold.proposed.size, [...fold.placing.keys()], ids(accepted.tickets)]).toEqual([
      0,
      ["m1"],
      ["a", "b"],
    ]);
    then(fold, placed("m1"));
    expect([statuses(fold), historyOf(fold, "a")]).toEqual([
      { a: "assigned", b: "assigned" },
      ["queued", "proposed", "placing", "assigned"],
    ]);
  });

  it("dissolves when one declines, whose ticket ends and who may not queue for a while", () => {
    const { fold, last } = folded(...proposed, vote("m1", "P"), vote("m1", "Q", false));
    expect(statuses(fold)).toEqual({ a: "open", b: "cancelled" });
    expect([historyOf(fold, "a"), historyOf(fold, "b")]).toEqual([
      ["queued", "proposed", "returned declined"],
      ["queued", "proposed", "cancelled declined"],
    ]);
    expect(cooldowns(fold)).toEqual({ Q: 5 + DECLINE_MS, R: 5 + DECLINE_MS });
    expect([fold.proposed.size, ids(last.opened), ids(last.left)]).toEqual([0, ["a"], []]);
    expect(ticketOf(fold, "a")).toMatchObject({ postedAtMs: 1, returns: 0 });
  });

  it("may be declined by who accepted it before", () => {
    const { fold } = folded(...proposed, vote("m1", "P"), vote("m1", "P", false));
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "open" });
  });

  it("is declined by who cancels", () => {
    const { fold } = folded(...proposed, cancel("a"));
    expect([statuses(fold), historyOf(fold, "a").at(-1)]).toEqual([
      { a: "cancelled", b: "open" },
      "cancelled asked",
    ]);
    expect(cooldowns(fold)).toEqual({ P: 4 + DECLINE_MS });
  });

  it("is missed by who does not answer: their tickets end, the others are open again", () => {
    const { fold, last } = folded(...proposed, vote("m1", "P"), vote("m1", "Q"), dissolve("m1", "x"));
    expect([statuses(fold), historyOf(fold, "b").at(-1), historyOf(fold, "a").at(-1)]).toEqual([
      { a: "open", b: "cancelled" },
      "cancelled missed",
      "returned missed",
    ]);
    expect(cooldowns(fold)).toEqual({ Q: 6 + MISS_MS, R: 6 + MISS_MS });
    expect([ids(last.opened), fold.proposed.size]).toEqual([["a"], 0]);
  });

  it("does not expire while it is proposed", () => {
    expect(statuses(folded(...proposed, expire("a"), orphan("b")).fold)).toEqual({
      a: "proposed",
      b: "proposed",
    });
  });

  it.each<[title: string, records: Body[], ends: Record<string, string>]>([
    ["of somebody else", [vote("m1", "X", false)], { a: "proposed", b: "proposed" }],
    ["for another match", [vote("m2", "P", false)], { a: "proposed", b: "proposed" }],
    [
      "after all have accepted",
      [vote("m1", "P"), vote("m1", "Q"), vote("m1", "R"), vote("m1", "P", false)],
      { a: "placing", b: "placing" },
    ],
    [
      "after it was dissolved",
      [vote("m1", "Q", false), vote("m1", "P", false)],
      { a: "open", b: "cancelled" },
    ],
    [
      "for a match before, when another is proposed",
      [vote("m1", "Q", false), propose("m2", "r_2", "a"), vote("m1", "P", false)],
      { a: "proposed", b: "cancelled" },
    ],
  ])("does not hear a vote %s", (_title, records, ends) => {
    expect(statuses(folded(...proposed, ...records).fold)).toEqual(ends);
  });

  it("that was accepted is not dissolved by a decider that comes late", () => {
    const { fold } = folded(...proposed, vote("m1", "P"), vote("m1", "Q"), vote("m1", "R"), dissolve("m1"));
    expect([statuses(fold), cooldowns(fold)]).toEqual([{ a: "placing", b: "placing" }, {}]);
  });

  it("that was accepted may be refused and cancelled, which costs as much as to decline it", () => {
    const all = [...proposed, vote("m1", "P"), vote("m1", "Q"), vote("m1", "R")];
    expect(statuses(folded(...all, refused("m1")).fold)).toEqual({ a: "open", b: "open" });
    const { fold, last } = folded(...all, cancel("a"), placed("m1"));
    expect(statuses(fold)).toEqual({ a: "cancelled", b: "assigned" });
    expect(cooldowns(fold)).toEqual({ P: 7 + DECLINE_MS });
    expect(last.superseded).toEqual([{ playerId: "P", roomId: "r_1", nodeId: "n_1" }]);
  });
});

describe("a cooldown", () => {
  const declined = [post("a", "P"), propose("m1", "r_1", "a"), vote("m1", "P", false)];

  it("refuses tickets until it is over, and says until when", () => {
    const { fold, last } = folded(...declined, post("b", ["Q", "P"]));
    expect(last.refused).toEqual({
      ticketId: "b",
      code: "COOLDOWN",
      playerId: "P",
      untilMs: 3 + DECLINE_MS,
    });
    expect(then(fold, post("b", ["Q", "P"]), 2 + DECLINE_MS).refused?.code).toBe("COOLDOWN");
    expect(then(fold, post("b", ["Q", "P"]), 3 + DECLINE_MS).refused).toBeUndefined();
    expect(statusOf(fold, "b")).toBe("open");
  });

  it("is forgotten when it is over", () => {
    const { fold } = folded(...declined);
    then(fold, post("b", "Q"), 5_000 + DECLINE_MS);
    expect(fold.cooldowns.size).toBe(0);
  });

  it("is not made shorter by a later one", () => {
    const { fold } = folded(...declined.slice(0, 2), dissolve("m1"), post("b", "Q"));
    expect(cooldowns(fold)).toEqual({ P: 3 + MISS_MS });
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
      "one is proposed another match",
      [post("a"), post("b"), propose("m1", "r_1", "b"), decide(0, ["m2", "r_2", "a", "b"])],
      { a: "open", b: "proposed" },
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
      "the id is one of a match that is proposed",
      [post("a"), post("b"), propose("m1", "r_1", "a"), decide(0, ["m1", "r_1", "b"])],
      { a: "proposed", b: "open" },
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
    expect(then(fold, placed("m1"))).toEqual(NOTHING);
    expect([statusOf(fold, "a"), fold.rooms.size]).toEqual(["open", 0]);
  });

  it("a match is placed once", () => {
    const { fold } = folded(post("a"), decide(0, ["m1", "r_1", "a"]), refused("m1"), placed("m1"));
    expect(statusOf(fold, "a")).toBe("open");
  });
});

describe("seats", () => {
  const seated = (ticket: string, player: string, match: string, room: string) => [
    post(ticket, player),
    decide(0, [match, room, ticket]),
    placed(match),
  ];

  it("a room knows the match that opened it", () => {
    const { fold } = folded(...seated("a", "P", "m1", "r_1"));
    expect(fold.rooms.get("r_1" as RoomId)).toEqual({
      nodeId: "n_1",
      players: new Set(["P"]),
      matchId: "m1",
      queue: "duel",
      skill: 1_500,
      reported: false,
    });
  });

  it("a backfill adds players to a room that runs, which keeps its match", () => {
    const { fold } = folded(
      ...seated("a", "P", "m1", "r_1"),
      post("b", "Q"),
      backfill("m2", "r_1", "b"),
      placed("m2"),
    );
    expect(fold.rooms.get("r_1" as RoomId)).toMatchObject({ matchId: "m1", players: new Set(["P", "Q"]) });
    expect(ticketOf(fold, "b")?.history.at(-1)).toMatchObject({ matchId: "m2", roomId: "r_1" });
  });

  it("a newer seat supersedes the one before, which is to be released", () => {
    const { fold, last } = folded(...seated("a", "P", "m1", "r_1"), ...seated("b", "P", "m2", "r_2"));
    expect(last.superseded).toEqual([{ playerId: "P", roomId: "r_1", nodeId: "n_1" }]);
    expect(fold.seatOf.get("P" as PlayerId)).toBe("r_2");
    expect([...(fold.rooms.get("r_1" as RoomId)?.players ?? [])]).toEqual([]);
  });

  it("a seat in the same room again supersedes nothing", () => {
    const { last } = folded(
      ...seated("a", "P", "m1", "r_1"),
      post("b", "P"),
      backfill("m2", "r_1", "b"),
      placed("m2"),
    );
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
    const { fold, last } = folded(post("a", "P"), decide(0, ["m1", "r_1", "a"]), cancel("a"), placed("m1"));
    expect(last.superseded).toEqual([{ playerId: "P", roomId: "r_1", nodeId: "n_1" }]);
    // Nobody is left in the match: it is answered as any other, and then forgotten.
    expect([fold.placing.size, fold.rooms.size]).toEqual([0, 0]);
  });

  it("none is released when the room refused", () => {
    const { last } = folded(post("a", "P"), decide(0, ["m1", "r_1", "a"]), cancel("a"), refused("m1"));
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
    expect(answers.flatMap((each) => then(fold, each).superseded)).toEqual([]);
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
      post("b", "Q"),
      backfill("m2", "r_1", "b"),
      placed("m2"),
      ...seated("c", "P", "m3", "r_2"),
      ended("r_1", "r_unknown"),
    );
    expect(Object.fromEntries(fold.seatOf)).toEqual({ P: "r_2" });
  });
});

describe("results", () => {
  const playing = [post("a", "P"), decide(0, ["m1", "r_1", "a"]), placed("m1")];
  const kept = (fold: Fold) =>
    [...fold.results].map(([id, { seq, queue, rated, delivered }]) => [id, seq, queue, rated, delivered]);

  it("the first for a match counts, and is told", () => {
    const { fold, last } = folded(...playing, report("m1", "r_1"));
    expect(kept(fold)).toEqual([["m1", 4, "duel", false, false]]);
    expect(last.results).toEqual([...fold.results.values()]);
    expect(then(fold, report("m1", "r_1"))).toEqual(NOTHING);
    expect(kept(fold)).toEqual([["m1", 4, "duel", false, false]]);
  });

  it.each<[title: string, records: Body[]]>([
    ["of a room nobody knows", [report("m1", "r_2")]],
    ["of another match than the room's", [report("m2", "r_1")]],
    ["of a room without a match", [taken("Q", "r_own"), report("", "r_own")]],
    [
      "of a backfill, which is none of its own",
      [post("b", "Q"), backfill("m2", "r_1", "b"), placed("m2"), report("m2", "r_1")],
    ],
    [
      "that was told before its room was closed",
      [report("m1", "r_1"), settle(["m1"], ["m1"]), ended("r_1"), report("m1", "r_1")],
    ],
  ])("one %s does not count", (_title, records) => {
    const { fold, last } = folded(...playing, ...records);
    expect([kept(fold), last.results]).toEqual([[], []]);
  });

  it("one of a room that was closed a while ago counts once", () => {
    const { fold } = folded(...playing, ended("r_1"));
    expect(then(fold, report("m1", "r_1"), 3 + CLOSED_ROOM_RETENTION_MS).results).toHaveLength(1);
    expect(then(fold, report("m1", "r_1")).results).toEqual([]);
  });

  it("one that comes too long after the room was closed does not count", () => {
    const { fold } = folded(...playing, ended("r_1"));
    expect(then(fold, report("m1", "r_1"), 4 + CLOSED_ROOM_RETENTION_MS).results).toEqual([]);
    expect(fold.seats.closed.size).toBe(0);
  });

  it("is kept until it is rated and delivered, and does not count again", () => {
    const { fold } = folded(...playing, report("m1", "r_1"), settle(["m1", "x"]));
    expect(kept(fold)).toEqual([["m1", 4, "duel", true, false]]);
    then(fold, settle([], ["m1"]));
    expect(kept(fold)).toEqual([]);
    expect(then(fold, report("m1", "r_1")).results).toEqual([]);
  });
});

describe("queues", () => {
  it("a higher version wins, and is told", () => {
    const { fold, last } = folded(configure("duel", 1), configure("duel", 3));
    expect([fold.queues.get("duel")?.version, last.queues]).toEqual([3, ["duel"]]);
  });

  it.each([3, 2])("after version 3, version %i changes nothing", (version) => {
    const { fold, last } = folded(configure("duel", 3, "first"), configure("duel", version, "second"));
    expect([fold.queues.get("duel")?.configJson, last]).toEqual(["first", NOTHING]);
  });
});

describe("streams", () => {
  const unwatched = (fold: Fold) => ids([...fold.streams.unwatched]);

  it("a ticket that never had one is not waited for", () => {
    const { fold } = folded(post("a"), streams("mm_a", [], ["a"]));
    expect([ticketOf(fold, "a")?.unwatchedAtMs, unwatched(fold)]).toEqual([0, []]);
  });

  it("a ticket is unwatched once its last stream on any replica closed", () => {
    const { fold } = folded(post("a"), streams("mm_b", ["a"]), streams("mm_a", ["a"]));
    expect(ticketOf(fold, "a")?.watchers).toEqual(["mm_a", "mm_b"]);
    then(fold, streams("mm_b", [], ["a"]));
    expect(unwatched(fold)).toEqual([]);
    then(fold, streams("mm_a", [], ["a"]));
    expect([ticketOf(fold, "a")?.unwatchedAtMs, unwatched(fold)]).toEqual([5, ["a"]]);
    then(fold, streams("mm_a", ["a"]));
    expect([ticketOf(fold, "a")?.unwatchedAtMs, unwatched(fold)]).toEqual([0, []]);
  });

  it("a ticket that ended is not waited for", () => {
    const { fold } = folded(post("a"), streams("mm_a", ["a"]), streams("mm_a", [], ["a"]), cancel("a"));
    expect(unwatched(fold)).toEqual([]);
    then(fold, streams("mm_a", ["a", "x"]));
    expect(ticketOf(fold, "a")?.watchers).toEqual([]);
  });

  it(`those of a replica silent for ${REPLICA_SILENCE_MS} ms count as closed`, () => {
    const { fold } = folded(post("a"), post("b"), streams("mm_a", ["a", "b"]), streams("mm_b", ["b"]));
    const told: unknown[] = [];
    for (let timeMs = 5_000; timeMs <= 35_000; timeMs += 5_000)
      told.push(...then(fold, streams("mm_b", []), timeMs).silenced);
    expect(told).toEqual(["mm_a"]);
    expect([...fold.streams.replicas.keys()]).toEqual(["mm_b"]);
    expect(unwatched(fold)).toEqual(["a"]);
    expect(ticketOf(fold, "b")?.watchers).toEqual(["mm_b"]);
  });

  it("nobody was silent while nobody could write", () => {
    const { fold } = folded(post("a"), streams("mm_a", ["a"]));
    const { silenced } = then(fold, post("b"), 600_000);
    expect([silenced, unwatched(fold)]).toEqual([[], []]);
  });
});

describe("records", () => {
  it("one that was applied is skipped", () => {
    const { fold } = folded(post("a"));
    const again = fold.apply(1, 9_000, false, { version: RECORD_VERSION, body: cancel("a") });
    expect([again, statusOf(fold, "a"), fold.timeMs]).toEqual([NOTHING, "open", 1]);
  });

  it("time never goes back", () => {
    const { fold } = folded(post("a"));
    then(fold, post("b"), 500);
    then(fold, post("c"), 200);
    expect(fold.timeMs).toBe(500);
    expect(ticketOf(fold, "c")?.postedAtMs).toBe(500);
  });

  it("only the decider's own move what its next one has to expect", () => {
    const { fold } = folded(epoch(1), post("a"), post("b"));
    expect([fold.seq, fold.deciderSeq, fold.epoch]).toEqual([3, 1, 1]);
  });

  it("an older epoch does not come back", () => {
    expect(folded(epoch(3), epoch(2)).fold.epoch).toBe(3);
  });

  it.each<[string, LogEntry, RegExp]>([
    ["a newer version", { version: RECORD_VERSION + 1, body: post("b") }, /newer Warren/],
    ["an older version", { version: RECORD_VERSION - 1, body: post("b") }, /older Warren/],
    [
      "a kind of the future",
      LogEntry.decode(new Uint8Array([8, RECORD_VERSION, 0xfa, 1, 0])),
      /of a kind this build does not know/,
    ],
  ])("%s is not skipped in silence", (_title, entry, message) => {
    const { fold } = folded(post("a"));
    expect(() => fold.apply(2, 2, false, entry)).toThrow(UnknownRecord);
    expect(() => fold.apply(2, 2, false, entry)).toThrow(message);
    expect(fold.seq).toBe(1);
  });
});
