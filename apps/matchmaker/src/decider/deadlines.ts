import { DueHeap, type MatchId, type TicketId } from "@warren/kernel";
import type { Changes, Fold, QueueConfig, Ticket } from "@warren/matchmaking";

/** Tickets of the start that one look takes in: some milliseconds. */
const TAKEN_IN_MAX = 20_000;

/** What has to end now. */
interface Due {
  readonly expired: TicketId[];
  /** Proposed matches whose time to accept is over. */
  readonly missed: MatchId[];
}

/**
 * When tickets expire and when proposed matches have to be accepted, in decider's time. Follows the fold by its
 * changes, so that no look goes through all that is open.
 */
export class Deadlines {
  readonly #fold: Fold;
  readonly #heap = new DueHeap<Ticket | MatchId>();
  readonly #proposed = new Set<MatchId>();
  #queues: ReadonlyMap<string, QueueConfig>;
  /** Who was open at the start and has not been taken in yet; the iterator also comes to who is opened meanwhile. */
  #unseen: Iterator<Ticket> | undefined;

  /** Takes what is in the fold, by and by with each {@link take}; from now on it has to be told. */
  constructor(fold: Fold, queues: ReadonlyMap<string, QueueConfig>) {
    this.#fold = fold;
    this.#queues = queues;
    this.#begin();
  }

  get nextMs(): number {
    return this.#unseen ? 0 : this.#heap.nextMs;
  }

  follow({ tickets, opened }: Changes): void {
    if (!this.#unseen) for (const ticket of opened) this.#push(ticket);
    for (const { history } of tickets) {
      const event = history.at(-1);
      if (event?.type === "proposed") this.#pushMatch(event.matchId, event.acceptByMs);
    }
  }

  /** Queues with new versions: those that end sooner now are told at the new time. */
  configure(queues: ReadonlyMap<string, QueueConfig>): void {
    this.#queues = queues;
    this.#begin();
  }

  /** What is due, each told once; `countMax` of them at the most. */
  take(nowMs: number, countMax: number): Due {
    this.#takeIn();
    const due: Due = { expired: [], missed: [] };
    for (let count = 0; count < countMax; ) {
      const item = this.#heap.pop(nowMs);
      if (item === undefined) break;
      if (typeof item === "string") {
        this.#proposed.delete(item);
        if (!this.#fold.proposed.has(item)) continue;
        due.missed.push(item);
      } else {
        if (!this.#fold.open.has(item)) continue;
        const expiresMs = this.#expiresMs(item);
        if (expiresMs > nowMs) {
          this.#heap.push(expiresMs, item);
          continue;
        }
        due.expired.push(item.id);
      }
      count++;
    }
    return due;
  }

  /** Open tickets that nobody has followed for too long, `countMax` at the most. Those without longest come first, so few are looked at. */
  orphans(nowMs: number, countMax: number): TicketId[] {
    const ids: TicketId[] = [];
    let shortestMs = Number.POSITIVE_INFINITY;
    for (const { orphanGraceMs } of this.#queues.values()) shortestMs = Math.min(shortestMs, orphanGraceMs);
    for (const ticket of this.#fold.streams.unwatched) {
      if (ids.length >= countMax || ticket.unwatchedAtMs + shortestMs > nowMs) break;
      const graceMs = this.#longest(ticket, "orphanGraceMs");
      if (ticket.status === "open" && ticket.unwatchedAtMs + graceMs <= nowMs) ids.push(ticket.id);
    }
    return ids;
  }

  #takeIn(): void {
    for (let left = TAKEN_IN_MAX; this.#unseen && left > 0; left--) {
      const { value, done } = this.#unseen.next();
      if (done) this.#unseen = undefined;
      else this.#push(value);
    }
  }

  #begin(): void {
    this.#unseen = this.#fold.open.values();
    for (const [matchId, { acceptByMs }] of this.#fold.proposed) this.#pushMatch(matchId, acceptByMs);
  }

  #push(ticket: Ticket): void {
    this.#heap.push(this.#expiresMs(ticket), ticket);
  }

  #pushMatch(matchId: MatchId, acceptByMs: number): void {
    if (this.#proposed.has(matchId)) return;
    this.#proposed.add(matchId);
    this.#heap.push(acceptByMs, matchId);
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
