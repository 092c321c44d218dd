import type { MatchId, NodeId, PlayerId, RoomId, TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { type LogEntry, type Match, TicketClosed_Cause, type TicketPosted } from "@warren/protocol/services";

/**
 * A finished ticket is remembered this long, in fold time, so that a client that comes back learns how it ended.
 * Longer than a log refuses a duplicate, or a repeated POST would find neither ticket nor a way to make one.
 */
export const FINAL_RETENTION_MS = 150_000;

/** What happened to a ticket. `seq` is the record's place in the log: the id of the event on every replica. */
export type TicketEvent = { readonly seq: number } & (
  | { readonly type: "queued" }
  | { readonly type: "placing"; readonly matchId: MatchId }
  | {
      readonly type: "assigned";
      readonly matchId: MatchId;
      readonly roomId: RoomId;
      readonly nodeId: NodeId;
      readonly queue: string;
    }
  | { readonly type: "returned"; readonly cause: string }
  | { readonly type: "cancelled" }
  | { readonly type: "expired" }
);

/**
 *   open ──decided──▶ placing ──placed──▶ assigned
 *    │  ▲───refused──────┘│
 *    └──▶ cancelled ◀─────┘        open ──▶ expired
 */
export interface Ticket {
  readonly id: TicketId;
  readonly playerId: PlayerId;
  readonly queues: readonly string[];
  readonly attributes: ReadonlyMap<string, number>;
  readonly joinJson: string;
  readonly postedAtMs: number;
  status: "open" | "placing" | "assigned" | "cancelled" | "expired";
  /** How often a room refused it, and when last, in fold time. */
  returns: number;
  returnedAtMs: number;
  /** Everything that happened, oldest first; the last entry is the present. At most {@link HISTORY_MAX}. */
  readonly history: TicketEvent[];
}

/** Events remembered per ticket: the first ones go when rooms refuse again and again. */
export const HISTORY_MAX = 32;

export interface PlacedRoom {
  readonly nodeId: NodeId;
  readonly players: Set<PlayerId>;
}

/** What one record changed. */
export interface Changes {
  /** Tickets with a new event. */
  readonly tickets: Ticket[];
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
  /** Matches decided and not placed yet. */
  readonly placing = new Map<MatchId, Match>();
  readonly rooms = new Map<RoomId, PlacedRoom>();
  /** The one room each player sits in; a newer seat takes its place. */
  readonly seatOf = new Map<PlayerId, RoomId>();
  /** Tickets that ended, in the order they will be forgotten in. */
  readonly finals: { readonly ticket: Ticket; readonly atMs: number }[] = [];

  apply(seq: number, timeMs: number, isDeciders: boolean, entry: LogEntry): Changes {
    const changes: Changes = { tickets: [], superseded: [] };
    if (seq <= this.seq) return changes;
    if (entry.version > RECORD_VERSION || !entry.body)
      throw new UnknownRecord(`record ${seq} has version ${entry.version}`);
    this.seq = seq;
    this.timeMs = Math.max(this.timeMs, timeMs);
    if (isDeciders) this.deciderSeq = seq;
    switch (entry.body.$case) {
      case "ticketPosted":
        this.#post(entry.body.value, changes);
        break;
      case "ticketClosed":
        this.#close(entry.body.value.ticketId as TicketId, entry.body.value.cause, changes);
        break;
      case "epochStarted":
        this.epoch = Math.max(this.epoch, entry.body.value.epoch);
        break;
      case "matchesDecided":
        if (entry.body.value.epoch === this.epoch)
          for (const match of entry.body.value.matches) this.#decide(match, changes);
        break;
      case "matchPlaced":
        this.#place(
          entry.body.value.matchId as MatchId,
          entry.body.value.ok,
          entry.body.value.errorCode,
          changes,
        );
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
    const playerId = posted.playerId as PlayerId;
    if (this.tickets.has(id) || this.openOf.has(playerId)) return;
    const ticket: Ticket = {
      id,
      playerId,
      queues: posted.queues,
      attributes: posted.attributes,
      joinJson: posted.joinJson,
      postedAtMs: this.timeMs,
      status: "open",
      returns: 0,
      returnedAtMs: 0,
      history: [],
    };
    this.tickets.set(id, ticket);
    this.open.add(ticket);
    this.openOf.set(playerId, ticket);
    this.#happened(ticket, { seq: this.seq, type: "queued" }, changes);
  }

  #close(id: TicketId, cause: TicketClosed_Cause, changes: Changes): void {
    const ticket = this.tickets.get(id);
    if (!ticket) return;
    if (ticket.status === "open" || (ticket.status === "placing" && cause === TicketClosed_Cause.CANCELLED)) {
      const type = cause === TicketClosed_Cause.CANCELLED ? "cancelled" : "expired";
      this.#finish(ticket, type);
      this.#happened(ticket, { seq: this.seq, type }, changes);
    }
  }

  /** Valid only if every ticket is open here; else the match leaves no trace. */
  #decide(match: Match, changes: Changes): void {
    const tickets = match.ticketIds.map((id) => this.tickets.get(id as TicketId));
    const matchId = match.matchId as MatchId;
    if (tickets.length === 0 || new Set(tickets).size !== tickets.length || this.placing.has(matchId)) return;
    if (!tickets.every((ticket) => ticket?.status === "open")) return;
    this.placing.set(matchId, match);
    for (const ticket of tickets as Ticket[]) {
      ticket.status = "placing";
      this.open.delete(ticket);
      this.#happened(ticket, { seq: this.seq, type: "placing", matchId }, changes);
    }
  }

  #place(matchId: MatchId, ok: boolean, cause: string, changes: Changes): void {
    const match = this.placing.get(matchId);
    if (!match) return;
    this.placing.delete(matchId);
    const roomId = match.roomId as RoomId;
    const nodeId = match.nodeId as NodeId;
    for (const id of match.ticketIds) {
      const ticket = this.tickets.get(id as TicketId);
      if (!ticket) continue;
      if (ticket.status !== "placing") {
        // Cancelled while the room was asked: the seat was reserved for nobody, unless the player sits there otherwise.
        if (ok && !this.#sitsIn(ticket.playerId, roomId))
          changes.superseded.push({ playerId: ticket.playerId, roomId, nodeId });
      } else if (ok) {
        this.#finish(ticket, "assigned");
        this.#sit(ticket.playerId, roomId, nodeId, changes);
        this.#happened(
          ticket,
          { seq: this.seq, type: "assigned", matchId, roomId, nodeId, queue: match.queue },
          changes,
        );
      } else {
        ticket.status = "open";
        ticket.returns++;
        ticket.returnedAtMs = this.timeMs;
        this.open.add(ticket);
        this.#happened(ticket, { seq: this.seq, type: "returned", cause }, changes);
      }
    }
  }

  #sit(playerId: PlayerId, roomId: RoomId, nodeId: NodeId, changes: Changes): void {
    const before = this.seatOf.get(playerId);
    const room = this.rooms.get(roomId) ?? { nodeId, players: new Set() };
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
      (match) => match.roomId === roomId && match.ticketIds.includes(ticket.id),
    );
  }

  #closeRoom(id: RoomId): void {
    for (const player of this.rooms.get(id)?.players ?? [])
      if (this.seatOf.get(player) === id) this.seatOf.delete(player);
    this.rooms.delete(id);
  }

  #finish(ticket: Ticket, status: "assigned" | "cancelled" | "expired"): void {
    ticket.status = status;
    this.open.delete(ticket);
    this.openOf.delete(ticket.playerId);
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
