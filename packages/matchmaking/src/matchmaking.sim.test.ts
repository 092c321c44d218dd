import { type MatchId, type NodeId, Prng, type RoomId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { type LogEntry, type Match, TicketClosed_Cause } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { Fold, type Ticket } from "./fold.ts";
import { decodeFold, encodeFold } from "./fold-snapshot.ts";
import { expiredTickets, proposeMatches } from "./matcher.ts";
import { defineQueue } from "./queue-config.ts";

// Several replicas fold one log. Everything a decider does between two awaits is one event here, so a crash, a rival,
// a post or a cancel can come between any two of its steps. `SEED=17 vitest --project sim` replays one run.

type Body = NonNullable<LogEntry["body"]>;

const RUNS = 600;
const STEPS = 90;
/** A broken rule has to be found within so many runs. */
const RUNS_TO_FIND = 1_000;

const QUEUES = {
  duel: defineQueue({ room: "arena", size: 2, expireMs: 8_000 }),
  ffa: defineQueue({
    room: "arena",
    size: 4,
    backfill: true,
    relax: [{ atMs: 2_000, min: 1, fillTo: 4 }],
    expireMs: 12_000,
  }),
};
const SEATS = 4;

/** What production code guarantees, and a simulation can leave out to show that it would be missed. */
interface World {
  readonly newFold: () => Fold;
  readonly isFenced: boolean;
  /** A snapshot is restored as a fold that keeps the rules. */
  readonly hasSnapshots: boolean;
}

class Conflict extends Error {}

/** Takes every match as decided, whatever its tickets do. */
class FoldWithoutValidity extends Fold {
  override apply(seq: number, timeMs: number, isDeciders: boolean, entry: LogEntry) {
    if (entry.body?.$case === "matchesDecided") {
      for (const id of entry.body.value.matches.flatMap((match) => match.ticketIds)) {
        const ticket = this.tickets.get(id as never);
        if (ticket) ticket.status = "open";
      }
    }
    return super.apply(seq, timeMs, isDeciders, entry);
  }
}

const WARREN: World = { newFold: () => new Fold(), isFenced: true, hasSnapshots: true };

interface LogRecord {
  readonly seq: number;
  readonly timeMs: number;
  readonly isDeciders: boolean;
  readonly body: Body;
}

class Log {
  readonly records: LogRecord[] = [];
  readonly #ids = new Map<string, number>();
  readonly #isFenced: boolean;
  #deciderSeq = 0;

  constructor(isFenced: boolean) {
    this.#isFenced = isFenced;
  }

  append(body: Body, timeMs: number, { id, expectSeq }: { id?: string; expectSeq?: number }): void {
    if (id !== undefined && this.#ids.has(id)) return;
    if (this.#isFenced && expectSeq !== undefined && expectSeq !== this.#deciderSeq) throw new Conflict();
    const seq = this.records.length + 1;
    const isDeciders = expectSeq !== undefined;
    this.records.push({ seq, timeMs, isDeciders, body });
    if (isDeciders) this.#deciderSeq = seq;
    if (id !== undefined) this.#ids.set(id, seq);
  }
}

/** A room-server: answers a match it knows again in the same way, and may die with all its rooms. */
class Node {
  readonly id: string;
  readonly rooms = new Map<string, Set<string>>();
  readonly accepted = new Set<string>();

  constructor(id: string) {
    this.id = id;
  }

  reserve(match: Match, players: readonly string[]): boolean {
    const room = this.rooms.get(match.roomId) ?? (match.backfill ? undefined : new Set<string>());
    if (!room || new Set([...room, ...players]).size > SEATS) return false;
    for (const player of players) room.add(player);
    this.rooms.set(match.roomId, room);
    this.accepted.add(match.matchId);
    return true;
  }
}

/** One matchmaker: a fold, how far it has read, and what it would do next if it decides. */
class Replica {
  fold: Fold;
  epoch = 0;
  /** What is computed and not written yet, or answered and not written yet. */
  pending: { readonly body: Body }[] = [];
  matchCount = 0;

  constructor(fold: Fold) {
    this.fold = fold;
  }

  stepDown(): void {
    this.epoch = 0;
    this.pending = [];
  }
}

class Simulation {
  readonly prng: Prng;
  readonly world: World;
  readonly log: Log;
  readonly replicas: Replica[];
  readonly posted = new Map<string, { playerId: string; body: Body }>();
  nodes: Node[] = [];
  readonly nodesEver = new Map<string, Node>();
  nowMs = 1_000;
  #count = 0;
  readonly #stateAt = new Map<number, string>();
  readonly #ended = new Map<string, string>();
  readonly #matchOf = new Map<string, string>();
  readonly #roomOf = new Map<string, string>();
  readonly #epochs = new Map<number, string>();

  constructor(seed: number, world: World) {
    this.prng = new Prng(seed);
    this.world = world;
    this.log = new Log(world.isFenced);
    this.replicas = Array.from({ length: 3 }, () => new Replica(world.newFold()));
    this.addNode();
    this.addNode();
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.nowMs += this.prng.int(0, 120);
      this.step();
    }
    this.quiet();
  }

  step(): void {
    const replica = this.prng.pick(this.replicas);
    const dice = this.prng.int(0, 99);
    if (dice < 16) this.post();
    else if (dice < 22) this.repeatPost();
    else if (dice < 30) this.cancel();
    else if (dice < 55) this.follow(replica, this.prng.int(1, 6));
    else if (dice < 90) this.decide(replica);
    else if (dice < 93) this.crash(replica);
    else if (dice < 95) this.killNode();
    else if (dice < 97) this.endRoom();
    else if (dice < 98) this.sitInOwnRoom();
    else if (this.nodes.length < 3) this.addNode();
  }

  // --- what comes from outside ---

  post(): void {
    const playerId = `P${this.prng.int(1, 7)}`;
    const ticketId = `t${++this.#count}`;
    const queues = this.prng.pick([["duel"], ["ffa"], ["duel", "ffa"]]);
    const body: Body = {
      $case: "ticketPosted",
      value: { ticketId, playerId, queues, attributes: new Map(), joinJson: "{}" },
    };
    this.posted.set(ticketId, { playerId, body });
    this.log.append(body, this.wallMs(), { id: ticketId });
  }

  /** The same request at another replica, or again when the answer was lost. */
  repeatPost(): void {
    if (this.posted.size === 0) return;
    const [id, { body }] = this.prng.pick([...this.posted]);
    // The log forgets ids in time; the fold has to know by itself.
    this.log.append(body, this.wallMs(), this.prng.int(0, 1) === 0 ? { id } : {});
  }

  cancel(): void {
    if (this.posted.size === 0) return;
    const ticketId = this.prng.pick([...this.posted.keys()].slice(-6));
    const value = { ticketId, cause: TicketClosed_Cause.CANCELLED };
    this.log.append({ $case: "ticketClosed", value }, this.wallMs(), { id: `${ticketId}-x` });
  }

  addNode(): void {
    const node = new Node(`n${++this.#count}`);
    this.nodes.push(node);
    this.nodesEver.set(node.id, node);
  }

  killNode(): void {
    const dead = this.nodes.length === 0 ? undefined : this.prng.pick(this.nodes);
    this.nodes = this.nodes.filter((node) => node !== dead);
  }

  endRoom(): void {
    const node = this.nodes.length === 0 ? undefined : this.prng.pick(this.nodes);
    const room = node && [...node.rooms.keys()][0];
    if (room !== undefined) node?.rooms.delete(room);
  }

  /** A room that belongs to no match: whichever replica was asked tells the log, decider or not. */
  sitInOwnRoom(): void {
    if (this.nodes.length === 0) return;
    const node = this.prng.pick(this.nodes);
    const playerId = `P${this.prng.int(1, 7)}`;
    const roomId = `own${++this.#count}`;
    node.rooms.set(roomId, new Set([playerId]));
    this.log.append({ $case: "seatTaken", value: { playerId, roomId, nodeId: node.id } }, this.wallMs(), {});
  }

  /** The log's clock is a wall clock: it may go back. */
  wallMs(): number {
    return this.nowMs - this.prng.int(0, 40);
  }

  // --- replicas ---

  follow(replica: Replica, count: number): void {
    for (const record of this.log.records.slice(replica.fold.seq, replica.fold.seq + count)) {
      const before = new Map([...replica.fold.placing]);
      replica.fold.apply(record.seq, record.timeMs, record.isDeciders, {
        version: RECORD_VERSION,
        body: record.body,
      });
      this.check(replica.fold, record, before);
      if (replica.epoch > 0 && replica.fold.epoch > replica.epoch) replica.stepDown();
    }
  }

  crash(replica: Replica): void {
    replica.stepDown();
    // Some restart from nothing, some from a snapshot of anyone's, the others only lost the lease.
    const way = this.prng.int(0, 2);
    if (way === 0) replica.fold = this.world.newFold();
    else if (way === 1 && this.world.hasSnapshots)
      replica.fold = decodeFold(encodeFold(this.prng.pick(this.replicas).fold));
  }

  /** One step of a decider. Leases say nothing about safety, so any replica may think that it decides. */
  decide(replica: Replica): void {
    const next = replica.pending.shift();
    if (next) return this.write(replica, next.body);
    const { fold } = replica;
    if (replica.epoch === 0) {
      const replicaId = `mm${this.replicas.indexOf(replica)}-${++this.#count}`;
      return this.write(replica, { $case: "epochStarted", value: { epoch: fold.epoch + 1, replicaId } });
    }
    const placing = [...fold.placing.values()];
    if (placing.length > 0 && this.prng.int(0, 2) > 0) return this.ask(replica, this.prng.pick(placing));
    const gone = this.goneRooms(fold);
    if (gone.length > 0 && this.prng.int(0, 3) === 0) {
      return void replica.pending.push({ body: { $case: "roomsClosed", value: { roomIds: gone } } });
    }
    const nowMs = fold.timeMs + this.prng.int(0, 300);
    const [expired] = expiredTickets(fold, QUEUES, nowMs);
    if (expired) {
      const value = { ticketId: expired.id, cause: TicketClosed_Cause.EXPIRED };
      return void replica.pending.push({ body: { $case: "ticketClosed", value } });
    }
    this.propose(replica, nowMs);
  }

  propose(replica: Replica, nowMs: number): void {
    const matches = proposeMatches(replica.fold, QUEUES, {
      nowMs,
      nodes: this.nodes.map(({ id }) => ({ nodeId: id as NodeId, rooms: new Set(["arena"]), freeRooms: 5 })),
      openRooms: this.nodes.flatMap(({ id, rooms }) =>
        [...rooms].map(([roomId, players]) => ({
          roomId: roomId as RoomId,
          nodeId: id as NodeId,
          queue: "ffa",
          freeSeats: SEATS - players.size,
        })),
      ),
      newMatchId: () => `m_${replica.epoch}_${++replica.matchCount}` as MatchId,
      newRoomId: (match) => `r${match.slice(1)}` as RoomId,
    });
    if (matches.length > 0)
      replica.pending.push({ body: { $case: "matchesDecided", value: { epoch: replica.epoch, matches } } });
  }

  /** Asks a node for a match's seats. The answer may be lost, then the node has them and the match is refused. */
  ask(replica: Replica, match: Match): void {
    const node = this.nodes.find(({ id }) => id === match.nodeId);
    const players = match.ticketIds.flatMap((id) => replica.fold.tickets.get(id as never)?.playerId ?? []);
    const ok = (node?.reserve(match, players) ?? false) && this.prng.int(0, 9) > 0;
    const value = { matchId: match.matchId, ok, roomEpoch: 1, errorCode: ok ? "" : "UNAVAILABLE" };
    replica.pending.push({ body: { $case: "matchPlaced", value } });
    if (ok && this.prng.int(0, 9) === 0) this.killNode();
  }

  write(replica: Replica, body: Body): void {
    try {
      this.log.append(body, this.wallMs(), { expectSeq: replica.fold.deciderSeq });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      return replica.stepDown();
    }
    // A crash here: the record is in the log, and the one who wrote it will never know.
    if (this.prng.int(0, 15) === 0) return this.crash(replica);
    const taken = body.$case === "epochStarted" ? body.value.epoch : replica.epoch;
    // As the shell does, the writer waits until its own record is folded.
    this.follow(replica, Number.POSITIVE_INFINITY);
    if (body.$case === "epochStarted" && replica.fold.epoch === taken) {
      replica.epoch = taken;
      replica.matchCount = 0;
    }
  }

  goneRooms(fold: Fold): string[] {
    return [...fold.rooms].flatMap(([id, { nodeId }]) =>
      this.nodes.some((node) => node.id === nodeId && node.rooms.has(id)) ? [] : [id],
    );
  }

  /** No more posts and no more faults: everything has to end, and all replicas agree. */
  quiet(): void {
    const [replica] = this.replicas as [Replica];
    if (this.nodes.length === 0) this.addNode();
    for (let round = 0; round < 400; round++) {
      this.nowMs += 200;
      // A record of the log moves its time on, as a heartbeat of any ticket would.
      this.follow(replica, Number.POSITIVE_INFINITY);
      if (replica.fold.open.size === 0 && replica.fold.placing.size === 0) break;
      const [expired] = expiredTickets(replica.fold, QUEUES, this.nowMs);
      if (expired && replica.epoch > 0 && replica.pending.length === 0) {
        const value = { ticketId: expired.id, cause: TicketClosed_Cause.EXPIRED };
        replica.pending.push({ body: { $case: "ticketClosed", value } });
      }
      this.decide(replica);
    }
    for (const each of this.replicas) this.follow(each, Number.POSITIVE_INFINITY);
    const left = [...replica.fold.tickets.values()].filter(({ status }) => !FINAL.has(status));
    if (left.length > 0) throw new Error(`${left.length} tickets never end`);
  }

  // --- invariants ---

  check(fold: Fold, { seq, body }: LogRecord, placingBefore: ReadonlyMap<string, Match>): void {
    const state = stateOf(fold);
    const known = this.#stateAt.get(seq) ?? state;
    if (known !== state) throw new Error(`replicas differ at ${seq}:\n${known}\n${state}`);
    if (this.#stateAt.has(seq)) return;
    this.#stateAt.set(seq, state);

    if (body.$case === "epochStarted" && fold.epoch === body.value.epoch) {
      const other = this.#epochs.get(body.value.epoch) ?? body.value.replicaId;
      if (other !== body.value.replicaId) throw new Error(`epoch ${body.value.epoch} has two deciders`);
      this.#epochs.set(body.value.epoch, other);
    }
    for (const [matchId, match] of fold.placing) {
      if (placingBefore.has(matchId)) continue;
      if (this.#roomOf.has(matchId)) throw new Error(`match ${matchId} was decided twice`);
      this.#roomOf.set(matchId, match.roomId);
    }
    const inMatches = [...fold.placing.values()].flatMap((match) => match.ticketIds);
    const alive = inMatches.filter((id) => fold.tickets.get(id as never)?.status === "placing");
    if (new Set(alive).size !== alive.length) throw new Error("a ticket is in two matches");

    const players = new Set<string>();
    for (const { id, playerId, status, history } of fold.tickets.values()) {
      const isOpen = !FINAL.has(status);
      if (isOpen && players.has(playerId)) throw new Error(`${playerId} has two open tickets`);
      if (isOpen) players.add(playerId);
      if (fold.open.has(fold.tickets.get(id)!) !== (status === "open"))
        throw new Error(`${id} is ${status} and in the wrong set`);
      const ended = this.#ended.get(id);
      if (ended !== undefined && ended !== status) throw new Error(`${id} was ${ended} and is ${status}`);
      if (!isOpen) this.#ended.set(id, status);
      for (const event of history) {
        if (event.type !== "assigned") continue;
        const other = this.#matchOf.get(id) ?? event.matchId;
        if (other !== event.matchId) throw new Error(`${id} is assigned to ${other} and ${event.matchId}`);
        this.#matchOf.set(id, event.matchId);
        if (!this.nodesEver.get(event.nodeId)?.accepted.has(event.matchId))
          throw new Error(`${id} is assigned to a room that does not know ${event.matchId}`);
      }
    }
    for (const [playerId, roomId] of fold.seatOf)
      if (!fold.rooms.get(roomId)?.players.has(playerId))
        throw new Error(`${playerId} has no seat in ${roomId}`);
  }
}

const FINAL: ReadonlySet<string> = new Set(["assigned", "cancelled", "expired"]);

/** All there is to a fold, in one text: equal folds have equal texts, in whatever order their maps are. */
function stateOf(fold: Fold): string {
  const inOrder = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  return JSON.stringify([
    [fold.seq, fold.timeMs, fold.epoch, fold.deciderSeq],
    inOrder([...fold.tickets.values()].map((ticket) => rowOf(ticket))),
    inOrder([...fold.open].map(({ id }) => id)),
    inOrder([...fold.openOf].map(([player, { id }]) => [player, id])),
    inOrder([...fold.placing.values()]),
    inOrder([...fold.rooms].map(([id, { nodeId, players }]) => [id, nodeId, [...players].sort()])),
    inOrder([...fold.seatOf]),
    inOrder(fold.finals.map(({ ticket, atMs }) => [ticket.id, atMs])),
  ]);
}

function rowOf({ attributes, history, queues, ...plain }: Ticket): unknown[] {
  return [plain.id, Object.entries(plain).sort(), queues, [...attributes], history];
}

/** What went wrong with a seed; undefined: nothing. */
function problemWith(seed: number, world: World): string | undefined {
  const simulation = new Simulation(seed, world);
  try {
    simulation.run();
  } catch (error) {
    return `SEED=${seed}: ${(error as Error).message}`;
  }
  return undefined;
}

const seeds = (count: number) =>
  process.env["SEED"] ? [Number(process.env["SEED"])] : Array.from({ length: count }, (_, i) => i + 1);

function firstProblem(world: World): string | undefined {
  for (let seed = 1; seed <= RUNS_TO_FIND; seed++) {
    const problem = problemWith(seed, world);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

describe("replicas that race, crash and repeat themselves", () => {
  it(`keep every promise in ${RUNS} runs of ${STEPS} steps`, () => {
    const problems = seeds(RUNS).flatMap((seed) => problemWith(seed, WARREN) ?? []);
    expect(problems.slice(0, 3)).toEqual([]);
  });

  it("reach matches, refusals, cancels and expiries, so that the promises mean something", () => {
    const seen = new Set<string>();
    for (const seed of seeds(50)) {
      const simulation = new Simulation(seed, WARREN);
      simulation.run();
      for (const { history } of simulation.replicas[0]!.fold.tickets.values())
        for (const { type } of history) seen.add(type);
      for (const { body } of simulation.log.records) seen.add(body.$case);
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "assigned",
        "returned",
        "cancelled",
        "expired",
        "seatTaken",
        "roomsClosed",
        "epochStarted",
      ]),
    );
  });
});

describe("the simulation finds what it is for", () => {
  it("a fold that takes every match is found out", () => {
    expect(
      firstProblem({ ...WARREN, newFold: () => new FoldWithoutValidity(), hasSnapshots: false }),
    ).toMatch(/was (cancelled|expired|assigned) and is|two matches|is assigned to/);
  });

  it("deciders that append without the expected sequence are found out", () => {
    expect(firstProblem({ ...WARREN, isFenced: false })).toMatch(/two deciders|decided twice/);
  });
});
