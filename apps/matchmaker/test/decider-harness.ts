import { type Log, SequenceConflict } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { type NodeId, parseReplicaId } from "@warren/kernel";
import { defineQueue, type NodeSpace, type OpenRoom, type QueueConfig } from "@warren/matchmaking";
import { type ErrorCode, RECORD_VERSION } from "@warren/protocol";
import { LogEntry, type Release, type Reply, type Reserve } from "@warren/protocol/services";
import { createLogger, createRegistry } from "@warren/service";
import { VirtualClock } from "@warren/testkit";
import { Decider } from "../src/decider/decider.ts";
import type { MatchNode, MatchNodes } from "../src/decider/match-nodes.ts";
import { Domain } from "../src/log/domain.ts";
import { matchmakerMetrics } from "../src/metrics.ts";

export const DUEL = defineQueue({ room: "arena", size: 2, expireMs: 5_000 });
const NODE = "n_one" as NodeId;

export const silent = createLogger({ name: "test", level: "silent", format: "json" });

export function reply(errorCode: ErrorCode | "" = ""): Reply {
  return { correlationId: 0, errorCode, errorMessage: "", roomEpoch: 1 };
}

type Body = NonNullable<LogEntry["body"]>;
type Kind = Body["$case"];
type ValueOf<K extends Kind> = Extract<Body, { $case: K }>["value"];

/** One replica that decides, on a memory cluster, with one node; time stands still unless it is told to go on. */
export class DeciderHarness {
  readonly clock = new VirtualClock(1_000_000);
  readonly cluster = memoryCluster(this.clock);
  readonly domain: Domain;
  readonly decider: Decider;
  readonly reserved: Reserve[] = [];
  readonly released: Release[] = [];
  /** How often it has looked for something to do. */
  turns = 0;
  /** The node was found dead. */
  isNodeGone = false;
  openRooms: OpenRoom[] = [];
  spaces: NodeSpace[] = [
    { nodeId: NODE, region: "", rooms: new Set(["arena"]), freeRooms: 1_000, freeSeats: 10_000 },
  ];
  /** How full the log is. */
  fill = 0;
  reserve: (request: Reserve) => Promise<Reply> = async () => reply();
  release: (request: Release) => Promise<Reply> = async () => reply();
  forgetRoom: () => Promise<void> = async () => {};
  /** Between an append and its answer. */
  onAppended: (kind: Kind | undefined) => void | Promise<void> = () => {};
  #onNodes: () => void = () => {};
  #count = 0;

  constructor(queues: Record<string, QueueConfig> = { duel: DUEL }) {
    const { log } = this.cluster;
    const watched: Log = {
      append: async (subject, bytes, options) => {
        const done = await log.append(subject, bytes, options);
        if (subject !== this.domain.snapshots.subject)
          await this.onAppended(LogEntry.decode(bytes).body?.$case);
        return done;
      },
      read: (options) => log.read(options),
      last: (filter) => log.last(filter),
      trim: (filter, belowSeq) => log.trim(filter, belowSeq),
      fill: async () => this.fill,
    };
    this.domain = new Domain({ name: "main", queues, log: watched, clock: this.clock, logger: silent });
    const node: MatchNode = {
      reserve: (request) => {
        this.reserved.push(request);
        return this.reserve(request);
      },
      release: (request) => {
        this.released.push(request);
        return this.release(request);
      },
    };
    const nodes: MatchNodes = {
      get: () => (this.isNodeGone ? undefined : node),
      known: () => !this.isNodeGone,
      spaces: () => this.spaces.map((space) => ({ ...space })),
      openRooms: () => this.openRooms,
      // All that it was asked for and has answered.
      roomsOn: () =>
        this.isNodeGone
          ? undefined
          : {
              has: (roomId) =>
                ![...this.domain.fold.placing.values()].some((match) => match.roomId === roomId),
            },
      forgetRoom: () => this.forgetRoom(),
      onChange: (listener) => {
        this.#onNodes = listener;
      },
    };
    this.decider = new Decider({
      domain: this.domain,
      nodes,
      cluster: this.cluster,
      replicaId: parseReplicaId("mm_one"),
      clock: this.clock,
      log: silent,
      metrics: matchmakerMetrics(createRegistry("test")),
      nextTurn: () => {
        this.turns++;
        return new Promise((resolve) => setImmediate(resolve));
      },
    });
  }

  async start(): Promise<void> {
    await this.domain.start();
    this.decider.start();
    await this.settled();
  }

  async close(): Promise<void> {
    await this.decider.close();
    this.domain.close();
    await this.cluster.close();
  }

  /** Everything that can happen without time passing has happened. */
  async settled(): Promise<void> {
    for (let i = 0; i < 40; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** In steps: a beat's answer has to come before the next beat. */
  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 500) {
      this.clock.advance(Math.min(leftMs, 500));
      await this.settled();
    }
  }

  nodesChanged(): void {
    this.#onNodes();
  }

  async post(...players: string[]): Promise<string> {
    const ticketId = `t_main_${String(++this.#count).padStart(26, "0")}`;
    await this.domain.append(this.domain.ticketSubject, {
      $case: "ticketPosted",
      value: {
        ticketId,
        players: players.map((playerId) => ({ playerId, joinJson: "", attributes: [], latencies: [] })),
        queues: [...this.domain.queues.keys()],
        replace: false,
        lobbyId: "",
      },
    });
    return ticketId;
  }

  status(ticketId: string): string | undefined {
    return this.domain.fold.tickets.get(ticketId as never)?.status;
  }

  /** The records of one kind, as the log has them. */
  async records<K extends Kind>(kind: K): Promise<ValueOf<K>[]> {
    const found: ValueOf<K>[] = [];
    const last = await this.cluster.log.last("mm.main.>");
    const reading = new AbortController();
    for await (const { seq, subject, bytes } of this.cluster.log.read({
      fromSeq: 1,
      filter: "mm.main.>",
      signal: reading.signal,
    })) {
      const { body } =
        subject === this.domain.snapshots.subject ? { body: undefined } : LogEntry.decode(bytes);
      if (body?.$case === kind) found.push(body.value as ValueOf<K>);
      if (seq >= (last?.seq ?? 0)) break;
    }
    return found;
  }

  /** A record of another decider, which took over. */
  async usurp(): Promise<void> {
    const { fold, deciderSubject } = this.domain;
    const body: Body = {
      $case: "epochStarted",
      value: { epoch: fold.epoch + 1, replicaId: "mm_other" },
    };
    const bytes = LogEntry.encode({ version: RECORD_VERSION, body }).finish();
    await this.cluster.log.append(deciderSubject, bytes).catch((error: unknown) => {
      if (!(error instanceof SequenceConflict)) throw error;
    });
  }
}
