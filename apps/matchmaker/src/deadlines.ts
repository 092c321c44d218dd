import type { MatchId, TicketId } from "@warren/kernel";
import type { Changes, Fold, QueueConfig, Ticket } from "@warren/matchmaking";
import { DueHeap } from "./due-heap.ts";

/** What has to end now. */
export interface Due {
  readonly expired: TicketId[];
  readonly orphaned: TicketId[];
  /** Proposed matches whose time to accept is over. */
  readonly missed: MatchId[];
}

/**
 * When tickets expire, when nobody has followed them for too long, and when proposed matches have to be accepted: in
 * decider's time. Follows the fold by its changes, so that no look goes through all that is open.
 */
export class Deadlines {
  readonly #fold: Fold;
  readonly #heap = new DueHeap<Ticket | MatchId>();
  readonly #proposed = new Set<MatchId>();
  #queues: ReadonlyMap<string, QueueConfig>;

  /** Takes what is in the fold; from then on it has to be told. */
  constructor(fold: Fold, queues: ReadonlyMap<string, QueueConfig>) {
    this.#fold = fold;
    this.#queues = queues;
    this.#pushAll();
  }

  get nextMs(): number {
    return this.#heap.nextMs;
  }

  follow({ tickets, opened, unwatched }: Changes): void {
    for (const ticket of opened) this.#push(ticket);
    for (const ticket of unwatched) this.#push(ticket);
    for (const { history } of tickets) {
      const event = history.at(-1);
      if (event?.type === "proposed") this.#pushMatch(event.matchId, event.acceptByMs);
    }
  }

  /** Queues with new versions: those that end sooner now are told at the new time. */
  configure(queues: ReadonlyMap<string, QueueConfig>): void {
    this.#queues = queues;
    this.#pushAll();
  }

  /** What is due, each told once; `countMax` of them at the most. */
  take(nowMs: number, countMax: number): Due {
    const due: Due = { expired: [], orphaned: [], missed: [] };
    for (let count = 0; count < countMax; ) {
      const item = this.#heap.pop(nowMs);
      if (item === undefined) break;
      if (typeof item === "string") {
        this.#proposed.delete(item);
        if (!this.#fold.proposed.has(item)) continue;
        due.missed.push(item);
      } else {
        if (!this.#fold.open.has(item)) continue;
        const dueMs = this.#dueMs(item);
        if (dueMs > nowMs) {
          this.#heap.push(dueMs, item);
          continue;
        }
        (nowMs >= this.#expiresMs(item) ? due.expired : due.orphaned).push(item.id);
      }
      count++;
    }
    return due;
  }

  #pushAll(): void {
    for (const ticket of this.#fold.open) this.#push(ticket);
    for (const [matchId, { acceptByMs }] of this.#fold.proposed) this.#pushMatch(matchId, acceptByMs);
  }

  #push(ticket: Ticket): void {
    this.#heap.push(this.#dueMs(ticket), ticket);
  }

  #pushMatch(matchId: MatchId, acceptByMs: number): void {
    if (this.#proposed.has(matchId)) return;
    this.#proposed.add(matchId);
    this.#heap.push(acceptByMs, matchId);
  }

  #dueMs(ticket: Ticket): number {
    const expiresMs = this.#expiresMs(ticket);
    if (ticket.unwatchedAtMs === 0) return expiresMs;
    return Math.min(expiresMs, ticket.unwatchedAtMs + this.#longest(ticket, "orphanGraceMs"));
  }

  #expiresMs(ticket: Ticket): number {
    return ticket.postedAtMs + this.#longest(ticket, "expireMs");
  }

  /** Of several queues the most patient counts. A ticket of queues that are no more ends at once. */
  #longest({ queues }: Ticket, field: "expireMs" | "orphanGraceMs"): number {
    let longestMs = 0;
    for (const name of queues) longestMs = Math.max(longestMs, this.#queues.get(name)?.[field] ?? 0);
    return longestMs;
  }
}
