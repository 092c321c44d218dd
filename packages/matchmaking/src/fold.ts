import type { MatchId, NodeId, PlayerId, RoomId, TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import {
  type LogEntry,
  type Match,
  type MatchTicket,
  type Placement,
  type TicketPlayer as PostedPlayer,
  type QueueVersion,
  type ResultReported,
  type TicketPosted,
  TicketsClosed_Cause,
} from "@warren/protocol/services";
import type { EndCause, Ticket, TicketEvent, TicketPlayer } from "./ticket.ts";

/**
 * A finished ticket is remembered this long, in fold time, so that a client that comes back learns how it ended.
 * Longer than a log refuses a duplicate, or a repeated POST would find neither ticket nor a way to make one.
 */
export const FINAL_RETENTION_MS = 150_000;

/** Events remembered per ticket: the first ones go when rooms refuse again and again. */
export const HISTORY_MAX = 32;

export interface PlacedRoom {
  readonly nodeId: NodeId;
  readonly players: Set<PlayerId>;
  /** The match that opened it, its queue and mean skill; of a room that belongs to no match "", "" and 0. */
  readonly matchId: MatchId | "";
  readonly queue: string;
  readonly skill: number;
}

/** A match whose players are asked whether they want it. */
export interface Proposed {
  readonly match: Match;
  /** In fold time; the decider dissolves it then. */
  readonly acceptByMs: number;
  readonly accepted: Set<PlayerId>;
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
  /** Tickets whose last event stream closed: they may be orphans. */
  readonly unwatched: Ticket[];
  /** A ticket that was not taken. */
  refused: Refused | undefined;
  /** Queues with a new version. */
  readonly queues: string[];
  /** Players who were given a seat while they had one elsewhere; that one has to be released. */
  readonly superseded: { readonly playerId: PlayerId; readonly roomId: RoomId; readonly nodeId: NodeId }[];
}

/** A record whose meaning this build does not know: the replica must leave the domain. */
export class UnknownRecord extends Error {
  override readonly name = "UnknownRecord";
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
  readonly tickets = new Map<TicketId, Ticket>();
  readonly open = new Set<Ticket>();
  readonly openOf = new Map<PlayerId, Ticket>();
  /** Queues of the game, at the version that holds now. */
  readonly queues = new Map<string, QueueVersion>();
  /** Matches that wait for their players' word. */
  readonly proposed = new Map<MatchId, Proposed>();
  /** Matches decided, accepted if they have to be, and not placed yet. */
  readonly placing = new Map<MatchId, Match>();
  /** Until when players may not queue, in fold time. */
  readonly cooldowns = new Map<PlayerId, number>();
  /** Results whose ratings or delivery are not settled, oldest first. */
  readonly results = new Map<
    MatchId,
    { readonly seq: number; readonly result: ResultReported; rated: boolean; delivered: boolean }
  >();
  readonly rooms = new Map<RoomId, PlacedRoom>();
  /** The one room each player sits in; a newer seat takes its place. */
  readonly seatOf = new Map<PlayerId, RoomId>();
  /** Tickets that ended, in the order they will be forgotten in. */
  readonly finals: { readonly ticket: Ticket; readonly atMs: number }[] = [];

  apply(seq: number, timeMs: number, isDeciders: boolean, entry: LogEntry): Changes {
    const changes: Changes = {
      tickets: [],
      opened: [],
      left: [],
      unwatched: [],
      refused: undefined,
      queues: [],
      superseded: [],
    };
    if (seq <= this.seq) return changes;
    if (entry.version !== RECORD_VERSION || !entry.body)
      throw new UnknownRecord(`record ${seq} has version ${entry.version}`);
    this.seq = seq;
    this.timeMs = Math.max(this.timeMs, timeMs);
    if (isDeciders) this.deciderSeq = seq;
    switch (entry.body.$case) {
      case "ticketPosted":
        this.#post(entry.body.value, changes);
        break;
      case "ticketsClosed":
        for (const id of entry.body.value.ticketIds)
          this.#close(id as TicketId, entry.body.value.cause, changes);
        break;
      case "epochStarted":
        this.epoch = Math.max(this.epoch, entry.body.value.epoch);
        break;
      case "matchesDecided":
        if (entry.body.value.epoch === this.epoch)
          for (const match of entry.body.value.matches) this.#decide(match, changes);
        break;
      case "matchesPlaced":
        for (const placement of entry.body.value.placements) this.#place(placement, changes);
        break;
      case "roomsClosed":
        for (const id of entry.body.value.roomIds) this.#closeRoom(id as RoomId);
        break;
      case "seatTaken": {
        const { playerId, roomId, nodeId } = entry.body.value;
        this.#sit(playerId as PlayerId, roomId as RoomId, nodeId as NodeId, changes);
        break;
      }
    }
    this.#forgetFinals();
    return changes;
  }

  /** Passes over a place in the log that holds no record. */
  skip(seq: number): void {
    this.seq = Math.max(this.seq, seq);
  }

  /** A player has at most one open ticket: the first in the log wins, a later one leaves no trace. */
  #post(posted: TicketPosted, changes: Changes): void {
    const id = posted.ticketId as TicketId;
    if (this.tickets.has(id) || posted.players.length === 0) return;
    for (const { playerId } of posted.players) {
      if (!this.openOf.has(playerId as PlayerId)) continue;
      changes.refused = { ticketId: id, code: "TICKET_EXISTS", playerId: playerId as PlayerId, untilMs: 0 };
      return;
    }
    const ticket: Ticket = {
      id,
      players: posted.players.map(playerOf),
      queues: posted.queues,
      lobbyId: posted.lobbyId,
      postedAtMs: this.timeMs,
      status: "open",
      returns: 0,
      returnedAtMs: 0,
      unwatchedAtMs: 0,
      history: [],
    };
    this.tickets.set(id, ticket);
    for (const player of ticket.players) this.openOf.set(player.id, ticket);
    this.#open(ticket, changes);
    this.#happened(ticket, { seq: this.seq, type: "queued" }, changes);
  }

  #open(ticket: Ticket, changes: Changes): void {
    ticket.status = "open";
    this.open.add(ticket);
    changes.opened.push(ticket);
  }

  #close(id: TicketId, cause: TicketsClosed_Cause, changes: Changes): void {
    const ticket = this.tickets.get(id);
    if (!ticket) return;
    if (
      ticket.status === "open" ||
      (ticket.status === "placing" && cause === TicketsClosed_Cause.CANCELLED)
    ) {
      const type = cause === TicketsClosed_Cause.CANCELLED ? "cancelled" : "expired";
      this.#finish(ticket, type, changes);
      const why: EndCause =
        cause === TicketsClosed_Cause.CANCELLED
          ? "asked"
          : cause === TicketsClosed_Cause.EXPIRED
            ? "expired"
            : "orphaned";
      this.#happened(ticket, { seq: this.seq, type, cause: why }, changes);
    }
  }

  /** Valid only if every ticket is open here; else the match leaves no trace. */
  #decide(match: Match, changes: Changes): void {
    const tickets = match.tickets.map(({ ticketId }) => this.tickets.get(ticketId as TicketId));
    const matchId = match.matchId as MatchId;
    if (tickets.length === 0 || new Set(tickets).size !== tickets.length || this.placing.has(matchId)) return;
    if (!tickets.every((ticket) => ticket?.status === "open")) return;
    this.placing.set(matchId, match);
    for (const ticket of tickets as Ticket[]) {
      ticket.status = "placing";
      this.open.delete(ticket);
      changes.left.push(ticket);
      this.#happened(ticket, { seq: this.seq, type: "placing", matchId }, changes);
    }
  }

  #place({ matchId: id, ok, errorCode }: Placement, changes: Changes): void {
    const matchId = id as MatchId;
    const match = this.placing.get(matchId);
    if (!match) return;
    this.placing.delete(matchId);
    for (const seat of match.tickets) {
      const ticket = this.tickets.get(seat.ticketId as TicketId);
      if (!ticket) continue;
      if (ticket.status === "placing" && !ok) {
        ticket.returns++;
        ticket.returnedAtMs = this.timeMs;
        this.#open(ticket, changes);
        this.#happened(ticket, { seq: this.seq, type: "returned", cause: errorCode }, changes);
      } else if (ok) this.#seat(match, seat, ticket, changes);
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
    this.#finish(ticket, "assigned", changes);
    for (const { id } of ticket.players) this.#sit(id, roomId, nodeId, changes, match);
    const { queue } = match;
    this.#happened(
      ticket,
      { seq: this.seq, type: "assigned", matchId, roomId, nodeId, queue, team, roles },
      changes,
    );
  }

  #sit(playerId: PlayerId, roomId: RoomId, nodeId: NodeId, changes: Changes, match?: Match): void {
    const before = this.seatOf.get(playerId);
    const room: PlacedRoom = this.rooms.get(roomId) ?? {
      nodeId,
      players: new Set(),
      matchId: (match?.matchId ?? "") as MatchId | "",
      queue: match?.queue ?? "",
      skill: match?.skill ?? 0,
    };
    this.rooms.set(roomId, room);
    room.players.add(playerId);
    this.seatOf.set(playerId, roomId);
    const left = before === undefined || before === roomId ? undefined : this.rooms.get(before);
    if (before !== undefined && left) {
      left.players.delete(playerId);
      changes.superseded.push({ playerId, roomId: before, nodeId: left.nodeId });
    }
  }

  /** Has a seat in the room, or a newer ticket that is about to get one there. */
  #sitsIn(playerId: PlayerId, roomId: RoomId): boolean {
    if (this.seatOf.get(playerId) === roomId) return true;
    const ticket = this.openOf.get(playerId);
    if (ticket?.status !== "placing") return false;
    return [...this.placing.values()].some(
      (match) => match.roomId === roomId && match.tickets.some(({ ticketId }) => ticketId === ticket.id),
    );
  }

  #closeRoom(id: RoomId): void {
    for (const player of this.rooms.get(id)?.players ?? [])
      if (this.seatOf.get(player) === id) this.seatOf.delete(player);
    this.rooms.delete(id);
  }

  #finish(ticket: Ticket, status: "assigned" | "cancelled" | "expired", changes: Changes): void {
    ticket.status = status;
    if (this.open.delete(ticket)) changes.left.push(ticket);
    for (const { id } of ticket.players) this.openOf.delete(id);
    this.finals.push({ ticket, atMs: this.timeMs });
  }

  #happened(ticket: Ticket, event: TicketEvent, changes: Changes): void {
    ticket.history.push(event);
    if (ticket.history.length > HISTORY_MAX) ticket.history.shift();
    changes.tickets.push(ticket);
  }

  #forgetFinals(): void {
    let count = 0;
    while (count < this.finals.length && this.timeMs - this.finals[count]!.atMs > FINAL_RETENTION_MS) {
      this.tickets.delete(this.finals[count]!.ticket.id);
      count++;
    }
    if (count > 0) this.finals.splice(0, count);
  }
}

function playerOf({ playerId, joinJson, attributes, latencies }: PostedPlayer): TicketPlayer {
  return {
    id: playerId as PlayerId,
    joinJson,
    attributes: attributes.map(({ name, value, sigma }) => ({
      name,
      value: value === undefined ? 0 : value.$case === "set" ? value.value.values : value.value,
      sigma,
    })),
    latencies,
  };
}
