import { setTimeout } from "node:timers/promises";
import type { Benchmark, Figures, Size, Workload } from "../benchmark.ts";
import { runnerOf } from "../live/live-runner.ts";
import { COLYSEUS, OURS, RAW_UWS, SOCKETIO_UWS } from "../live/subjects.ts";

interface JoinWorkload extends Workload {
  readonly joins: number;
  /** Joins that are under way at once. */
  readonly atOnce: number;
  /** Seats of a room. */
  readonly players: number;
  /** CPU counts until so long after the last join, ms. */
  readonly settleMs: number;
  /** Joins before the first round, until code is compiled. */
  readonly warmUp: number;
}

const HEADLINE: JoinWorkload = {
  name: "64 at once",
  joins: 3_000,
  atOnce: 64,
  players: 50,
  // What a server tidies up later is of the join, too: ours takes a player's presence back within 2 s.
  settleMs: 2_200,
  warmUp: 12_000,
};
const ONE: JoinWorkload = { ...HEADLINE, name: "one at a time", joins: 300, atOnce: 1 };
const SMOKE: JoinWorkload = { ...HEADLINE, name: "4 at once", joins: 12, atOnce: 4, settleMs: 1, warmUp: 4 };

const COLYSEUS_IDS = COLYSEUS.map(({ id }) => id);

export const joinBenchmark: Benchmark<JoinWorkload> = {
  name: "join",
  question:
    "How many players a second come into rooms of one core: request, socket, first state, and gone again?",
  subjects: [OURS, ...COLYSEUS, SOCKETIO_UWS, RAW_UWS],
  metrics: [
    { name: "perSecond", unit: "joins/s", better: "more" },
    { name: "cpuUsPerJoin", unit: "µs of CPU a join, server" },
    { name: "p50Ms", unit: "ms" },
    { name: "p99Ms", unit: "ms" },
    { name: "generatorCpu", unit: "of its core" },
  ],
  rounds: 5,
  headline: HEADLINE.name,
  ratios: [
    { key: "vsBestPeer", metric: "perSecond", ours: OURS.id, theirs: COLYSEUS_IDS, goalAtLeast: 2 },
    // It has no rooms and no seats of its own: the request is answered by hand with a random token.
    { key: "vsSocketIo", metric: "perSecond", ours: OURS.id, theirs: SOCKETIO_UWS.id },
    { key: "vsRawUws", metric: "perSecond", ours: OURS.id, theirs: RAW_UWS.id },
    { key: "cpuVsBestPeer", metric: "cpuUsPerJoin", ours: OURS.id, theirs: COLYSEUS_IDS },
  ],
  workloads(size: Size) {
    if (size === "smoke") return [SMOKE];
    return size === "normal" ? [HEADLINE] : [HEADLINE, ONE];
  },
  open: (subject, { joins, atOnce, players, settleMs, warmUp }) =>
    runnerOf({
      subject,
      server: { scene: { players, tickHz: 0, maxSpeed: false } },
      warmUp: async ({ server, generator }) =>
        void (await generator.join(server.port, await server.requests(warmUp), { atOnce })),
      async measure({ server, generator }): Promise<Figures> {
        // Rooms of ours are opened before, and players have their tokens.
        const requests = await server.requests(joins);
        const cpuBefore = server.cpuNs();
        const { perSecond, p50Ms, p99Ms, generatorCpu } = await generator.join(server.port, requests, {
          atOnce,
        });
        await setTimeout(settleMs);
        const cpuUsPerJoin = (server.cpuNs() - cpuBefore) / 1_000 / joins;
        return { perSecond, cpuUsPerJoin, p50Ms, p99Ms, generatorCpu };
      },
    }),
};
