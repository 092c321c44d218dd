import { type LobbyId, Prng, type TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { type LobbyChanged, type LogEntry, TicketsClosed_Cause } from "@warren/protocol/services";
import { forEachSeed } from "@warren/testkit";
import { expect, it } from "vitest";
import { restored, stateOf } from "../testing/index.ts";
import { Fold } from "./fold.ts";
import { encodeFold } from "./fold-snapshot.ts";
import { Lobbies, lobbyRow, MEMBER_SILENT_MS } from "./lobbies.ts";

// Three replicas write what players do, each by what it has folded so far, so that much of it comes too late; all of
// them fold one log. After every record the rules of lobbies hold, and at equal sequence the states are equal.

type Body = NonNullable<LogEntry["body"]>;
const RUNS = 300;
const STEPS = 120;
/** Writing a state down costs more than all that leads to it. */
const STATE_EVERY = 8;
/** A broken rule has to be found within so many runs. */
const RUNS_TO_FIND = 300;
const PLAYERS = ["ann", "ben", "cem", "dan", "eve", "fay"];
const CODES = ["AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD"];
const posted = (playerId: string) => ({ playerId, joinJson: "{}", attributes: [], latencies: [] });

interface Entry {
  readonly seq: number;
  readonly timeMs: number;
  readonly body: Body;
}

function run(seed: number, newFold: () => Fold): void {
  const prng = new Prng(seed);
  const log: Entry[] = [];
  const states = new Map<number, string>();
  const folds = [newFold(), newFold(), newFold()];
  let timeMs = 0;

  const step = (at: number, count: number) => {
    const fold = folds[at]!;
    for (const { seq, timeMs: atMs, body } of log.slice(fold.seq, fold.seq + count)) {
      const before = body.$case === "lobbyChanged" ? traceOf(fold) : "";
      const changes = fold.apply(seq, atMs, false, { version: RECORD_VERSION, body });
      if (changes.lobbyRefused && changes.lobbies.size === 0)
        must(traceOf(fold) === before, "what was refused left a trace");
      check(fold);
      if (seq % STATE_EVERY !== 0) continue;
      const state = stateOf(fold);
      must((states.get(seq) ?? state) === state, `states differ at ${seq}`);
      states.set(seq, state);
    }
  };

  for (let i = 0; i < STEPS; i++) {
    timeMs += prng.int(0, 20) === 0 ? MEMBER_SILENT_MS / 2 : prng.int(0, 5_000);
    const at = prng.int(0, folds.length - 1);
    const body = somethingHappens(prng, folds[at]!, i);
    if (body) log.push({ seq: log.length + 1, timeMs, body });
    step(prng.int(0, folds.length - 1), prng.int(0, 4));
    // A replica that starts anew from a snapshot of another.
    if (prng.int(0, 30) === 0) {
      const from = folds[prng.int(0, folds.length - 1)]!;
      const copy = restored(encodeFold(from));
      copy.lobbies = Object.assign(newFold().lobbies, copy.lobbies);
      folds[at] = copy;
    }
  }
  for (const at of folds.keys()) step(at, log.length);
}

/** All of lobbies but when somebody was heard of: who waits in a queue is heard of anew with any record. */
function traceOf({ lobbies }: Fold): string {
  return JSON.stringify([...lobbies.byId.values()].map(lobbyRow), (key, value) =>
    key === "heardAtMs" ? undefined : value,
  );
}

/** What a player wants next, as the replica sees it: mostly sensible, often too late. */
function somethingHappens(prng: Prng, fold: Fold, i: number): Body | undefined {
  const playerId = prng.pick(PLAYERS);
  const lobbies = [...fold.lobbies.byId.values()];
  const mine = fold.lobbies.of.get(playerId as never);
  const lobby = prng.int(0, 3) > 0 && mine ? mine : lobbies.length > 0 ? prng.pick(lobbies) : undefined;
  const change = (lobbyId: string, of: LobbyChanged["change"]): Body => ({
    $case: "lobbyChanged",
    value: { lobbyId, playerId, change: of },
  });
  const what = prng.int(0, 13);
  if (!lobby || what === 0) {
    const value = { joinCode: prng.pick(CODES), size: prng.int(2, 4), player: posted(playerId) };
    return change(`L${i}`, { $case: "opened", value });
  }
  const someone = prng.pick(PLAYERS);
  if (what <= 3) {
    return change(prng.pick(lobbies).id, { $case: "joined", value: posted(playerId) });
  }
  if (what <= 6) return change(lobby.id, { $case: "ready", value: prng.int(0, 5) > 0 });
  if (what === 7)
    return change(lobby.id, {
      $case: "left",
      value: { playerId: prng.int(0, 1) === 0 ? playerId : someone },
    });
  if (what === 8) return change(lobby.id, { $case: "leader", value: someone });
  if (what === 9) {
    if (prng.int(0, 3) === 0) return change(lobby.id, { $case: "closed", value: {} });
    if (prng.int(0, 2) === 0) return change(lobby.id, { $case: "queues", value: { queues: [`q${i}`] } });
    return change(lobby.id, undefined);
  }
  if (what === 10) {
    const [ticket] = fold.open;
    const [other] = fold.placing.values();
    if (other) {
      const placements = [
        { matchId: other.matchId, ok: prng.int(0, 1) === 0, roomEpoch: 1, errorCode: "ROOM_FULL" },
      ];
      return { $case: "matchesPlaced", value: { placements } };
    }
    if (!ticket) return undefined;
    if (prng.int(0, 2) === 0)
      return {
        $case: "ticketsClosed",
        value: { ticketIds: [ticket.id], cause: prng.pick([TicketsClosed_Cause.CANCELLED, 2]) },
      };
    return decided(i, ticket.id);
  }
  const players = [lobby.leaderId, ...[...lobby.members.keys()].filter((id) => id !== lobby.leaderId)];
  return {
    $case: "ticketPosted",
    value: {
      ticketId: `t${i}`,
      players: players.map(posted),
      queues: ["duel"],
      replace: false,
      lobbyId: lobby.id,
    },
  };
}

function decided(i: number, ticketId: TicketId): Body {
  const match = {
    matchId: `m${i}`,
    queue: "duel",
    tickets: [{ ticketId, team: 0, roles: [] }],
    nodeId: "n",
    roomId: `r${i}`,
    backfillGeneration: 0,
    fillTo: 0,
    skill: 0,
    region: "",
    quality: 1,
    acceptMs: 0,
    declineMs: 0,
    missMs: 0,
  };
  return { $case: "matchesDecided", value: { epoch: 0, matches: [match] } };
}

/** A matcher of the test runner costs more than all the rest of a run. */
function must(ok: boolean, text: string): void {
  if (!ok) throw new Error(text);
}

function check({ lobbies, tickets }: Fold): void {
  const { byId, byCode, of, heard } = lobbies;
  let members = 0;
  for (const lobby of byId.values()) {
    members += lobby.members.size;
    must(lobby.members.has(lobby.leaderId), "the leader is no member");
    must(lobby.members.size <= lobby.size, "more members than the lobby takes");
    must(byCode.get(lobby.joinCode) === lobby, "a code leads elsewhere");
    for (const id of lobby.members.keys()) must(of.get(id) === lobby, "a member is elsewhere too");
  }
  must(byCode.size === byId.size, "a code is left over");
  must(of.size === members && heard.size === members, "a player is left over");
  let lastMs = 0;
  for (const [id, member] of heard) {
    must(of.get(id)?.members.get(id) === member, "who is heard of is no member");
    must(member.heardAtMs >= lastMs, "the longest silent comes first");
    lastMs = member.heardAtMs;
  }
  for (const { id, status, lobbyId, players } of tickets.values()) {
    if (lobbyId === "" || (status !== "open" && status !== "proposed")) continue;
    const lobby = byId.get(lobbyId as LobbyId);
    for (const { id: player } of players)
      must(lobby?.members.get(player)?.ready === true, `${id} queues with ${player}, who is not ready`);
    must(lobby?.ticketId === id, "a lobby does not know its ticket");
  }
}

it("lobbies keep their rules, and are the same on every replica", () => {
  forEachSeed(RUNS, (seed) => run(seed, () => new Fold()));
});

class TakesAnyTicket extends Lobbies {
  override mayQueue(): boolean {
    return true;
  }
}
class TellsOfNoLeaver extends Lobbies {
  override apply(...args: Parameters<Lobbies["apply"]>) {
    return { ...super.apply(...args), withdrawn: [] };
  }
}
class KeepsSilence extends Lobbies {
  override forgetSilent(...args: Parameters<Lobbies["forgetSilent"]>) {
    const done = super.forgetSilent(...args);
    const [lobby] = done?.lobbies ?? [];
    const [first] = lobby?.members.keys() ?? [];
    if (lobby && first) lobby.leaderId = "nobody" as typeof first;
    return done;
  }
}

it.each([
  ["a ticket is taken whoever is ready", TakesAnyTicket, /who is not ready/],
  ["a ticket goes on without a member", TellsOfNoLeaver, /who is not ready/],
  ["a silent leader leads on", KeepsSilence, /the leader is no member/],
])("the check can fail: %s", (_, Broken, finds) => {
  const newFold = () => Object.assign(new Fold(), { lobbies: new Broken() });
  const find = () => {
    for (let seed = 1; seed <= RUNS_TO_FIND; seed++) run(seed, newFold);
  };
  expect(find).toThrow(finds);
});
