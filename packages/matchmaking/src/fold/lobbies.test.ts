import type { LobbyId, MatchId, NodeId, PlayerId, RoomId, TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { type LobbyChanged, type LogEntry, TicketsClosed_Cause } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { restored } from "../testing/index.ts";
import { type Changes, Fold } from "./fold.ts";
import { encodeFold } from "./fold-snapshot.ts";
import { LOBBY_SIZE_MAX, Lobbies, lobbyRow, MEMBER_SILENT_MS } from "./lobbies.ts";

const posted = (playerId: string) => ({ playerId, joinJson: "{}", attributes: [], latencies: [] });

const lobbiesOf = (fold: Fold) =>
  structuredClone([...fold.lobbies.byId.values()].map(lobbyRow)).sort((a, b) => (a.id < b.id ? -1 : 1));

/** A fold that is told what players do. */
class Told {
  fold = new Fold();
  seq = 0;
  timeMs = 1_000;

  record(body: NonNullable<LogEntry["body"]>): Changes {
    return this.fold.apply(++this.seq, this.timeMs, false, { version: RECORD_VERSION, body });
  }
  lobby(lobbyId: string, playerId: string, change?: LobbyChanged["change"]): Changes {
    return this.record({ $case: "lobbyChanged", value: { lobbyId, playerId, change } });
  }
  open(lobbyId: string, playerId: string, { joinCode = `C_${lobbyId}`, size = 4 } = {}): Changes {
    const player = posted(playerId);
    return this.lobby(lobbyId, playerId, { $case: "opened", value: { joinCode, size, player } });
  }
  join(lobbyId: string, ...players: string[]): Changes {
    const done = players.map((id) => this.lobby(lobbyId, id, { $case: "joined", value: posted(id) }));
    return done.at(-1)!;
  }
  ready(lobbyId: string, ...players: string[]): void {
    for (const id of players) this.lobby(lobbyId, id, { $case: "ready", value: true });
  }
  leave(lobbyId: string, by: string, playerId = by): Changes {
    return this.lobby(lobbyId, by, { $case: "left", value: { playerId } });
  }
  post(ticketId: string, lobbyId: string, ...players: string[]): Changes {
    const value = { ticketId, players: players.map(posted), queues: ["duel"], replace: false, lobbyId };
    return this.record({ $case: "ticketPosted", value });
  }
  decide(ticketId: string): void {
    this.record({
      $case: "matchesDecided",
      value: {
        epoch: 0,
        matches: [
          {
            matchId: "m" as MatchId,
            queue: "duel",
            tickets: [{ ticketId, team: 0, roles: [] }],
            nodeId: "n" as NodeId,
            roomId: "r" as RoomId,
            backfillGeneration: 0,
            fillTo: 0,
            skill: 0,
            region: "",
            quality: 1,
            acceptMs: 0,
            declineMs: 0,
            missMs: 0,
          },
        ],
      },
    });
  }
  of(lobbyId: string) {
    return this.fold.lobbies.byId.get(lobbyId as LobbyId);
  }
  members(lobbyId: string): string[] {
    return [...(this.of(lobbyId)?.members.keys() ?? [])];
  }
  ticket(id: string) {
    return this.fold.tickets.get(id as TicketId);
  }
}

/** Ann leads, Ben and Cem are in it. */
function three(): Told {
  const told = new Told();
  told.open("L", "ann");
  told.join("L", "ben", "cem");
  return told;
}

function readyThree(): Told {
  const told = three();
  told.ready("L", "ann", "ben", "cem");
  return told;
}

describe("who is in it", () => {
  it("opens with its leader, and others come in", () => {
    const told = three();
    expect(told.members("L")).toEqual(["ann", "ben", "cem"]);
    expect(told.of("L")).toMatchObject({ leaderId: "ann", joinCode: "C_L", size: 4, seq: 3, closed: false });
    expect(told.fold.lobbies.byCode.get("C_L")).toBe(told.of("L"));
  });

  it("opening it once more changes nothing, and is no refusal", () => {
    const told = three();
    const changes = told.open("L", "ann", { joinCode: "OTHER" });
    expect(changes.lobbyRefused).toBeUndefined();
    expect([told.of("L")?.joinCode, told.members("L").length]).toEqual(["C_L", 3]);
    expect(told.fold.lobbies.byCode.has("OTHER")).toBe(false);
  });

  it("joining once more changes what is known of the player", () => {
    const told = three();
    const player = { ...posted("ben"), joinJson: '{"name":"Ben"}' };
    told.lobby("L", "ben", { $case: "joined", value: player });
    expect(told.members("L")).toEqual(["ann", "ben", "cem"]);
    expect(told.of("L")?.members.get("ben" as PlayerId)?.player.joinJson).toBe('{"name":"Ben"}');
  });

  it("a player is in one lobby: coming into another leaves the first", () => {
    const told = three();
    told.open("M", "dan");
    const changes = told.join("M", "ann");
    expect([told.members("L"), told.members("M")]).toEqual([
      ["ben", "cem"],
      ["dan", "ann"],
    ]);
    expect(told.of("L")?.leaderId).toBe("ben");
    expect([...changes.lobbies].map(({ id }) => id).sort()).toEqual(["L", "M"]);
    told.open("N", "dan");
    expect([told.members("M"), told.of("M")?.leaderId]).toEqual([["ann"], "ann"]);
  });

  it("when the leader goes, the one who came first among the rest leads", () => {
    const told = three();
    told.leave("L", "ann");
    expect([told.members("L"), told.of("L")?.leaderId]).toEqual([["ben", "cem"], "ben"]);
  });

  it("ends with its last member, and its code is free", () => {
    const told = three();
    const lobby = told.of("L");
    for (const id of ["ann", "ben", "cem"]) told.leave("L", id);
    expect([told.of("L"), lobby?.closed, told.fold.lobbies.byCode.size]).toEqual([undefined, true, 0]);
    expect([told.fold.lobbies.of.size, told.fold.lobbies.heard.size]).toEqual([0, 0]);
    expect(told.open("M", "dan", { joinCode: "C_L" }).lobbyRefused).toBeUndefined();
  });

  it("who is silent for too long is gone; a sign of life keeps a member, and so does a ticket that waits", () => {
    const told = three();
    told.timeMs += MEMBER_SILENT_MS;
    told.lobby("L", "ben");
    told.post("t", "", "cem");
    expect(told.members("L")).toEqual(["ann", "ben", "cem"]);
    told.timeMs += 1_000;
    const changes = told.lobby("L", "ben");
    expect([told.members("L"), told.of("L")?.leaderId]).toEqual([["ben", "cem"], "ben"]);
    expect([...changes.lobbies].map(({ id }) => id)).toEqual(["L"]);
    told.record({
      $case: "ticketsClosed",
      value: { ticketIds: ["t"], cause: TicketsClosed_Cause.CANCELLED },
    });
    told.timeMs += MEMBER_SILENT_MS + 1_000;
    told.open("M", "dan");
    expect(told.of("L")).toBeUndefined();
  });

  it("has bounds: its size, that of any lobby, and their number", () => {
    const told = new Told();
    told.open("L", "ann", { size: 10_000 });
    expect(told.of("L")?.size).toBe(LOBBY_SIZE_MAX);
    told.fold.lobbies = new Lobbies(1);
    told.open("M", "ann");
    expect(told.open("N", "ben").lobbyRefused).toEqual({ seq: 3, code: "RATE_LIMITED", field: "lobbyId" });
  });
});

describe("what is refused leaves no trace but its reason", () => {
  const who = (whom: string): [string, string, LobbyChanged["change"]] => [
    "FORBIDDEN",
    whom,
    { $case: "leader", value: whom },
  ];
  const cases: [string, string, string, LobbyChanged["change"], string?][] = [
    ["LOBBY_FULL", "joinCode", "eve", { $case: "joined", value: posted("eve") }],
    ["LOBBY_NOT_FOUND", "lobbyId", "eve", { $case: "joined", value: posted("eve") }, "gone"],
    ["LOBBY_NOT_FOUND", "lobbyId", "eve", { $case: "ready", value: true }],
    ["LOBBY_NOT_FOUND", "lobbyId", "eve", { $case: "left", value: { playerId: "eve" } }],
    ["LOBBY_NOT_FOUND", "lobbyId", "eve", undefined],
    ["FORBIDDEN", "playerId", "ben", { $case: "left", value: { playerId: "ann" } }],
    ["FORBIDDEN", "playerId", "ben", who("ben")[2]],
    ["FORBIDDEN", "playerId", "ben", { $case: "queues", value: { queues: ["duel"] } }],
    ["FORBIDDEN", "playerId", "ben", { $case: "closed", value: {} }],
    ["LOBBY_NOT_FOUND", "playerId", "ann", { $case: "left", value: { playerId: "eve" } }],
    ["LOBBY_NOT_FOUND", "playerId", "ann", who("eve")[2]],
    [
      "JOIN_CODE_TAKEN",
      "joinCode",
      "eve",
      { $case: "opened", value: { joinCode: "C_L", size: 4, player: posted("eve") } },
      "M",
    ],
  ];
  it.each(cases)("%s of %s: %s, %j", (code, field, by, change, lobbyId = "L") => {
    const told = readyThree();
    told.join("L", "dan");
    const before = JSON.stringify(lobbiesOf(told.fold));
    const { lobbyRefused, lobbies } = told.lobby(lobbyId, by, change);
    expect(lobbyRefused).toEqual({ seq: told.seq, code, field });
    expect(lobbies.size).toBe(0);
    expect(JSON.stringify(lobbiesOf(told.fold))).toBe(before);
  });
});

describe("what the leader may do", () => {
  it("send a member away, pass the lead on, change the queues, close it", () => {
    const told = readyThree();
    told.leave("L", "ann", "cem");
    expect(told.members("L")).toEqual(["ann", "ben"]);
    told.lobby("L", "ann", { $case: "queues", value: { queues: ["duel", "ffa"] } });
    // Who was ready was so for other queues; the leader knows.
    expect([...told.of("L")!.members.values()].map(({ ready }) => ready)).toEqual([true, false]);
    told.lobby("L", "ann", { $case: "leader", value: "ben" });
    expect(told.of("L")).toMatchObject({ leaderId: "ben", queues: ["duel", "ffa"] });
    const changes = told.lobby("L", "ben", { $case: "closed", value: {} });
    expect([told.of("L"), [...changes.lobbies][0]?.closed]).toEqual([undefined, true]);
  });
});

describe("its ticket", () => {
  it("is taken when its members are the players, the leader posts it and all are ready", () => {
    const told = readyThree();
    const changes = told.post("t", "L", "ann", "cem", "ben");
    expect(changes.refused).toBeUndefined();
    expect(told.ticket("t")).toMatchObject({ status: "open", lobbyId: "L" });
    expect(told.of("L")?.ticketId).toBe("t");
    expect([...changes.lobbies]).toEqual([told.of("L")]);
  });

  it.each<[string, (told: Told) => void, string[]]>([
    ["one is not ready", (told) => told.lobby("L", "cem", { $case: "ready", value: false }), []],
    ["another posts it", () => {}, ["ben", "ann", "cem"]],
    ["one is left out", () => {}, ["ann", "ben"]],
    ["one is named twice", () => {}, ["ann", "ben", "ben"]],
    ["a stranger is in it", () => {}, ["ann", "ben", "eve"]],
    ["one has gone", (told) => told.leave("L", "cem"), []],
    ["one has come", (told) => told.join("L", "dan"), []],
    ["the leader is another", (told) => told.lobby("L", "ann", { $case: "leader", value: "ben" }), []],
    ["it is no more", (told) => told.lobby("L", "ann", { $case: "closed", value: {} }), []],
  ])("else is LOBBY_CHANGED: %s", (_, happens, players) => {
    const told = readyThree();
    happens(told);
    const { refused } = told.post("t", "L", ...(players.length > 0 ? players : ["ann", "ben", "cem"]));
    expect(refused).toMatchObject({ ticketId: "t", code: "LOBBY_CHANGED" });
    expect(told.ticket("t")).toBeUndefined();
  });

  it.each<[string, (told: Told) => void]>([
    ["leaves", (told) => told.leave("L", "cem")],
    ["is sent away", (told) => told.leave("L", "ann", "cem")],
    ["comes into another lobby", (told) => told.open("M", "cem")],
    [
      "is asked for other queues",
      (told) => told.lobby("L", "ann", { $case: "queues", value: { queues: ["ffa"] } }),
    ],
    ["is not ready any more", (told) => told.lobby("L", "cem", { $case: "ready", value: false })],
  ])("is cancelled, cause `party`, when a member %s", (_, happens) => {
    const told = readyThree();
    told.post("t", "L", "ann", "ben", "cem");
    happens(told);
    expect(told.ticket("t")?.history.at(-1)).toMatchObject({ type: "cancelled", cause: "party" });
    expect(told.of("L")?.ticketId).toBe("");
    expect([...told.of("L")!.members.values()].some(({ ready }) => ready)).toBe(false);
  });

  it("goes on when someone comes who is not in it, and when a member was in no hurry before", () => {
    const told = readyThree();
    told.post("t", "L", "ann", "ben", "cem");
    told.join("L", "dan");
    told.leave("L", "dan");
    expect(told.ticket("t")?.status).toBe("open");
  });

  it("is cancelled when a room refuses it after a member left", () => {
    const told = readyThree();
    told.post("t", "L", "ann", "ben", "cem");
    told.decide("t");
    told.leave("L", "cem");
    const placements = [{ matchId: "m", ok: false, roomEpoch: 0, errorCode: "ROOM_FULL" }];
    told.record({ $case: "matchesPlaced", value: { placements } });
    expect(told.ticket("t")?.history.at(-1)).toMatchObject({ type: "cancelled", cause: "party" });
    expect(told.fold.open.size).toBe(0);
  });

  it("goes on when it is being placed; after it, all have to be ready again", () => {
    const told = readyThree();
    told.post("t", "L", "ann", "ben", "cem");
    told.decide("t");
    told.leave("L", "cem");
    expect(told.ticket("t")?.status).toBe("placing");
    const placements = [{ matchId: "m", ok: true, roomEpoch: 1, errorCode: "" }];
    told.record({ $case: "matchesPlaced", value: { placements } });
    expect(told.ticket("t")?.status).toBe("assigned");
    expect(told.of("L")?.ticketId).toBe("t");
    expect([...told.of("L")!.members.values()].map(({ ready }) => ready)).toEqual([false, false]);
  });
});

it("a snapshot has all of it, as it was when it began", () => {
  const told = readyThree();
  told.open("M", "dan");
  told.open("N", "eve");
  told.post("t", "L", "ann", "ben", "cem");
  told.post("u", "", "eve");
  const before = lobbiesOf(told.fold);
  const saving = encodeFold(told.fold);
  const lines = [saving.next().value as string];
  told.leave("L", "ann");
  told.timeMs += MEMBER_SILENT_MS + 1_000;
  told.lobby("M", "dan");
  expect(told.of("N")?.members.get("eve" as PlayerId)?.heardAtMs).toBe(told.timeMs);
  lines.push(...saving);
  const again = restored(lines);
  expect(lobbiesOf(again)).toEqual(before);
  expect(again.lobbies.byCode.get("C_L")?.members.size).toBe(3);
  expect(again.lobbies.of.get("dan" as PlayerId)?.id).toBe("M");
  expect([...again.lobbies.heard.keys()].sort()).toEqual(["ann", "ben", "cem", "dan", "eve"]);
  expect(lobbiesOf(told.fold)).not.toEqual(before);
});
