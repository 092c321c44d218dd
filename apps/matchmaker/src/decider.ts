import { type Cluster, type HeldLease, LEASE_TTL_MS, SequenceConflict } from "@warren/cluster";
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
import { type Changes, Matcher } from "@warren/matchmaking";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import { type LogEntry, type Match, Reserve_Mode, TicketsClosed_Cause } from "@warren/protocol/services";
import type { Logger } from "@warren/service";
import type { Domain } from "./domain.ts";
import type { MatchmakerMetrics } from "./metrics.ts";
import { epochOf } from "./node-link.ts";
import type { Nodes } from "./nodes.ts";

const RENEW_MS = LEASE_TTL_MS.decider / 3;
/** Windows widen and tickets expire with time, so the decider also looks without being told. */
const LOOK_MS = 100;
/** A room its node does not tell of is over after this long: the log may be quicker than the node's stream. */
const ROOM_MISSING_MS = 5_000;
/** A node or room that refused is not asked again for this long. */
const AVOID_MS = 2_000;
/** Refusals that say something of the node, and not of the match. */
const OF_THE_NODE: ReadonlySet<ErrorCode> = new Set([
  "UNAVAILABLE",
  "NO_CAPACITY",
  "NODE_STOPPING",
  "ROOM_UNKNOWN",
]);

/**
 * Decides for a domain while this replica holds its lease. Only a shell: what to propose, the matcher says; what is
 * valid, the fold says. Every record is appended under the sequence of the last one, so a decider that was
 * replaced without knowing it writes nothing.
 *
 *   following ──lease──▶ deciding ──lease lost, or a stranger's record──▶ following
 */
export class Decider {
  readonly #domain: Domain;
  readonly #nodes: Nodes;
  readonly #cluster: Cluster;
  readonly #replicaId: ReplicaId;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: MatchmakerMetrics;
  #lease: HeldLease | undefined;
  #epoch = 0;
  #matchCount = 0;
  #closed = false;
  #working: Promise<void> = Promise.resolve();
  #wanted = false;
  readonly #reserving = new Set<MatchId>();
  readonly #missingSinceMs = new Map<RoomId, number>();
  /** Nodes and rooms that refused, and until when they are not asked again, monotonic ms. */
  readonly #avoid = new Map<NodeId | RoomId, number>();
  readonly #timers: (() => void)[] = [];

  constructor(options: {
    domain: Domain;
    nodes: Nodes;
    cluster: Cluster;
    replicaId: ReplicaId;
    clock: Clock;
    log: Logger;
    metrics: MatchmakerMetrics;
  }) {
    this.#domain = options.domain;
    this.#nodes = options.nodes;
    this.#cluster = options.cluster;
    this.#replicaId = options.replicaId;
    this.#clock = options.clock;
    this.#log = options.log.child({ domain: options.domain.name });
    this.#metrics = options.metrics;
  }

  start(): void {
    this.#domain.onChanges((changes) => this.#onChanges(changes));
    this.#nodes.onChange(() => this.#wake());
    this.#every(RENEW_MS, () => this.#keepLease());
    this.#every(LOOK_MS, async () => this.#wake());
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    await this.#working;
    await this.#lease?.release();
    this.#lease = undefined;
  }

  #every(intervalMs: number, run: () => Promise<void>): void {
    const slot = this.#timers.push(() => {}) - 1;
    const next = async () => {
      await run();
      if (!this.#closed) this.#timers[slot] = this.#clock.after(intervalMs, next);
    };
    void next();
  }

  // --- lease ---

  async #keepLease(): Promise<void> {
    try {
      if (this.#lease && this.#domain.left) this.#stepDown("this replica cannot follow the log any more");
      else if (this.#lease) {
        if (!(await this.#lease.renew())) this.#stepDown("the lease was lost");
      } else if (this.#domain.caughtUp && !this.#domain.left && !this.#closed) {
        this.#lease = await this.#cluster.lease.acquire(
          "decider",
          this.#domain.name,
          new TextEncoder().encode(this.#replicaId),
        );
        if (this.#lease) this.#wake();
      }
    } catch (error) {
      if (this.#lease)
        this.#stepDown(`the lease could not be renewed: ${error instanceof Error ? error.message : error}`);
    }
  }

  #stepDown(why: string): void {
    if (this.#epoch > 0)
      this.#log.warn({ event: "decider.stepped_down", epoch: this.#epoch }, `not deciding any more: ${why}`);
    void this.#lease?.release().catch(() => {});
    this.#lease = undefined;
    this.#epoch = 0;
    this.#metrics.decider.set(0);
  }

  // --- work ---

  #onChanges(changes: Changes): void {
    if (this.#epoch > 0 && this.#domain.fold.epoch > this.#epoch) this.#stepDown("another replica decides");
    if (this.#epoch > 0)
      for (const seat of changes.superseded) this.#release(seat.nodeId, seat.roomId, seat.playerId);
    if (changes.tickets.length > 0) this.#wake();
  }

  #release(nodeId: NodeId, roomId: RoomId, playerId: string): void {
    this.#nodes
      .get(nodeId)
      ?.release({ roomId, playerId })
      .catch((error: unknown) => {
        this.#log.warn(
          { event: "seat.release_failed", nodeId, roomId, err: error },
          "a seat could not be released",
        );
      });
  }

  /** Looks soon; several wishes become one look, and looks never overlap. */
  #wake(): void {
    if (this.#wanted || !this.#lease || this.#closed) return;
    this.#wanted = true;
    this.#working = this.#working.then(async () => {
      this.#wanted = false;
      if (!this.#lease || this.#closed) return;
      try {
        await this.#look();
      } catch (error) {
        if (error instanceof SequenceConflict) this.#stepDown("another replica has written");
        else
          this.#log.warn(
            { event: "decider.failed", err: error },
            "a look at the queues failed; trying again",
          );
      }
    });
  }

  async #look(): Promise<void> {
    if (this.#epoch === 0) await this.#takeOver();
    this.#placeAll();
    await this.#closeRooms();
    const { fold, queues, snapshots } = this.#domain;
    if (snapshots.isDue(fold, this.#clock.monotonicMs())) await this.#snapshot();
    if (fold.open.size === 0) return;
    for (const ticket of fold.open) {
      const expireMs = Math.max(0, ...ticket.queues.map((name) => queues.get(name)?.expireMs ?? 0));
      if (this.#domain.nowMs - ticket.postedAtMs < expireMs) continue;
      await this.#write({
        $case: "ticketsClosed",
        value: { ticketIds: [ticket.id], cause: TicketsClosed_Cause.EXPIRED },
      });
    }
    const { matches } = new Matcher(fold, this.#domain.queues).look({
      nowMs: this.#domain.nowMs,
      openRooms: this.#nodes
        .openRooms((roomId) => fold.rooms.get(roomId)?.skill ?? 0)
        .filter(({ roomId, nodeId }) => !this.#avoided(roomId) && !this.#avoided(nodeId)),
      nodes: this.#nodes.spaces().filter((space) => !this.#avoided(space.nodeId)),
      newMatchId: () => parseMatchId(`m_${this.#domain.name}_${this.#epoch}_${++this.#matchCount}`),
      newRoomId: (match) => parseRoomId(`r_${match.slice(2)}`),
      isOver: () => false,
    });
    if (matches.length === 0) return;
    await this.#write({ $case: "matchesDecided", value: { epoch: this.#epoch, matches } });
    for (const match of matches) this.#metrics.matches.inc({ queue: match.queue });
    this.#placeAll();
  }

  /** Never holds up matching: what fails now is tried again at the next look. */
  async #snapshot(): Promise<void> {
    const { fold, snapshots, ticketSubject, deciderSubject } = this.#domain;
    try {
      await snapshots.write(
        fold,
        { tickets: ticketSubject, decider: deciderSubject },
        this.#clock.monotonicMs(),
      );
      this.#log.info(
        { event: "snapshot.written", seq: fold.seq, tickets: fold.tickets.size },
        "wrote a snapshot",
      );
    } catch (error) {
      this.#log.warn({ event: "snapshot.failed", err: error }, "a snapshot could not be written");
    }
  }

  async #takeOver(): Promise<void> {
    await this.#domain.barrier();
    const epoch = this.#domain.fold.epoch + 1;
    await this.#write({ $case: "epochStarted", value: { epoch, replicaId: this.#replicaId } });
    this.#epoch = epoch;
    this.#matchCount = 0;
    this.#metrics.decider.set(1);
    this.#log.info({ event: "decider.started", epoch }, `deciding for domain ${this.#domain.name}`);
  }

  async #write(body: NonNullable<LogEntry["body"]>): Promise<void> {
    await this.#domain.append(this.#domain.deciderSubject, body, {
      expectLastSubjectSeq: this.#domain.fold.deciderSeq,
    });
  }

  /** Asks the nodes for every match that is decided and not placed, also those of a decider before. */
  #placeAll(): void {
    for (const match of this.#domain.fold.placing.values()) {
      const matchId = match.matchId as MatchId;
      if (this.#reserving.has(matchId)) continue;
      this.#reserving.add(matchId);
      void this.#reserve(match)
        .then((outcome) =>
          this.#inOrder(() =>
            this.#write({ $case: "matchesPlaced", value: { placements: [{ matchId, ...outcome }] } }),
          ),
        )
        .finally(() => this.#reserving.delete(matchId));
    }
  }

  /** Appends are fenced by the one before, so they go one at a time. */
  #inOrder(run: () => Promise<void>): Promise<void> {
    const done = this.#working.then(async () => {
      if (this.#epoch === 0) return;
      await run();
    });
    this.#working = done.catch((error: unknown) => {
      if (error instanceof SequenceConflict) this.#stepDown("another replica has written");
      else
        this.#log.warn(
          { event: "decider.failed", err: error },
          "a placement could not be written; trying again",
        );
    });
    return this.#working;
  }

  async #reserve(match: Match): Promise<{ ok: boolean; roomEpoch: number; errorCode: string }> {
    const { fold } = this.#domain;
    const config = this.#domain.queues.get(match.queue);
    const nodeId = match.nodeId as NodeId;
    try {
      const link = this.#nodes.get(nodeId);
      if (!link) throw new WarrenError("UNAVAILABLE", "The node is gone.");
      if (!config) throw new WarrenError("QUEUE_UNKNOWN");
      const reply = await link.reserve({
        roomId: match.roomId,
        mode: match.backfillGeneration > 0 ? Reserve_Mode.JOIN : Reserve_Mode.CREATE,
        spec: {
          roomName: config.room,
          optionsJson: JSON.stringify(config.options),
          fillTo: match.fillTo,
          queue: match.queue,
          backfill: config.backfill !== "none",
          joinCode: "",
          matchId: match.matchId,
          listed: false,
          teamSize: config.teams.size,
          teams: config.teams.count,
        },
        seats: match.tickets.flatMap(({ ticketId, team, roles }) =>
          (fold.tickets.get(ticketId as TicketId)?.players ?? []).map(({ id, joinJson }, i) => ({
            playerId: id,
            joinJson,
            team,
            role: roles[i] ?? "",
          })),
        ),
        backfillGeneration: match.backfillGeneration,
      });
      return { ok: true, roomEpoch: epochOf(reply), errorCode: "" };
    } catch (error) {
      const { code, message } = WarrenError.from(error);
      const untilMs = this.#clock.monotonicMs() + AVOID_MS;
      if (match.backfillGeneration > 0) this.#avoid.set(match.roomId as RoomId, untilMs);
      else if (OF_THE_NODE.has(code)) this.#avoid.set(nodeId, untilMs);
      this.#metrics.refusals.inc({ code });
      this.#log.warn(
        { event: "match.refused", matchId: match.matchId, nodeId, code },
        `a match could not be placed: ${message}`,
      );
      return { ok: false, roomEpoch: 0, errorCode: code };
    }
  }

  #avoided(id: NodeId | RoomId): boolean {
    const untilMs = this.#avoid.get(id);
    if (untilMs === undefined) return false;
    if (untilMs > this.#clock.monotonicMs()) return true;
    this.#avoid.delete(id);
    return false;
  }

  /** Seats in rooms that are no more are free: their node says so, or is itself no more. */
  async #closeRooms(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const roomIds: string[] = [];
    for (const [roomId, { nodeId }] of this.#domain.fold.rooms) {
      const running = this.#nodes.roomsOn(nodeId);
      const missing = running ? !running.has(roomId) : !this.#nodes.known(nodeId);
      if (!missing) {
        this.#missingSinceMs.delete(roomId);
        continue;
      }
      const sinceMs = this.#missingSinceMs.get(roomId) ?? nowMs;
      this.#missingSinceMs.set(roomId, sinceMs);
      if (nowMs - sinceMs >= ROOM_MISSING_MS) roomIds.push(roomId);
    }
    if (roomIds.length === 0) return;
    await this.#write({ $case: "roomsClosed", value: { roomIds } });
    // Of a node that died nobody else gives the claims back.
    await Promise.all(roomIds.map((roomId) => this.#nodes.forgetRoom(roomId as RoomId)));
    for (const roomId of roomIds) this.#missingSinceMs.delete(roomId as RoomId);
  }
}
