import type { Clock, ReplicaId, TicketId } from "@warren/kernel";
import type { Logger } from "@warren/service";
import type { Domain } from "../log/domain.ts";

/** The least and the most time between two records of one replica, as long as it has streams. */
export const STREAMS_RECORD_MS = { min: 1_000, max: 10_000 };
/** Tickets named in one record; the others follow with the next. */
const TICKETS_PER_RECORD_MAX = 4_096;

/**
 * Tells the log which tickets are followed on this replica, so that those nobody follows any more can be ended.
 * Tickets that ended are not told of: the fold knows.
 */
export class StreamTracker {
  readonly #domain: Domain;
  readonly #replicaId: ReplicaId;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #streams = new Map<TicketId, number>();
  /** What the log knows to be followed here. */
  readonly #told = new Set<TicketId>();
  /** Whose streams opened or closed since it was last told. */
  #changed = new Set<TicketId>();
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(options: { domain: Domain; replicaId: ReplicaId; clock: Clock; log: Logger }) {
    this.#domain = options.domain;
    this.#replicaId = options.replicaId;
    this.#clock = options.clock;
    this.#log = options.log;
    // Silent too long, as when the log could not be reached: what is open has to be told of again.
    this.#domain.onChanges(({ silenced }) => {
      if (!silenced.includes(this.#replicaId)) return;
      this.#told.clear();
      for (const id of this.#streams.keys()) this.#touch(id);
    });
  }

  /** A stream of the ticket opened. */
  opened(id: TicketId): void {
    const streams = this.#streams.get(id) ?? 0;
    this.#streams.set(id, streams + 1);
    if (streams === 0) this.#touch(id);
  }

  /** A stream of the ticket closed. */
  closed(id: TicketId): void {
    const streams = (this.#streams.get(id) ?? 0) - 1;
    if (streams > 0) this.#streams.set(id, streams);
    else if (this.#streams.delete(id)) this.#touch(id);
  }

  /** Tells of what is open as closed, if the log can still be reached: clients have gone elsewhere. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#writing;
    for (const id of this.#streams.keys()) this.#changed.add(id);
    this.#streams.clear();
    await this.#tell();
  }

  #touch(id: TicketId): void {
    this.#changed.add(id);
    this.#schedule(STREAMS_RECORD_MS.min);
  }

  /** The next record `afterMs` after the last one; a sooner one takes the place of a later one. */
  #schedule(afterMs: number): void {
    if (this.#closed) return;
    this.#cancelTimer?.();
    const delayMs = Math.max(0, this.#toldAtMs + afterMs - this.#clock.monotonicMs());
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#writing = this.#writing.then(() => this.#tell());
    });
  }

  async #tell(): Promise<void> {
    this.#toldAtMs = this.#clock.monotonicMs();
    const changed = [...this.#changed].slice(0, TICKETS_PER_RECORD_MAX);
    for (const id of changed) this.#changed.delete(id);
    const opened: TicketId[] = [];
    const closed: TicketId[] = [];
    for (const id of changed) {
      if (!this.#isAlive(id)) this.#told.delete(id);
      else {
        const isOpen = this.#streams.has(id);
        if (!this.#told.has(id)) opened.push(id);
        // One that opened and closed in between is told of too: from then on it is followed nowhere.
        if (!isOpen) closed.push(id);
      }
    }
    if (opened.length + closed.length + this.#told.size > 0) {
      try {
        await this.#domain.append(this.#domain.ticketSubject, {
          $case: "streamsChanged",
          value: { replicaId: this.#replicaId, opened, closed },
        });
        for (const id of opened) this.#told.add(id);
        for (const id of closed) this.#told.delete(id);
      } catch (error) {
        for (const id of changed) this.#changed.add(id);
        this.#log.warn({ event: "streams.untold", err: error }, "the log could not be told of event streams");
      }
    }
    if (this.#changed.size > 0) this.#schedule(STREAMS_RECORD_MS.min);
    else if (this.#told.size > 0) this.#schedule(STREAMS_RECORD_MS.max);
  }

  #isAlive(id: TicketId): boolean {
    const status = this.#domain.fold.tickets.get(id)?.status;
    return status === "open" || status === "proposed" || status === "placing";
  }
}
