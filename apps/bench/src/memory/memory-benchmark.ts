import { setTimeout } from "node:timers/promises";
import type { Benchmark, Figures, Size, Workload } from "../benchmark.ts";
import { endLive, startLive } from "../live/live-runner.ts";
import { COLYSEUS, FRAMEWORKS, OURS, RAW_UWS, WS } from "../live/subjects.ts";

interface MemoryWorkload extends Workload {
  /** 0: rooms without a state, that only answer; else every player has an entity, and all are sent all of it so often. */
  readonly tickHz: number;
  readonly sessions: number;
  /** Who come and leave before, so that code and buffers are there. */
  readonly warmUp: number;
  /** Between the last join and the look at the memory, ms: what a server does a moment later is done. */
  readonly settleMs: number;
}

/** Seats of a room. */
const PLAYERS = 10;
const SIZES = { sessions: 5_000, warmUp: 500, settleMs: 2_500 };
const HEADLINE: MemoryWorkload = { name: "5,000 in rooms that tick at 5 Hz", tickHz: 5, ...SIZES };
const SILENT: MemoryWorkload = { name: "5,000 in rooms without a state", tickHz: 0, ...SIZES };
const SMOKE: MemoryWorkload = { ...SILENT, name: "200 in rooms without a state", sessions: 200, warmUp: 10 };

const COLYSEUS_IDS = COLYSEUS.map(({ id }) => id);

export const memoryBenchmark: Benchmark<MemoryWorkload> = {
  name: "memory",
  question: "How much memory does a player take who sits in a room and does nothing?",
  subjects: [OURS, ...FRAMEWORKS, WS, RAW_UWS],
  metrics: [{ name: "bytesPerSession", unit: "bytes of resident memory" }],
  headline: HEADLINE.name,
  ratios: [
    { key: "idleVsRawUws", metric: "bytesPerSession", ours: OURS.id, theirs: RAW_UWS.id, goal: 4 },
    { key: "idleVsColyseus", metric: "bytesPerSession", ours: OURS.id, theirs: COLYSEUS_IDS, goal: 0.25 },
  ],
  // A fill each, in a process of its own.
  rounds: 3,
  workloads: (size: Size) =>
    size === "smoke" ? [SMOKE] : size === "normal" ? [HEADLINE] : [HEADLINE, SILENT],
  async open(subject, workload) {
    // A process that has had these players once would have their memory still.
    return { round: () => fill(subject, workload) };
  },
};

async function fill(subject: string, workload: MemoryWorkload): Promise<Figures> {
  const { sessions, tickHz, warmUp, settleMs } = workload;
  const scene = { players: PLAYERS, tickHz, maxSpeed: false };
  const live = await startLive(subject, { scene, gc: true });
  const { server, generator } = live;
  try {
    await server.prepare?.(sessions);
    await generator.open(server.port, await server.requests(warmUp));
    await generator.leave();
    await setTimeout(settleMs);
    const beforeBytes = await server.rssAfterGc();
    await generator.open(server.port, await server.requests(sessions));
    await setTimeout(settleMs);
    const bytes = (await server.rssAfterGc()) - beforeBytes;
    await generator.leave();
    return { bytesPerSession: Math.max(0, bytes) / sessions };
  } finally {
    await endLive(live);
  }
}
