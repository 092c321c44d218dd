import { type Log, type LogRecord, SequenceConflict } from "@warren/cluster";
import type { Clock, TicketId } from "@warren/kernel";
import {
  type Changes,
  checkRecordVersion,
  Fold,
  type QueueConfig,
  type Ticket,
  UnknownRecord,
} from "@warren/matchmaking";
import { RECORD_VERSION, WarrenError } from "@warren/protocol";
import { LogEntry, SnapshotPart } from "@warren/protocol/services";
import type { Logger } from "@warren/service";
import { Snapshots } from "./snapshots.ts";

/** All tickets that could ever meet; one order of records. */
export const DOMAIN = "main";

/** How long a request waits for its own record to be folded. */
const FOLD_WAIT_MS = 5_000;
const LEFT_TEXT = "This replica cannot follow the matchmaking log; ask another.";
/** Field 1, a varint. */
const VERSION_TAG = 8;
/** From this share of the log on, nothing that waits for others is taken: two snapshots have to fit, or nothing is ever forgotten. */
const FILL_MAX = 0.6;
/** How old what is known of that may be. */
const FILL_LOOK_MS = 5_000;
/** A log that takes nothing is said to be so once in this time. */
const COMPLAIN_MS = 10_000;
/** Records folded in one turn before others get the processor. */
const SLICE_MS = 5;

/**
 * One replica's copy of a domain: reads the log from its beginning, folds it, and tells whoever asked to be told.
 * Appends go through here so that whoever wrote a record can wait until it is folded.
 */
export class Domain {
  readonly name: string;
  #queues: ReadonlyMap<string, QueueConfig>;
  fold = new Fold();
  readonly snapshots: Snapshots;
  /** Everything up to the start of this process is folded. */
  caughtUp = false;
  /** Set when a record was met that this build does not know: the replica is out. */
  left = false;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #onChanges = new Set<(changes: Changes) => void>();
  readonly #onLeft = new Set<() => void>();
  readonly #onTicket = new Map<TicketId, Set<() => void>>();
  #waiting: { seq: number; done: (error?: Error) => void }[] = [];
  #foldedAtMs = 0;
  #fill = 0;
  #filledAtMs = Number.NEGATIVE_INFINITY;
  #complainedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    name: string;
    /** The game's: they hold until the log has them. */
    queues: Readonly<Record<string, QueueConfig>>;
    log: Log;
    clock: Clock;
    logger: Logger;
  }) {
    this.name = options.name;
    this.#queues = new Map(Object.entries(options.queues));
    this.#log = options.log;
    this.snapshots = new Snapshots(options.log, options.name, options.clock);
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  get ticketSubject(): string {
    return `mm.${this.name}.t`;
  }
  get deciderSubject(): string {
    return `mm.${this.name}.d`;
  }

  /** The queues that hold now, by name; another map whenever one changes. */
  get queues(): ReadonlyMap<string, QueueConfig> {
    return this.#queues;
  }

  /** Decider's time, ms: fold time plus what has passed since the last record. */
  get nowMs(): number {
    return this.fold.timeMs + (this.#clock.monotonicMs() - this.#foldedAtMs);
  }

  /** The log is short of room, as far as is known: asking finds out anew. */
  get isFilling(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#filledAtMs >= FILL_LOOK_MS) {
      this.#filledAtMs = nowMs;
      this.#log.fill().then(
        (fill) => {
          if (fill >= FILL_MAX && this.#fill < FILL_MAX)
            this.#logger.error(
              { event: "log.filling", fill },
              "the log is short of room and takes no new tickets; raise max_bytes of its stream if that lasts",
            );
          this.#fill = fill;
        },
        // Who cannot be asked will not be written to either.
        () => {},
      );
    }
    return this.#fill >= FILL_MAX;
  }

  /** Resolves when everything written before this call is folded, however long that takes. */
  async start(): Promise<void> {
    this.fold = await this.snapshots.load();
    this.#foldedAtMs = this.#clock.monotonicMs();
    this.#configure(this.fold.queues.keys());
    void this.#follow();
    const last = await this.#log.last(`mm.${this.name}.>`);
    if (last) await this.folded(last.seq, Number.POSITIVE_INFINITY);
    if (this.left)
      throw new WarrenError("UNAVAILABLE", "The matchmaking log cannot be followed; see the log above.");
    this.caughtUp = true;
  }

  close(): void {
    this.#stop.abort();
  }

  /** Called after every record that changed something. */
  onChanges(listener: (changes: Changes) => void): void {
    this.#onChanges.add(listener);
  }

  /** Called when this replica cannot follow the log any more. */
  onLeft(listener: () => void): void {
    this.#onLeft.add(listener);
  }

  /** Called whenever the ticket has a new event. */
  onTicket(id: TicketId, listener: () => void): () => void {
    const listeners = this.#onTicket.get(id) ?? new Set();
    this.#onTicket.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#onTicket.delete(id);
    };
  }

  /**
   * Writes a record and waits until it is folded here. With `id`, repeating it is safe; answers whether it was a repeat.
   * Throws SequenceConflict, or UNAVAILABLE when the log cannot be reached; then it may or may not have been written.
   */
  async append(
    subject: string,
    body: NonNullable<LogEntry["body"]>,
    options: { id?: string; expectLastSubjectSeq?: number } = {},
  ): Promise<{ seq: number; duplicate: boolean }> {
    if (this.left) throw new WarrenError("UNAVAILABLE", LEFT_TEXT);
    const bytes = LogEntry.encode({ version: RECORD_VERSION, body }).finish();
    if (this.isFilling && mayWait(body))
      throw new WarrenError("UNAVAILABLE", "The matchmaking log is short of room; try again in a minute.");
    const before = this.fold.seq;
    const { seq, duplicate } = await this.#log
      .append(subject, bytes, options)
      .catch((error: unknown) => this.#notWritten(error));
    if (!duplicate && seq <= before)
      this.#leave(new Error(`the log began anew: a new record is ${seq}, and ${before} were read`));
    await this.folded(seq);
    return { seq, duplicate };
  }

  /** Waits until everything that was in the log when this was called is folded. */
  async barrier(): Promise<void> {
    const last = await this.#log.last(`mm.${this.name}.>`).catch(unreachable);
    if (last) await this.folded(last.seq);
  }

  /** The ticket, also when its record was only just written through another replica. */
  async ticket(id: TicketId): Promise<Ticket | undefined> {
    const ticket = this.fold.tickets.get(id);
    if (ticket) return ticket;
    await this.barrier();
    return this.fold.tickets.get(id);
  }

  folded(seq: number, timeoutMs = FOLD_WAIT_MS): Promise<void> {
    if (this.left) return Promise.reject(new WarrenError("UNAVAILABLE", LEFT_TEXT));
    if (this.fold.seq >= seq) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = {
        seq,
        done: (error?: Error) => {
          cancel();
          if (error) reject(error);
          else resolve();
        },
      };
      const tooLate = () => {
        this.#waiting = this.#waiting.filter((entry) => entry !== waiter);
        reject(new WarrenError("UNAVAILABLE", "The matchmaking log is far behind; try again."));
      };
      const cancel = Number.isFinite(timeoutMs) ? this.#clock.after(timeoutMs, tooLate) : () => {};
      this.#waiting.push(waiter);
    });
  }

  async #follow(): Promise<void> {
    try {
      let sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
      for await (const record of this.#log.read({
        fromSeq: this.fold.seq + 1,
        filter: `mm.${this.name}.>`,
        signal: this.#stop.signal,
      })) {
        if (record.seq > this.fold.seq + 1) await this.#checkGap();
        this.#apply(record);
        if (this.#clock.monotonicMs() > sliceEndMs) {
          await new Promise((resolve) => setImmediate(resolve));
          sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
        }
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#leave(error);
    }
  }

  #leave(error: unknown): void {
    if (this.left) return;
    this.left = true;
    this.#stop.abort();
    for (const waiter of this.#waiting.splice(0)) waiter.done(new WarrenError("UNAVAILABLE", LEFT_TEXT));
    for (const listener of this.#onLeft) listener();
    const isUnknown = error instanceof UnknownRecord;
    this.#logger.error(
      { event: isUnknown ? "domain.record_unknown" : "domain.lost", domain: this.name, err: error },
      `this replica cannot follow the log any more: ${isUnknown ? error.message : "restart it"}`,
    );
  }

  /**
   * Places of other domains leave gaps, and so do records that were trimmed while this replica stood still: it must not
   * go on without them. Whoever starts anew begins with the last snapshot, below which nothing is missed.
   */
  async #checkGap(): Promise<void> {
    const last = await this.#log.last(this.snapshots.subject);
    if (last && Number(SnapshotPart.decode(last.bytes).seq) > this.fold.seq)
      throw new Error(
        `records after ${this.fold.seq} may be forgotten; this replica stood still for too long`,
      );
  }

  #apply({ seq, timeMs, subject, bytes }: LogRecord): void {
    if (subject === this.snapshots.subject) {
      this.snapshots.passing(seq, bytes);
      this.fold.skip(seq);
      return this.#wakeWaiting(seq);
    }
    const changes = this.fold.apply(seq, timeMs, subject === this.deciderSubject, recordOf(seq, bytes));
    this.#foldedAtMs = this.#clock.monotonicMs();
    if (changes.queues.length > 0) this.#configure(changes.queues);
    for (const listener of this.#onChanges) listener(changes);
    for (const ticket of changes.tickets) {
      for (const listener of [...(this.#onTicket.get(ticket.id) ?? [])]) listener();
    }
    this.#wakeWaiting(seq);
  }

  /** Whoever runs this has to know what the log said; who asked need not. */
  #notWritten(error: unknown): never {
    const nowMs = this.#clock.monotonicMs();
    if (!(error instanceof SequenceConflict) && nowMs - this.#complainedAtMs >= COMPLAIN_MS) {
      this.#complainedAtMs = nowMs;
      this.#logger.warn({ event: "log.refused", err: error }, "the log did not take a record");
    }
    return unreachable(error);
  }

  #configure(names: Iterable<string>): void {
    const queues = new Map(this.#queues);
    for (const name of names) {
      const known = this.fold.queues.get(name);
      if (known) queues.set(name, JSON.parse(known.configJson) as QueueConfig);
    }
    this.#queues = queues;
  }

  #wakeWaiting(seq: number): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((waiter) => waiter.seq <= seq);
    this.#waiting = this.#waiting.filter((waiter) => waiter.seq > seq);
    for (const waiter of due) waiter.done();
  }
}

/** The version is a record's first field, so that it can be told where nothing else can. */
function recordOf(seq: number, bytes: Uint8Array): LogEntry {
  checkRecordVersion((bytes[0] === VERSION_TAG && bytes[1]) || 0, `record ${seq}`);
  return LogEntry.decode(bytes);
}

/** Until there is room. All others end something, decide, or tell who is there. */
function mayWait(body: NonNullable<LogEntry["body"]>): boolean {
  if (body.$case !== "lobbyChanged") return body.$case === "ticketPosted";
  const kind = body.value.change?.$case;
  return kind === "opened" || kind === "joined";
}

/** A log that cannot be reached is no bug of ours: the caller may try again. */
function unreachable(error: unknown): never {
  if (error instanceof SequenceConflict) throw error;
  throw new WarrenError("UNAVAILABLE", "The matchmaking log cannot be reached right now.", { cause: error });
}
