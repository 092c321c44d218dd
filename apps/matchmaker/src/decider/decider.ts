import { type HeldLease, LEASE_TTL_MS, type Lease, SequenceConflict } from "@warren/cluster";
import {
  type Clock,
  type MatchId,
  type NodeId,
  parseMatchId,
  parseRoomId,
  type ReplicaId,
  type RoomId,
  type TicketId,
} from "@warren/kernel";
import { type Changes, type Fold, Matcher } from "@warren/matchmaking";
import { type LogEntry, type Match, TicketsClosed_Cause } from "@warren/protocol/services";
import type { Logger } from "@warren/service";
import type { Domain } from "../log/domain.ts";
import { playersOf } from "../log/match-players.ts";
import type { MatchmakerMetrics } from "../metrics.ts";
import { Deadlines } from "./deadlines.ts";
import type { MatchNodes } from "./match-nodes.ts";
import { Offers } from "./offers.ts";
import { Placing } from "./placing.ts";
import { Releases } from "./releases.ts";
import { RoomSweep } from "./room-sweep.ts";

/** Often enough for the lease; the sweep of rooms and snapshots are looked at in the same beat. */
const BEAT_MS = LEASE_TTL_MS.decider / 3;
/** Work in one turn before others get the processor. */
const SLICE_MS = 5;
/** After a failure the next try comes not before this. */
const RETRY_MS = 250;
/** Tickets, matches or answers in one record: well under the megabyte a log takes. */
const RECORD_ITEMS_MAX = 2_000;

type Body = NonNullable<LogEntry["body"]>;

/** What one epoch works with: rebuilt when another one begins, or when the fold is replaced. */
interface Index {
  readonly fold: Fold;
  readonly matcher: Matcher;
  readonly deadlines: Deadlines;
}

/** Another replica decides, or this one cannot know what it has written: everything read before is void. */
class Deposed extends Error {
  override readonly name = "Deposed";
}

/**
 * Decides for a domain while this replica holds its lease. Only a shell: what to propose, the matcher says; what is
 * valid, the fold says. Every record is appended under the sequence of the last one, one at a time, so a decider that
 * was replaced without knowing it writes nothing; what happens while an append is under way goes into the next record.
 * It works when something happened or a deadline came, in slices, and sleeps otherwise.
 *
 *   following ──lease──▶ taking over ──epoch written──▶ deciding ──outcome of an append unknown──▶ taking over
 *       ▲                                                  │
 *       └──────── lease lost, or a stranger's record ──────┘
 */
export class Decider {
  readonly #domain: Domain;
  readonly #nodes: MatchNodes;
  readonly #lease: Lease;
  readonly #replicaId: ReplicaId;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: MatchmakerMetrics;
  readonly #nextTurn: () => Promise<void>;
  readonly #offers: Offers;
  readonly #placing: Placing;
  readonly #releases: Releases;
  readonly #sweep: RoomSweep;
  #held: HeldLease | undefined;
  #epoch = 0;
  #matchCount = 0;
  #index: Index | undefined;
  /** Something came that a look could make a match of. */
  #isLookDue = false;
  #areOrphansDue = false;
  #nextLookMs = Number.POSITIVE_INFINITY;
  /** Records that others want written: see {@link write}. */
  #wanted: { readonly body: Body; readonly resolve: () => void; readonly reject: (error: Error) => void }[] =
    [];
  #isAwake = false;
  #isWorking = false;
  #working: Promise<void> = Promise.resolve();
  #pausedUntilMs = 0;
  #cancelAlarm: () => void = () => {};
  #cancelBeat: () => void = () => {};
  #isSnapshotting = false;
  #closed = false;

  constructor(options: {
    domain: Domain;
    nodes: MatchNodes;
    cluster: { readonly lease: Lease };
    replicaId: ReplicaId;
    clock: Clock;
    log: Logger;
    metrics: MatchmakerMetrics;
    /** Lets others have the processor. @default setImmediate */
    nextTurn?: () => Promise<void>;
  }) {
    const { domain, nodes, clock, metrics } = options;
    const log = options.log.child({ domain: domain.name });
    this.#domain = domain;
    this.#nodes = nodes;
    this.#lease = options.cluster.lease;
    this.#replicaId = options.replicaId;
    this.#clock = clock;
    this.#log = log;
    this.#metrics = metrics;
    this.#nextTurn = options.nextTurn ?? (() => new Promise((resolve) => setImmediate(resolve)));
    this.#offers = new Offers(nodes, clock);
    this.#placing = new Placing({
      domain,
      nodes,
      log,
      metrics,
      onAnswer: (match, code) => {
        this.#offers.answered(match, code);
        this.#wake();
      },
    });
    this.#releases = new Releases({ domain, nodes, clock, log });
    this.#sweep = new RoomSweep({ domain, nodes, clock, log });
  }

  start(): void {
    this.#domain.onChanges((changes) => this.#onChanges(changes));
    this.#nodes.onChange(() => {
      this.#offers.changed();
      this.#isLookDue = true;
      this.#wake();
    });
    void this.#beat();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelBeat();
    this.#cancelAlarm();
    this.#releases.close();
    await this.#working;
    await this.#held?.release();
    this.#held = undefined;
    this.#refuseWanted();
  }

  /** This replica decides now. A belief only: what it writes may still be refused. */
  get isDeciding(): boolean {
    return this.#epoch > 0;
  }

  /**
   * Appends a record of the decider's, in order with its own; resolves when it is folded. Rejects when this replica
   * does not decide, or does not any more: then the record may or may not be in the log.
   */
  write(body: Body): Promise<void> {
    if (!this.isDeciding || this.#closed) return Promise.reject(new Deposed("this replica does not decide"));
    return new Promise((resolve, reject) => {
      this.#wanted.push({ body, resolve, reject });
      this.#wake();
    });
  }

  // --- lease ---

  async #beat(): Promise<void> {
    await this.#keepLease();
    if (this.#closed) return;
    this.#cancelBeat = this.#clock.after(BEAT_MS, () => void this.#beat());
    if (this.#epoch === 0) return this.#wake();
    this.#areOrphansDue = true;
    this.#sweep.step(() => this.#wake());
    this.#snapshot();
    this.#wake();
  }

  async #keepLease(): Promise<void> {
    try {
      if (this.#held && this.#domain.left) this.#stepDown("this replica cannot follow the log any more");
      else if (this.#held) {
        const held = this.#held;
        if (!(await held.renew()) && this.#held === held) this.#stepDown("the lease was lost");
      } else if (this.#domain.caughtUp && !this.#domain.left) {
        const value = new TextEncoder().encode(this.#replicaId);
        const held = await this.#lease.acquire("decider", this.#domain.name, value);
        if (this.#closed) await held?.release();
        else this.#held = held;
      }
    } catch (error) {
      if (this.#held)
        this.#stepDown(`the lease could not be renewed: ${error instanceof Error ? error.message : error}`);
    }
  }

  #stepDown(why: string): void {
    if (this.#epoch > 0)
      this.#log.warn({ event: "decider.stepped_down", epoch: this.#epoch }, `not deciding any more: ${why}`);
    void this.#held?.release().catch(() => {});
    this.#held = undefined;
    this.#stepBack();
    this.#refuseWanted();
  }

  /** Everything that was read is void; with the lease, a new epoch follows. */
  #stepBack(): void {
    this.#epoch = 0;
    this.#index = undefined;
    this.#metrics.decider.set(0);
  }

  #refuseWanted(): void {
    for (const { reject } of this.#wanted.splice(0)) reject(new Deposed("this replica does not decide"));
  }

  // --- being woken ---

  #onChanges(changes: Changes): void {
    this.#releases.remember(changes.superseded);
    if (this.#epoch === 0) return;
    if (this.#domain.fold.epoch > this.#epoch) return this.#stepDown("another replica decides");
    for (const { nodeId, roomId, playerId } of changes.superseded)
      this.#releases.add(nodeId, roomId, playerId);
    const index = this.#index;
    if (index?.fold === this.#domain.fold) {
      // A ticket may come back in the very record it left by.
      for (const ticket of changes.left) index.matcher.left(ticket);
      for (const ticket of changes.opened) if (index.fold.open.has(ticket)) index.matcher.opened(ticket);
      index.deadlines.follow(changes);
      if (changes.queues.length > 0) {
        index.matcher.configure(this.#domain.queues);
        index.deadlines.configure(this.#domain.queues);
      }
    }
    if (changes.opened.length > 0 || changes.queues.length > 0) this.#isLookDue = true;
    if (changes.tickets.length + changes.opened.length + changes.queues.length > 0) this.#wake();
  }

  /** Several wishes become one piece of work, and pieces never overlap. */
  #wake(): void {
    this.#isAwake = true;
    if (this.#isWorking || this.#closed || !this.#held) return;
    this.#isWorking = true;
    this.#cancelAlarm();
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    try {
      while (this.#isAwake && this.#held && !this.#closed) {
        const pauseMs = this.#pausedUntilMs - this.#clock.monotonicMs();
        if (pauseMs > 0) return this.#wakeIn(pauseMs);
        // Records that came together are looked at together.
        await this.#nextTurn();
        if (!this.#held || this.#closed) return;
        this.#isAwake = false;
        try {
          if (this.#epoch === 0) await this.#takeOver();
          if (await this.#step()) this.#isAwake = true;
        } catch (error) {
          this.#failed(error);
        }
      }
      if (this.#epoch > 0) this.#sleep();
    } finally {
      this.#isWorking = false;
    }
  }

  #failed(error: unknown): void {
    this.#isAwake = true;
    // Two that think they hold the lease must not depose each other without end.
    if (error instanceof Deposed) this.#pausedUntilMs = this.#clock.monotonicMs() + RETRY_MS;
    if (error instanceof Deposed) return;
    if (error instanceof SequenceConflict && this.#epoch > 0)
      return this.#stepDown("another replica has written");
    // Whatever was appended may or may not be in the log: a new epoch begins with knowing that.
    this.#stepBack();
    this.#pausedUntilMs = this.#clock.monotonicMs() + RETRY_MS;
    this.#log.warn({ event: "decider.failed", err: error }, "deciding failed; taking over anew");
  }

  /** Until the next deadline, the next window that widens, or a node that may be asked again. */
  #sleep(): void {
    const nowMs = this.#domain.nowMs;
    const dueMs =
      Math.min(this.#index?.deadlines.nextMs ?? Number.POSITIVE_INFINITY, this.#nextLookMs) - nowMs;
    const againMs = this.#domain.fold.open.size > 0 ? this.#offers.nextMs - this.#clock.monotonicMs() : dueMs;
    if (againMs < dueMs) this.#isLookDue = true;
    const delayMs = Math.min(dueMs, againMs);
    if (Number.isFinite(delayMs)) this.#wakeIn(Math.max(1, delayMs));
  }

  #wakeIn(delayMs: number): void {
    this.#cancelAlarm();
    this.#cancelAlarm = this.#clock.after(delayMs, () => this.#wake());
  }

  // --- work ---

  async #takeOver(): Promise<void> {
    await this.#domain.barrier();
    const { fold, deciderSubject } = this.#domain;
    const epoch = fold.epoch + 1;
    const body: Body = { $case: "epochStarted", value: { epoch, replicaId: this.#replicaId } };
    await this.#domain.append(deciderSubject, body, { expectLastSubjectSeq: fold.deciderSeq });
    if (this.#domain.fold.epoch !== epoch || !this.#held) throw new Deposed("another replica decides");
    this.#epoch = epoch;
    this.#matchCount = 0;
    this.#isLookDue = true;
    this.#releases.takeOver();
    this.#metrics.decider.set(1);
    this.#log.info({ event: "decider.started", epoch }, `deciding for domain ${this.#domain.name}`);
  }

  /** One round of what there is to do; true: there is more. */
  async #step(): Promise<boolean> {
    this.#placing.ask();
    const isMorePlaced = await this.#writePlaced();
    await this.#writeWanted();
    const isMoreDue = await this.#writeDue();
    await this.#writeClosedRooms();
    const isMoreToLook = await this.#look();
    return isMorePlaced || isMoreDue || isMoreToLook;
  }

  /** Throws what an append throws, and Deposed when this replica decided no more by the time it was folded. */
  async #append(body: Body): Promise<void> {
    const epoch = this.#epoch;
    if (epoch === 0) throw new Deposed("this replica does not decide");
    await this.#domain.append(this.#domain.deciderSubject, body, {
      expectLastSubjectSeq: this.#domain.fold.deciderSeq,
    });
    if (this.#epoch !== epoch) throw new Deposed("another replica decides");
  }

  async #writePlaced(): Promise<boolean> {
    const placements = this.#placing.answers(RECORD_ITEMS_MAX);
    if (placements.length === 0) return false;
    // A node that did not answer, or answers a match's second asking otherwise, may have given the seats.
    const refused = placements.flatMap(({ matchId, ok }) =>
      ok ? [] : (this.#domain.fold.placing.get(matchId as MatchId) ?? []),
    );
    await this.#append({ $case: "matchesPlaced", value: { placements } });
    this.#placing.written(placements);
    this.#offers.changed();
    for (const match of refused) {
      for (const playerId of playersOf(this.#domain.fold, match))
        this.#releases.add(match.nodeId as NodeId, match.roomId as RoomId, playerId);
    }
    return placements.length === RECORD_ITEMS_MAX;
  }

  async #writeWanted(): Promise<void> {
    for (const { body, resolve, reject } of this.#wanted.splice(0)) {
      try {
        await this.#append(body);
        resolve();
      } catch (error) {
        reject(error as Error);
        throw error;
      }
    }
  }

  async #writeDue(): Promise<boolean> {
    const { deadlines } = this.#indexed();
    const nowMs = this.#domain.nowMs;
    const { expired, missed } = deadlines.take(nowMs, RECORD_ITEMS_MAX);
    const orphaned = this.#areOrphansDue ? deadlines.orphans(nowMs, RECORD_ITEMS_MAX) : [];
    this.#areOrphansDue = orphaned.length === RECORD_ITEMS_MAX;
    if (missed.length > 0) await this.#append({ $case: "matchesDissolved", value: { matchIds: missed } });
    await this.#close(TicketsClosed_Cause.EXPIRED, expired);
    await this.#close(TicketsClosed_Cause.ORPHANED, orphaned);
    return expired.length + missed.length === RECORD_ITEMS_MAX || this.#areOrphansDue;
  }

  async #close(cause: TicketsClosed_Cause, ticketIds: TicketId[]): Promise<void> {
    if (ticketIds.length > 0) await this.#append({ $case: "ticketsClosed", value: { ticketIds, cause } });
  }

  async #writeClosedRooms(): Promise<void> {
    const roomIds = this.#sweep.over();
    if (roomIds.length === 0) return;
    for (const roomId of roomIds) this.#offers.closed(roomId);
    await this.#append({ $case: "roomsClosed", value: { roomIds } });
  }

  /** One slice of the matcher's work, and what it found. */
  async #look(): Promise<boolean> {
    const { fold, matcher } = this.#indexed();
    const nowMs = this.#domain.nowMs;
    if (fold.open.size === 0) {
      this.#nextLookMs = Number.POSITIVE_INFINITY;
      return false;
    }
    if (!this.#isLookDue && nowMs < this.#nextLookMs) return false;
    this.#isLookDue = false;
    const sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
    const { matches, done } = matcher.look({
      nowMs,
      ...this.#offers.now(fold),
      newMatchId: () => parseMatchId(`m_${this.#domain.name}_${this.#epoch}_${++this.#matchCount}`),
      newRoomId: (match) => parseRoomId(`r_${match.slice(2)}`),
      isOver: () => this.#clock.monotonicMs() >= sliceEndMs,
    });
    this.#isLookDue = !done;
    if (done) this.#nextLookMs = matcher.nextLookMs(nowMs);
    if (matches.length > 0) await this.#decide(matches);
    return !done;
  }

  async #decide(matches: Match[]): Promise<void> {
    await this.#append({ $case: "matchesDecided", value: { epoch: this.#epoch, matches } });
    for (const { queue, quality } of matches) {
      this.#metrics.matches.inc({ queue });
      this.#metrics.quality.observe({ queue }, quality);
    }
    this.#placing.ask();
  }

  #indexed(): Index {
    const { fold, queues } = this.#domain;
    if (this.#epoch === 0) throw new Deposed("another replica decides");
    if (this.#index?.fold === fold) return this.#index;
    this.#isLookDue = true;
    this.#index = { fold, matcher: new Matcher(fold, queues), deadlines: new Deadlines(fold, queues) };
    return this.#index;
  }

  /** Beside the work, which goes on: what fails is tried again later. */
  #snapshot(): void {
    const { fold, snapshots, ticketSubject, deciderSubject, caughtUp, isFilling } = this.#domain;
    if (this.#isSnapshotting || !caughtUp) return;
    if (!snapshots.isDue(fold, this.#clock.monotonicMs(), isFilling)) return;
    this.#isSnapshotting = true;
    snapshots
      .write(fold, { tickets: ticketSubject, decider: deciderSubject }, this.#clock.monotonicMs())
      .then(
        () =>
          this.#log.info(
            { event: "snapshot.written", seq: fold.seq, tickets: fold.tickets.size },
            "wrote a snapshot",
          ),
        (error: unknown) =>
          this.#log.warn({ event: "snapshot.failed", err: error }, "a snapshot could not be written"),
      )
      .finally(() => {
        this.#isSnapshotting = false;
      });
  }
}
