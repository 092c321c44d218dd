import type { ReplicaId, TicketId } from "@warren/kernel";
import type { StreamsChanged } from "@warren/protocol/services";
import { Table } from "./table.ts";
import { isFinal, type Ticket } from "./ticket.ts";

/** The streams of a replica that is silent for this long count as closed. */
export const REPLICA_SILENCE_MS = 30_000;
/** So much of the time between two records counts as silence: when nobody could write, nobody was silent. */
const GAP_MS_MAX = 10_000;

const NOBODY: readonly ReplicaId[] = [];

/** Which tickets' events are followed anywhere, as far as the replicas tell. */
export class Streams {
  /** When each replica with streams was last heard, in {@link quietMs}. */
  readonly replicas = new Table<ReplicaId, number>();
  /** Tickets that had a stream once and have none now, longest without first. */
  readonly unwatched = new Set<Ticket>();
  /** Fold time without the gaps in which nobody wrote, ms. */
  quietMs = 0;
  readonly #tickets: Table<TicketId, Ticket>;
  /** One array for all tickets with the same watchers. */
  readonly #shared = new Map<string, readonly ReplicaId[]>();

  constructor(tickets: Table<TicketId, Ticket>) {
    this.#tickets = tickets;
  }

  pass(elapsedMs: number): void {
    this.quietMs += Math.min(elapsedMs, GAP_MS_MAX);
  }

  changed({ replicaId, opened, closed }: StreamsChanged, nowMs: number): void {
    const replica = replicaId as ReplicaId;
    this.replicas.set(replica, this.quietMs);
    for (const id of opened) {
      const ticket = this.#tickets.get(id as TicketId);
      if (!ticket || isFinal(ticket) || ticket.watchers.includes(replica)) continue;
      this.#tickets.touch(ticket.id);
      ticket.watchers = this.shared([...ticket.watchers, replica].sort());
      ticket.unwatchedAtMs = 0;
      this.unwatched.delete(ticket);
    }
    for (const id of closed) {
      const ticket = this.#tickets.get(id as TicketId);
      if (ticket) this.#close(ticket, replica, nowMs);
    }
  }

  /** The ticket ended: nobody needs to follow it. */
  end(ticket: Ticket): void {
    ticket.watchers = NOBODY;
    ticket.unwatchedAtMs = 0;
    this.unwatched.delete(ticket);
  }

  /** Closes the streams of replicas that have been silent too long; answers which. */
  closeSilent(nowMs: number): ReplicaId[] {
    const silent: ReplicaId[] = [];
    for (const [replica, heardMs] of this.replicas)
      if (this.quietMs - heardMs >= REPLICA_SILENCE_MS) silent.push(replica);
    if (silent.length === 0) return silent;
    for (const replica of silent) this.replicas.delete(replica);
    this.#shared.clear();
    for (const ticket of this.#tickets.values())
      for (const replica of silent) this.#close(ticket, replica, nowMs);
    return silent;
  }

  /** An array equal to this one that all who ask have in common. */
  shared(watchers: readonly ReplicaId[]): readonly ReplicaId[] {
    if (watchers.length === 0) return NOBODY;
    const key = watchers.join(" ");
    const known = this.#shared.get(key) ?? watchers;
    this.#shared.set(key, known);
    return known;
  }

  #close(ticket: Ticket, replica: ReplicaId, nowMs: number): void {
    if (!ticket.watchers.includes(replica)) return;
    this.#tickets.touch(ticket.id);
    ticket.watchers = this.shared(ticket.watchers.filter((other) => other !== replica));
    if (ticket.watchers.length > 0) return;
    ticket.unwatchedAtMs = nowMs;
    this.unwatched.add(ticket);
  }
}
