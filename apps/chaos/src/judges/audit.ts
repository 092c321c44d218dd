import type { Log, LogRecord } from "@warren/cluster";
import { LogEntry, type Match, TicketsClosed_Cause } from "@warren/protocol/services";

export type End = "assigned" | "cancelled" | "expired";

interface Seen {
  readonly players: readonly string[];
  status: "open" | "placing" | End;
  matchId: string;
}

/** When a replica began to decide, and when its first decision was in the log, by the log's clock. */
export interface Reign {
  readonly epoch: number;
  readonly replicaId: string;
  readonly startedAtMs: number;
  firstDecisionAtMs: number | undefined;
}

/**
 * Reads the log of tickets as it is written, and judges it by rules of its own, written down here once more: a match
 * counts if all its tickets are open; what ended stays ended; nobody is assigned to two matches.
 */
export class Audit {
  readonly tickets = new Map<string, Seen>();
  readonly reigns: Reign[] = [];
  /** The room each player was given last, while the log knows of it. */
  readonly seatOf = new Map<string, string>();
  /** Rules that were broken, in words. */
  readonly broken: string[] = [];
  readonly #matches = new Map<string, Match>();
  readonly #decided = new Set<string>();
  readonly #openOf = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #filter: string;
  #seq = 0;

  /** `filter`: the records of a domain. */
  constructor(filter: string) {
    this.#filter = filter;
  }

  /** The last record that was read. */
  get seq(): number {
    return this.#seq;
  }

  get reign(): Reign | undefined {
    return this.reigns.at(-1);
  }

  /** Reads until {@link close}; rejects when the log cannot be read. */
  async follow(log: Log): Promise<void> {
    try {
      for await (const record of log.read({ fromSeq: 1, filter: this.#filter, signal: this.#stop.signal }))
        this.#read(record);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }

  close(): void {
    this.#stop.abort();
  }

  #read({ seq, timeMs, subject, bytes }: LogRecord): void {
    this.#seq = seq;
    if (subject.endsWith(".s")) return;
    const { body } = LogEntry.decode(bytes);
    switch (body?.$case) {
      case "ticketPosted": {
        const { ticketId } = body.value;
        const players = body.value.players.map(({ playerId }) => playerId);
        if (this.tickets.has(ticketId) || players.some((id) => this.#openOf.has(id))) return;
        this.tickets.set(ticketId, { players, status: "open", matchId: "" });
        for (const id of players) this.#openOf.set(id, ticketId);
        return;
      }
      case "ticketsClosed":
        for (const id of body.value.ticketIds) {
          const ticket = this.tickets.get(id);
          const isAsked = body.value.cause === TicketsClosed_Cause.CANCELLED;
          if (ticket?.status === "open" || (ticket?.status === "placing" && isAsked))
            this.#end(id, ticket, isAsked ? "cancelled" : "expired");
        }
        return;
      case "epochStarted": {
        const { epoch, replicaId } = body.value;
        const last = this.reign?.epoch ?? 0;
        if (epoch > last)
          this.reigns.push({ epoch, replicaId, startedAtMs: timeMs, firstDecisionAtMs: undefined });
        else this.broken.push(`epoch ${epoch} was started after ${last}`);
        return;
      }
      case "matchesDecided":
        if (body.value.epoch !== this.reign?.epoch) {
          this.broken.push(`a decision of epoch ${body.value.epoch} in epoch ${this.reign?.epoch}`);
          return;
        }
        this.reign.firstDecisionAtMs ??= timeMs;
        for (const match of body.value.matches) this.#decide(match);
        return;
      case "roomsClosed": {
        const closed = new Set(body.value.roomIds);
        for (const [player, room] of this.seatOf) if (closed.has(room)) this.seatOf.delete(player);
        return;
      }
      case "matchesPlaced":
        for (const { matchId, ok } of body.value.placements) this.#place(matchId, ok);
        return;
    }
  }

  #decide(match: Match): void {
    const tickets = match.tickets.map(({ ticketId }) => this.tickets.get(ticketId));
    if (!tickets.every((ticket) => ticket?.status === "open")) return;
    if (this.#decided.has(match.matchId)) this.broken.push(`match ${match.matchId} was decided twice`);
    this.#decided.add(match.matchId);
    this.#matches.set(match.matchId, match);
    for (const ticket of tickets)
      if (ticket) Object.assign(ticket, { status: "placing", matchId: match.matchId });
  }

  #place(matchId: string, ok: boolean): void {
    const match = this.#matches.get(matchId);
    if (!match) return;
    this.#matches.delete(matchId);
    for (const { ticketId } of match.tickets) {
      const ticket = this.tickets.get(ticketId);
      if (ticket?.status !== "placing") continue;
      if (ticket.matchId !== matchId) this.broken.push(`${ticketId} is in ${ticket.matchId} and ${matchId}`);
      if (!ok) ticket.status = "open";
      else {
        this.#end(ticketId, ticket, "assigned");
        for (const player of ticket.players) this.seatOf.set(player, match.roomId);
      }
    }
  }

  #end(id: string, ticket: Seen, end: End): void {
    ticket.status = end;
    for (const player of ticket.players) if (this.#openOf.get(player) === id) this.#openOf.delete(player);
  }
}
