import type { LobbyId, MatchId, NodeId, PlayerId, ReplicaId, RoomId, TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import {
  type LogEntry,
  type Match,
  type MatchTicket,
  type Placement,
  type QueueVersion,
  type ResultReported,
  type ResultsSettled,
  type TicketPosted,
  type TicketsClosed,
  TicketsClosed_Cause,
  type Voted,
} from "@warren/protocol/services";
import { Fifo } from "./fifo.ts";
import { Lobbies, type Lobby, type LobbyChanges, type LobbyRefused } from "./lobbies.ts";
import { oneList } from "./one-of-a-kind.ts";
import { type PlacedRoom, Seats, type Superseded } from "./seats.ts";
import { Streams } from "./streams.ts";
import { Table } from "./table.ts";
import { isFinal, matchOf, type Ticket, type TicketEvent } from "./ticket.ts";
import { finite, ticketPlayerOf } from "./ticket-player.ts";

/**
 * A finished ticket is remembered this long, in fold time, so that a client that comes back learns how it ended.
 * Longer than a log refuses a duplicate, or a repeated POST would find neither ticket nor a way to make one.
 */
export const FINAL_RETENTION_MS = 150_000;

/** Events remembered per ticket: the first ones go when rooms refuse again and again. */
export const HISTORY_MAX = 32;

/** What is over is looked for once in so much fold time. */
const SWEEP_MS = 1_000;

/** A match whose players are asked whether they want it. */
export interface Proposed {
  readonly match: Match;
  /** In fold time; the decider dissolves it then. */
  readonly acceptByMs: number;
  readonly accepted: Set<PlayerId>;
}

/** A result that is not settled. */
export interface Result {
  /** Place of its record: results are rated in this order. */
  readonly seq: number;
  /** In fold time. */
  readonly reportedAtMs: number;
  /** Queue of the match. */
  readonly queue: string;
  readonly result: ResultReported;
  rated: boolean;
  delivered: boolean;
}

/** Why a posted ticket was not taken. */
export interface Refused {
  readonly ticketId: TicketId;
  readonly code: "TICKET_EXISTS" | "COOLDOWN" | "LOBBY_CHANGED";
  /** The player it is about. */
  readonly playerId: PlayerId;
  /** Of COOLDOWN: until when, in fold time. */
  readonly untilMs: number;
}

/** What one record changed. */
export interface Changes {
  /** Tickets with a new event. */
  readonly tickets: Ticket[];
  /** Tickets that became open, and that are not open any more: what the matcher's index follows. */
  readonly opened: Ticket[];
  readonly left: Ticket[];
  /** A ticket that was not taken. */
  refused: Refused | undefined;
  /** Queues with a new version. */
  readonly queues: string[];
  /** Results to be rated and delivered. */
  readonly results: Result[];
  /** Lobbies that are new, changed or no more. */
  lobbies: ReadonlySet<Lobby>;
  /** A change of a lobby that was not taken. */
  lobbyRefused: LobbyRefused | undefined;
  /** Seats that have to be released. */
  readonly superseded: Superseded[];
  /** Replicas that were silent too long: their streams count as closed until they tell of them again. */
  silenced: readonly ReplicaId[];
}

/** A record whose meaning this build does not know: the replica must leave the domain. */
export class UnknownRecord extends Error {
  override readonly name = "UnknownRecord";
}

/** Throws {@link UnknownRecord} unless records of this version can be read; `what` is what has the version. */
export function checkRecordVersion(version: number, what: string): void {
  if (version === RECORD_VERSION) return;
  const advice =
    version < RECORD_VERSION
      ? "it was written by an older Warren: let that one finish its matches, then start with an empty log"
      : "it was written by a newer Warren: update this replica";
  throw new UnknownRecord(
    `${what} has version ${version}, and this build reads version ${RECORD_VERSION}; ${advice}`,
  );
}

/**
 * The state of a domain: a pure function of its records in their order. Equal sequence, equal state, on every replica.
 * No clock and no randomness: time is the highest record time so far.
 */
export class Fold {
  /** Place of the last record applied. */
  seq = 0;
  timeMs = 0;
  /** Counts deciders. */
  epoch = 0;
  /** Place of the last record of the decider's subject: what the next one has to expect. */
  deciderSeq = 0;
  readonly tickets = new Table<TicketId, Ticket>();
  readonly open = new Set<Ticket>();
  /** The one ticket of each player that is not final. */
  readonly openOf = new Map<PlayerId, Ticket>();
  /** Queues of the game, at the version that holds now. */
  readonly queues = new Table<string, QueueVersion>();
  /** Matches that wait for their players' word. */
  readonly proposed = new Table<MatchId, Proposed>();
  /** Matches decided, accepted if they have to be, and not placed yet. */
  readonly placing = new Table<MatchId, Match>();
  /** Until when players may not queue, in fold time. */
  readonly cooldowns = new Table<PlayerId, number>();
  /** Results whose ratings or delivery are not settled, oldest first. */
  readonly results = new Table<MatchId, Result>();
  readonly seats = new Seats();
  lobbies = new Lobbies();
  readonly streams = new Streams(this.tickets);
  /** Tickets that ended, in the order they will be forgotten in. */
  readonly finals = new Fifo<Ticket>();

  get rooms(): ReadonlyMap<RoomId, PlacedRoom> {
    return this.seats.rooms;
  }

  /** The one room each player sits in; a newer seat takes its place. */
  get seatOf(): ReadonlyMap<PlayerId, RoomId> {
    return this.seats.seatOf;
  }

  apply(seq: number, timeMs: number, isDeciders: boolean, entry: LogEntry): Changes {
    const changes: Changes = {
      tickets: [],
      opened: [],
      left: [],
      refused: undefined,
      queues: [],
      results: [],
      lobbies: NO_LOBBIES,
      lobbyRefused: undefined,
      superseded: [],
      silenced: NOBODY,
    };
    if (seq <= this.seq) return changes;
    checkRecordVersion(entry.version, `record ${seq}`);
    if (!entry.body)
      throw new UnknownRecord(`record ${seq} is of a kind this build does not know: update this replica`);
    const beforeMs = this.timeMs;
    this.seq = seq;
    this.timeMs = Math.max(beforeMs, timeMs);
    this.streams.pass(this.timeMs - beforeMs);
    if (isDeciders) this.deciderSeq = seq;
    this.#record(entry.body, changes);
    if (Math.floor(this.timeMs / SWEEP_MS) > Math.floor(beforeMs / SWEEP_MS)) this.#sweep(changes);
    this.#forgetFinals();
    return changes;
  }

  /** Passes over a place in the log that holds no record. */
  skip(seq: number): void {
    this.seq = Math.max(this.seq, seq);
  }

  #record(body: NonNullable<LogEntry["body"]>, changes: Changes): void {
    switch (body.$case) {
      case "ticketPosted":
        return this.#post(body.value, changes);
      case "ticketsClosed":
        return this.#close(body.value, changes);
      case "epochStarted":
        this.epoch = Math.max(this.epoch, body.value.epoch);
        return;
      case "matchesDecided":
        if (body.value.epoch === this.epoch)
          for (const match of body.value.matches) this.#decide(match, changes);
        return;
      case "matchesPlaced":
        for (const placement of body.value.placements) this.#placed(placement, changes);
        return;
      case "roomsClosed":
        for (const id of body.value.roomIds) this.seats.close(id as RoomId, this.timeMs);
        return;
      case "seatTaken": {
        const { playerId, roomId, nodeId } = body.value;
        const room = { nodeId: nodeId as NodeId, matchId: "", queue: "", skill: 0 } as const;
        const superseded = this.seats.sit(playerId as PlayerId, roomId as RoomId, room);
        if (superseded) changes.superseded.push(superseded);
        return;
      }
      case "queuesConfigured":
        for (const queue of body.value.queues) this.#configure(queue, changes);
        return;
      case "voted":
        return this.#vote(body.value, changes);
      case "matchesDissolved":
        for (const id of body.value.matchIds) this.#miss(id as MatchId, changes);
        return;
      case "streamsChanged":
        return this.streams.changed(body.value, this.timeMs);
      case "resultReported":
        return this.#report(body.value, changes);
      case "resultsSettled":
        return this.#settle(body.value);
      case "lobbyChanged":
        return this.#inLobbies(this.lobbies.apply(this.seq, this.timeMs, body.value), changes);
    }
  }

  // --- tickets ---

  /** A player has at most one open ticket: the first in the log wins, unless the later one replaces it. */
  #post(posted: TicketPosted, changes: Changes): void {
    const id = posted.ticketId as TicketId;
    if (this.tickets.has(id) || posted.players.length === 0) return;
    changes.refused = this.#refusal(posted);
    if (changes.refused) return;
    if (posted.replace) {
      const replaced = posted.players.flatMap(({ playerId }) => this.openOf.get(playerId as PlayerId) ?? []);
      this.#withdraw(replaced, "replaced", changes);
    }
    const ticket: Ticket = {
      id,
      players: posted.players.map(ticketPlayerOf),
      queues: oneList(posted.queues),
      lobbyId: posted.lobbyId,
      postedAtMs: this.timeMs,
      status: "open",
      returns: 0,
      returnedAtMs: 0,
      watchers: NOBODY,
      unwatchedAtMs: 0,
      endedAtMs: 0,
      history: NOTHING,
    };
    this.tickets.set(id, ticket);
    for (const player of ticket.players) this.openOf.set(player.id, ticket);
    this.#open(ticket, { seq: this.seq, type: "queued" }, changes);
    this.#changedLobby(this.lobbies.queued(this.seq, ticket), changes);
  }

  /** Why a ticket is not taken: as a whole, whichever of its players it is about. */
  #refusal({ ticketId, players, replace, lobbyId }: TicketPosted): Refused | undefined {
    const refused = (code: Refused["code"], playerId: string, untilMs = 0): Refused => ({
      ticketId: ticketId as TicketId,
      code,
      playerId: playerId as PlayerId,
      untilMs,
    });
    const ids = players.map(({ playerId }) => playerId as PlayerId);
    if (lobbyId !== "" && !this.lobbies.mayQueue(lobbyId as LobbyId, ids))
      return refused("LOBBY_CHANGED", ids[0]!);
    for (const [i, { playerId }] of players.entries()) {
      const isTwice = i > 0 && players.findIndex((other) => other.playerId === playerId) < i;
      const other = this.openOf.get(playerId as PlayerId);
      if (isTwice || (other && (!replace || this.#mayNotWithdraw(other))))
        return refused("TICKET_EXISTS", playerId);
      const untilMs = this.cooldowns.get(playerId as PlayerId) ?? 0;
      if (untilMs > this.timeMs) return refused("COOLDOWN", playerId, untilMs);
    }
    return undefined;
  }

  /** It is in a match that costs who withdraws: to replace it would be to withdraw for nothing. */
  #mayNotWithdraw(ticket: Ticket): boolean {
    return costToWithdrawMs(this.#unplacedMatchOf(ticket)) > 0;
  }

  /** The match a ticket is in, as long as no room answered for it. */
  #unplacedMatchOf(ticket: Ticket): Match | undefined {
    const matchId = matchOf(ticket);
    if (matchId === undefined) return undefined;
    return this.proposed.get(matchId)?.match ?? this.placing.get(matchId);
  }

  #close({ ticketIds, cause }: TicketsClosed, changes: Changes): void {
    const tickets = ticketIds.flatMap((id) => this.tickets.get(id as TicketId) ?? []);
    if (cause === TicketsClosed_Cause.CANCELLED) return this.#withdraw(tickets, "asked", changes);
    const why = cause === TicketsClosed_Cause.ORPHANED ? "orphaned" : "expired";
    for (const ticket of tickets)
      if (ticket.status === "open")
        this.#end(ticket, { seq: this.seq, type: "expired", cause: why }, changes);
  }

  /**
   * Their players do not want them any more. Who withdraws from a proposed match has declined it; who withdraws from one
   * that all accepted pays as much. A seat that is being asked for is released when the answer comes.
   */
  #withdraw(
    tickets: readonly Ticket[],
    cause: "asked" | "replaced" | "declined" | "party",
    changes: Changes,
  ): void {
    const dissolved = new Set<Proposed>();
    for (const ticket of tickets) {
      if (isFinal(ticket)) continue;
      const match = this.#unplacedMatchOf(ticket);
      this.#end(ticket, { seq: this.seq, type: "cancelled", cause }, changes);
      if (!match) continue;
      this.#coolDown(ticket, costToWithdrawMs(match));
      const proposed = this.proposed.get(match.matchId as MatchId);
      if (proposed) dissolved.add(proposed);
    }
    for (const proposed of dissolved) this.#dissolve(proposed, "declined", changes);
  }

  #open(ticket: Ticket, event: TicketEvent, changes: Changes): void {
    this.#happened(ticket, event, changes);
    ticket.status = "open";
    this.open.add(ticket);
    changes.opened.push(ticket);
  }

  #leaveOpen(ticket: Ticket, changes: Changes): void {
    if (this.open.delete(ticket)) changes.left.push(ticket);
  }

  #end(
    ticket: Ticket,
    event: TicketEvent & { type: "assigned" | "cancelled" | "expired" },
    changes: Changes,
  ): void {
    this.#happened(ticket, event, changes);
    ticket.status = event.type;
    ticket.endedAtMs = this.timeMs;
    this.#leaveOpen(ticket, changes);
    this.streams.end(ticket);
    for (const { id } of ticket.players) this.openOf.delete(id);
    this.finals.push(ticket);
    this.#changedLobby(this.lobbies.ended(this.seq, ticket), changes);
  }

  /** The first thing that changes in a ticket, so that a save that runs has it as it was. */
  #happened(ticket: Ticket, event: TicketEvent, changes: Changes): void {
    this.tickets.touch(ticket.id);
    // Neither pushed nor spread: an array that grows takes room for seventeen more.
    const { history } = ticket;
    ticket.history = (history.length < HISTORY_MAX ? history : history.slice(1)).concat(event);
    changes.tickets.push(ticket);
  }

  // --- matches ---

  /** Valid only if every ticket is open here; else the match leaves no trace. */
  #decide(decided: Match, changes: Changes): void {
    const match = { ...decided, skill: finite(decided.skill), quality: finite(decided.quality) };
    const matchId = match.matchId as MatchId;
    if (this.placing.has(matchId) || this.proposed.has(matchId)) return;
    const tickets = new Set<Ticket>();
    for (const { ticketId } of match.tickets) {
      const ticket = this.tickets.get(ticketId as TicketId);
      if (ticket?.status !== "open" || tickets.has(ticket)) return;
      tickets.add(ticket);
    }
    if (tickets.size === 0) return;
    if (match.acceptMs === 0) {
      this.#startPlacing(match, tickets, changes);
      return;
    }
    const acceptByMs = this.timeMs + match.acceptMs;
    this.proposed.set(matchId, { match, acceptByMs, accepted: new Set() });
    for (const ticket of tickets) {
      this.#happened(ticket, { seq: this.seq, type: "proposed", matchId, acceptByMs }, changes);
      ticket.status = "proposed";
      this.#leaveOpen(ticket, changes);
    }
  }

  #startPlacing(match: Match, tickets: Iterable<Ticket>, changes: Changes): void {
    const matchId = match.matchId as MatchId;
    this.placing.set(matchId, match);
    for (const ticket of tickets) {
      this.#happened(ticket, { seq: this.seq, type: "placing", matchId }, changes);
      ticket.status = "placing";
      this.#leaveOpen(ticket, changes);
    }
  }

  #placed({ matchId: id, ok, errorCode }: Placement, changes: Changes): void {
    const match = this.placing.get(id as MatchId);
    if (!match) return;
    this.placing.delete(id as MatchId);
    for (const seat of match.tickets) {
      const ticket = this.tickets.get(seat.ticketId as TicketId);
      if (!ticket) continue;
      if (ok) this.#seat(match, seat, ticket, changes);
      else if (ticket.status === "placing") {
        this.#open(ticket, { seq: this.seq, type: "returned", cause: errorCode }, changes);
        ticket.returns++;
        ticket.returnedAtMs = this.timeMs;
        if (ticket.lobbyId !== "" && !this.lobbies.stillWant(ticket))
          this.#withdraw([ticket], "party", changes);
      }
    }
  }

  /** The room has the seats of a ticket's players. */
  #seat(match: Match, { team, roles }: MatchTicket, ticket: Ticket, changes: Changes): void {
    const roomId = match.roomId as RoomId;
    const nodeId = match.nodeId as NodeId;
    const matchId = match.matchId as MatchId;
    if (ticket.status !== "placing") {
      // Cancelled while the room was asked: the seats were reserved for nobody, unless a player sits there otherwise.
      for (const { id } of ticket.players)
        if (!this.#sitsIn(id, roomId)) changes.superseded.push({ playerId: id, roomId, nodeId });
      return;
    }
    const { queue, skill } = match;
    this.#end(
      ticket,
      { seq: this.seq, type: "assigned", matchId, roomId, nodeId, queue, team, roles },
      changes,
    );
    // A room that runs keeps the match that opened it.
    const room = { nodeId, matchId: match.backfillGeneration > 0 ? "" : matchId, queue, skill } as const;
    for (const { id } of ticket.players) {
      const superseded = this.seats.sit(id, roomId, room);
      if (superseded) changes.superseded.push(superseded);
    }
  }

  /** Has a seat in the room, or a newer ticket that is about to get one there. */
  #sitsIn(playerId: PlayerId, roomId: RoomId): boolean {
    if (this.seatOf.get(playerId) === roomId) return true;
    const ticket = this.openOf.get(playerId);
    const matchId = ticket && matchOf(ticket);
    return matchId !== undefined && this.placing.get(matchId)?.roomId === roomId;
  }

  // --- lobbies ---

  #inLobbies(done: LobbyChanges | undefined, changes: Changes): void {
    if (!done) return;
    changes.lobbyRefused ??= done.refused;
    for (const lobby of done.lobbies) this.#changedLobby(lobby, changes);
    const tickets = new Set<Ticket>();
    for (const { playerId, lobbyId } of done.withdrawn) {
      const ticket = this.openOf.get(playerId);
      if (ticket?.lobbyId === lobbyId && ticket.status !== "placing") tickets.add(ticket);
    }
    this.#withdraw([...tickets], "party", changes);
  }

  #changedLobby(lobby: Lobby | undefined, changes: Changes): void {
    if (!lobby) return;
    if (changes.lobbies === NO_LOBBIES) changes.lobbies = new Set();
    (changes.lobbies as Set<Lobby>).add(lobby);
  }

  // --- acceptance ---

  #vote({ matchId, playerId, accepts }: Voted, changes: Changes): void {
    const proposed = this.proposed.get(matchId as MatchId);
    const ticket = this.openOf.get(playerId as PlayerId);
    if (!proposed || !ticket || matchOf(ticket) !== matchId) return;
    if (!accepts) return this.#withdraw([ticket], "declined", changes);
    this.proposed.touch(matchId as MatchId);
    proposed.accepted.add(playerId as PlayerId);
    const tickets = this.#ticketsOf(proposed.match);
    if (!tickets.every(({ players }) => players.every(({ id }) => proposed.accepted.has(id)))) return;
    this.proposed.delete(matchId as MatchId);
    this.#startPlacing(proposed.match, tickets, changes);
  }

  /** The time to accept is over. */
  #miss(id: MatchId, changes: Changes): void {
    const proposed = this.proposed.get(id);
    if (!proposed) return;
    for (const ticket of this.#ticketsOf(proposed.match)) {
      if (ticket.players.every((player) => proposed.accepted.has(player.id))) continue;
      this.#end(ticket, { seq: this.seq, type: "cancelled", cause: "missed" }, changes);
      this.#coolDown(ticket, proposed.match.missMs);
    }
    this.#dissolve(proposed, "missed", changes);
  }

  /** Who did not end is open again with its age. */
  #dissolve({ match }: Proposed, cause: string, changes: Changes): void {
    for (const ticket of this.#ticketsOf(match))
      if (ticket.status === "proposed")
        this.#open(ticket, { seq: this.seq, type: "returned", cause }, changes);
    this.proposed.delete(match.matchId as MatchId);
  }

  #coolDown({ players }: Ticket, durationMs: number): void {
    if (durationMs === 0) return;
    const untilMs = this.timeMs + durationMs;
    for (const { id } of players)
      if ((this.cooldowns.get(id) ?? 0) < untilMs) this.cooldowns.set(id, untilMs);
  }

  #ticketsOf(match: Match): Ticket[] {
    return match.tickets.flatMap(({ ticketId }) => this.tickets.get(ticketId as TicketId) ?? []);
  }

  // --- queues and results ---

  #configure(queue: QueueVersion, changes: Changes): void {
    if (queue.version <= (this.queues.get(queue.name)?.version ?? 0)) return;
    this.queues.set(queue.name, queue);
    changes.queues.push(queue.name);
  }

  #report(result: ResultReported, changes: Changes): void {
    const matchId = result.matchId as MatchId;
    const queue = this.seats.report(result.roomId as RoomId, matchId, this.timeMs);
    if (queue === undefined) return;
    const kept: Result = {
      seq: this.seq,
      reportedAtMs: this.timeMs,
      queue,
      result,
      rated: false,
      delivered: false,
    };
    this.results.set(matchId, kept);
    changes.results.push(kept);
  }

  #settle({ rated, delivered }: ResultsSettled): void {
    this.#mark(rated, "rated");
    this.#mark(delivered, "delivered");
  }

  #mark(matchIds: readonly string[], done: "rated" | "delivered"): void {
    for (const id of matchIds as MatchId[]) {
      const result = this.results.get(id);
      if (!result) continue;
      this.results.touch(id);
      result[done] = true;
      if (result.rated && result.delivered) this.results.delete(id);
    }
  }

  // --- what is over ---

  #sweep(changes: Changes): void {
    for (const [player, untilMs] of this.cooldowns) if (untilMs <= this.timeMs) this.cooldowns.delete(player);
    this.seats.forget(this.timeMs);
    this.#inLobbies(
      this.lobbies.forgetSilent(this.seq, this.timeMs, (id) => this.openOf.has(id)),
      changes,
    );
    changes.silenced = this.streams.closeSilent(this.timeMs);
  }

  #forgetFinals(): void {
    for (;;) {
      const { first } = this.finals;
      if (!first || this.timeMs - first.endedAtMs <= FINAL_RETENTION_MS) return;
      this.tickets.delete(first.id);
      this.finals.shift();
    }
  }
}

const NOBODY: readonly ReplicaId[] = [];
const NOTHING: readonly TicketEvent[] = [];
/** Of nearly all records: making an empty set for each takes time. Never added to. */
const NO_LOBBIES: ReadonlySet<Lobby> = new Set();

/** Nothing, as long as nobody was asked. */
function costToWithdrawMs(match: Match | undefined): number {
  return match && match.acceptMs > 0 ? match.declineMs : 0;
}
