import type { Game } from "@warren/game";
import {
  type NodeId,
  type PlayerId,
  Prng,
  parseReplicaId,
  type ReplicaId,
  type TicketId,
} from "@warren/kernel";
import { type Changes, defineQueue, type QueueConfig } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { LogEntry } from "@warren/protocol/services";
import { createLogger, createRegistry } from "@warren/service";
import { seeds } from "@warren/testkit";
import { Decider } from "../../src/decider/decider.ts";
import { Domain } from "../../src/log/domain.ts";
import { configureQueues } from "../../src/log/queue-versions.ts";
import { matchmakerMetrics } from "../../src/metrics.ts";
import { StreamTracker } from "../../src/tickets/stream-tracker.ts";
import type { TicketRequest } from "../../src/tickets/ticket-request.ts";
import { Tickets } from "../../src/tickets/tickets.ts";
import { vote } from "../../src/tickets/votes.ts";
import { Checker } from "./checker.ts";
import { Life, Problem, Scheduler } from "./scheduler.ts";
import { SimulatedLease } from "./simulated-lease.ts";
import { SimulatedLog } from "./simulated-log.ts";
import { SimulatedNodes } from "./simulated-nodes.ts";

// Three replicas with the real shells (Domain, Snapshots, Tickets, Decider) on simulated ports. Every wait on a port is
// a point where the scheduler decides what goes on, and where a replica may die.

const DOMAIN = "main";
const REPLICAS = 3;
const PLAYERS = 9;
/** What happens from outside in one run; after each, the replicas take some steps. */
const ACTIONS = 50;
/** A run that is not over after so many rounds of quiet never is. */
const QUIET_ROUNDS = 20_000;

const SOLO_QUEUES = [["duel"], ["teams"], ["casual"], ["ranked"], ["duel", "casual"], ["ranked", "duel"]];

const log = createLogger({ name: "simulation", level: "silent", format: "json" });
const metrics = matchmakerMetrics(createRegistry("simulation"));

/** What production code guarantees, and a simulation can leave out to show that it would be missed. */
export interface World {
  /** The log refuses an append that expects another last record. */
  readonly isFenced: boolean;
  /** A node knows a match again. */
  readonly isReserveIdempotent: boolean;
  /** Changes what is appended. */
  readonly rewrite: (subject: string, bytes: Uint8Array) => Uint8Array;
}

export const WARREN: World = {
  isFenced: true,
  isReserveIdempotent: true,
  rewrite: (_subject, bytes) => bytes,
};

function queuesOf(version: number): Record<string, QueueConfig> {
  return {
    duel: defineQueue({ room: "arena", version, size: 2, expireMs: 4_000 + version, orphanGraceMs: 1_000 }),
    teams: defineQueue({
      room: "arena",
      version,
      teams: { count: 2, size: 2 },
      expireMs: 5_000,
      orphanGraceMs: 1_000,
    }),
    casual: defineQueue({
      room: "arena",
      version,
      size: 3,
      backfill: true,
      relax: [{ atMs: 1_000, min: 1, fillTo: 3 }],
      expireMs: 4_000,
      orphanGraceMs: 1_000,
    }),
    ranked: defineQueue({
      room: "arena",
      version,
      size: 2,
      acceptance: { timeoutMs: 1_500, declineMs: 300, missMs: 600 },
      expireMs: 4_000,
      orphanGraceMs: 1_000,
    }),
  };
}

interface Replica {
  readonly life: Life;
  readonly id: ReplicaId;
  readonly domain: Domain;
  readonly tickets: Tickets;
  readonly streams: StreamTracker;
  readonly decider: Decider;
  /** A snapshot is due, whatever the time. */
  isSnapshotDue: boolean;
}

type Body = NonNullable<LogEntry["body"]>;

/** One run: a seed says all of it. */
export class Simulation {
  readonly checker: Checker;
  readonly scheduler: Scheduler;
  readonly #prng: Prng;
  readonly #log: SimulatedLog;
  readonly #lease: SimulatedLease;
  readonly #nodes: SimulatedNodes;
  readonly #replicas: Replica[] = [];
  readonly #requests: TicketRequest[] = [];
  #count = 0;
  #version = 1;
  #problem: unknown;

  constructor(seed: number, world: World = WARREN) {
    this.#prng = new Prng(seed);
    this.scheduler = new Scheduler(this.#prng);
    this.#log = new SimulatedLog(this.scheduler, world);
    this.#lease = new SimulatedLease(this.scheduler);
    this.#nodes = new SimulatedNodes(this.scheduler, world.isReserveIdempotent);
    this.checker = new Checker({
      history: this.#log.history,
      taken: this.#nodes.taken,
      snapshotSubject: `mm.${DOMAIN}.s`,
    });
  }

  get records(): number {
    return this.#log.history.length;
  }

  /** Throws Problem when a promise was broken. */
  async run(): Promise<void> {
    this.#nodes.add();
    this.#nodes.add();
    for (let i = 0; i < REPLICAS; i++) this.#replicas.push(this.#start());
    for (let i = 0; i < ACTIONS; i++) {
      this.#act();
      if (this.#prng.int(0, 1) === 0) this.scheduler.pass(this.#prng.int(1, 250));
      for (let steps = this.#prng.int(0, 14); steps > 0 && (await this.#step()); steps--);
    }
    await this.#quiet();
  }

  async #step(): Promise<boolean> {
    const isMore = await this.scheduler.step();
    if (this.#problem) throw this.#problem;
    return isMore;
  }

  // --- replicas ---

  #start(): Replica {
    const life = new Life();
    const id = parseReplicaId(`mm_${++this.#count}`);
    const clock = this.scheduler.clockOf(life);
    const queues = queuesOf(this.#version);
    const game: Game = { queues, rooms: {} };
    const domain = new Domain({ name: DOMAIN, queues, log: this.#log.of(life), clock, logger: log });
    const decider = new Decider({
      domain,
      nodes: this.#nodes.of(life),
      cluster: { lease: this.#lease.of(life) },
      replicaId: id,
      clock,
      log,
      metrics,
      nextTurn: () => this.scheduler.turn(life),
    });
    const replica: Replica = {
      life,
      id,
      domain,
      tickets: new Tickets(game, domain),
      streams: new StreamTracker({ domain, replicaId: id, clock, log }),
      decider,
      isSnapshotDue: false,
    };
    domain.snapshots.isDue = () => {
      const isDue = replica.isSnapshotDue;
      replica.isSnapshotDue = false;
      return isDue;
    };
    domain.onChanges((changes) => this.#folded(replica, changes));
    domain.onLeft(() => this.#crash(replica));
    void this.#boot(replica, queues);
    return replica;
  }

  /** As main.ts does; a process that cannot start is started again. */
  async #boot(replica: Replica, queues: Record<string, QueueConfig>): Promise<void> {
    try {
      await replica.domain.start();
      await configureQueues({ domain: replica.domain, queues, log });
      replica.decider.start();
    } catch {
      this.#crash(replica);
    }
  }

  #folded(replica: Replica, changes: Changes): void {
    if (this.#problem) return;
    try {
      this.checker.folded(replica.domain.fold, changes);
    } catch (error) {
      this.#problem = error;
    }
  }

  /** What it waits for never comes; another process takes its place. */
  #crash(replica: Replica): void {
    const at = this.#replicas.indexOf(replica);
    if (at < 0) return;
    replica.life.isAlive = false;
    this.#nodes.forget(replica.life);
    this.#replicas[at] = this.#start();
  }

  // --- what comes from outside ---

  #act(): void {
    const dice = this.#prng.int(0, 99);
    if (dice < 34) this.#post();
    else if (dice < 40) this.#postAgain();
    else if (dice < 46) this.#postParty();
    else if (dice < 52) this.#cancel(1);
    else if (dice < 54) this.#cancel(6);
    else if (dice < 68) this.#vote();
    else if (dice < 74) this.#crash(this.#any());
    else if (dice < 76) this.#any().life.stoppedUntilMs = this.scheduler.nowMs + this.#prng.int(100, 10_000);
    else if (dice < 79) this.#killNode();
    else if (dice < 82) this.#nodes.add();
    else if (dice < 88) this.#shakeRoom();
    else if (dice < 93) for (const replica of this.#replicas) replica.isSnapshotDue = true;
    else if (dice < 96) this.#follow();
    else if (dice < 97) this.#report();
    else if (dice < 98) this.#sitInOwnRoom();
    else this.#raiseVersion();
  }

  #any(): Replica {
    return this.#prng.pick(this.#replicas);
  }

  #player(): PlayerId {
    return `P${this.#prng.int(1, PLAYERS)}` as PlayerId;
  }

  #post(): void {
    this.#request([this.#player()], this.#prng.pick(SOLO_QUEUES), this.#prng.int(0, 7) === 0);
  }

  #postParty(): void {
    const first = this.#prng.int(1, PLAYERS);
    const players = [`P${first}`, `P${(first % PLAYERS) + 1}`] as PlayerId[];
    this.#request(players, ["teams"], this.#prng.int(0, 1) === 0);
  }

  #request([playerId, ...others]: PlayerId[], queues: string[], replace: boolean): void {
    if (playerId === undefined) return;
    const from = [playerId, ...others].map((id) => ({ playerId: id, isTrusted: false, path: "" }));
    const request = { playerId, idempotencyKey: `k${++this.#count}`, queues, from, replace };
    this.#requests.push(request);
    this.#try(this.#any().tickets.post(request));
    // An impatient client, or one whose first request went to a replica that hangs.
    if (this.#prng.int(0, 5) === 0) this.#try(this.#any().tickets.post(request));
  }

  /** The same request at another replica, or again when the answer was lost. */
  #postAgain(): void {
    if (this.#requests.length > 0) this.#try(this.#any().tickets.post(this.#prng.pick(this.#requests)));
  }

  #cancel(count: number): void {
    for (const { id, players } of [...this.#any().domain.fold.tickets.values()].slice(-count))
      this.#try(this.#any().tickets.cancel(id, players[0]?.id));
  }

  #vote(): void {
    const { fold } = this.#any().domain;
    for (const [matchId, { match }] of fold.proposed) {
      for (const { ticketId } of match.tickets)
        for (const { id } of fold.tickets.get(ticketId as TicketId)?.players ?? []) {
          if (this.#prng.int(0, 5) === 0) continue;
          this.#try(vote(this.#any().domain, matchId, id, this.#prng.int(0, 7) > 0));
        }
    }
  }

  #killNode(): void {
    const [nodeId] = [...this.#nodes.alive.keys()].slice(-this.#prng.int(1, 2));
    if (nodeId) this.#nodes.kill(nodeId);
  }

  /** A room ends, or somebody leaves it and it asks for another. */
  #shakeRoom(): void {
    for (const [nodeId, { rooms }] of this.#nodes.alive) {
      const found = [...rooms].at(-this.#prng.int(1, 3));
      if (!found) continue;
      const [roomId, { players }] = found;
      const player = players[0];
      if (player !== undefined && this.#prng.int(0, 2) > 0) this.#nodes.leave(nodeId, roomId, player);
      else this.#nodes.endRoom(nodeId, roomId);
    }
  }

  /** Streams of tickets open and close on a replica. */
  #follow(): void {
    const { streams, domain } = this.#any();
    for (const { id } of [...domain.fold.open].slice(-4)) {
      streams.opened(id);
      if (this.#prng.int(0, 1) === 0) streams.closed(id);
    }
  }

  /** A room reports twice how its match ended. */
  #report(): void {
    for (const [roomId, { matchId }] of [...this.#any().domain.fold.rooms].slice(-1)) {
      const body: Body = { $case: "resultReported", value: { matchId, roomId, teams: [], reportJson: "" } };
      this.#append(body);
      this.#append(body);
    }
  }

  /** A room that belongs to no match: whichever replica was asked tells the log, decider or not. */
  #sitInOwnRoom(): void {
    const [nodeId] = this.#nodes.alive.keys();
    if (!nodeId) return;
    const roomId = `r_own_${++this.#count}`;
    const playerId = this.#player();
    this.#nodes.sitDown(nodeId as NodeId, roomId as never, playerId);
    this.#append({ $case: "seatTaken", value: { playerId, roomId, nodeId } });
  }

  /** A deploy: one replica after the other comes with new queues. */
  #raiseVersion(): void {
    this.#version++;
    this.#crash(this.#any());
  }

  #append(body: Body, id?: string): void {
    const { domain } = this.#any();
    this.#try(domain.append(domain.ticketSubject, body, id === undefined ? {} : { id }));
  }

  /** A client that is refused, or whose answer is lost, does not matter here; a bug does. */
  #try(request: Promise<unknown>): void {
    request.catch((error: unknown) => {
      if (!(error instanceof WarrenError)) this.#problem = error;
    });
  }

  // --- the end ---

  /** No more posts and no more faults: everything has to end, and all replicas agree. */
  async #quiet(): Promise<void> {
    this.scheduler.hasFaults = false;
    if (this.#nodes.alive.size === 0) this.#nodes.add();
    for (let round = 0; ; round++) {
      if (round > QUIET_ROUNDS) break;
      if (await this.#step()) continue;
      if (this.#isOver()) break;
      this.scheduler.pass(Math.max(1, Math.min(this.scheduler.nextTimerMs, 1_000)));
    }
    for (const { domain } of this.#replicas) this.checker.ended(domain.fold);
  }

  #isOver(): boolean {
    return (
      this.checker.isAllFinal() &&
      this.#replicas.every(({ domain }) => domain.caughtUp && domain.fold.seq >= this.records)
    );
  }
}

/** What went wrong with a seed; undefined: nothing. */
export async function problemWith(seed: number, world: World = WARREN): Promise<string | undefined> {
  try {
    await new Simulation(seed, world).run();
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `SEED=${seed} replays this: ${error.message}`;
  }
}

/** What goes wrong with the first `count` seeds of a part: part 0 has the even ones, part 1 the odd ones. */
export async function problemsOf(part: 0 | 1, count: number): Promise<string[]> {
  const problems: string[] = [];
  for (const seed of seeds(2 * count)) {
    const problem = seed % 2 === part ? await problemWith(seed) : undefined;
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}
