import type { Benchmark, Figures, Ratio, Size, Workload } from "../benchmark.ts";
import { type Live, liveRunner } from "../live/live-runner.ts";
import type { Scene } from "../live/live-server.ts";
import { COLYSEUS_QUANTISED, FRAMEWORKS, OURS, PEER_IDS, RAW_UWS, WS } from "../live/subjects.ts";

interface BroadcastWorkload extends Workload {
  readonly rooms: number;
  readonly scene: Scene;
  /** Before the first round. */
  readonly firstMs: number;
  /** Before every round, after all have come. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const GAME_HZ = 20;
/** As often as a room of ours may tick. */
const FASTEST_HZ = 128;
/** Rooms and the players of each; the last is about half of what a core can do. */
const SHAPES = [
  [1, 50],
  [1, 200],
  [20, 10],
  [200, 10],
] as const;

type Times = Pick<BroadcastWorkload, "firstMs" | "warmUpMs" | "measureMs">;

const atHz = ([rooms, players]: readonly [number, number], tickHz: number, times: Times) => ({
  name: `${rooms}×${players} at ${tickHz} Hz`,
  rooms,
  scene: { players, tickHz, maxSpeed: false },
  ...times,
});

const asFastAsPossible = ([rooms, players]: readonly [number, number], times: Times) => ({
  name: `${rooms}×${players}, as fast as possible`,
  rooms,
  scene: { players, tickHz: FASTEST_HZ, maxSpeed: true },
  ...times,
});

const TIMES = { firstMs: 4_000, warmUpMs: 200, measureMs: 1_000 };
// What runs twenty times a second is compiled late, of a lone small room last; what ours puts off of a join is done
// after two seconds.
const AT_GAME_HZ = SHAPES.map((shape) =>
  atHz(shape, GAME_HZ, { ...TIMES, firstMs: shape === SHAPES[0] ? 30_000 : 10_000, warmUpMs: 2_500 }),
);
const FAST = SHAPES.slice(0, 3).map((shape) => asFastAsPossible(shape, TIMES));
const SMOKE = atHz([1, 10], GAME_HZ, { firstMs: 1, warmUpMs: 1, measureMs: 200 });
const HEADLINE = AT_GAME_HZ[0]!.name;

const RATIOS: readonly Ratio[] = [
  { key: "cpuVsRawUws", metric: "cpuNsPerDelivered", ours: OURS.id, theirs: RAW_UWS.id, goal: 1.15 },
  { key: "cpuVsBestPeer", metric: "cpuNsPerDelivered", ours: OURS.id, theirs: PEER_IDS, goal: 0.9 },
  // In floats, as its rooms are by default.
  { key: "bytesVsBestPeer", metric: "bytesPerDelivered", ours: OURS.id, theirs: "colyseus-uws", goal: 0.3 },
  { key: "bytesVsQuantisedPeer", metric: "bytesPerDelivered", ours: OURS.id, theirs: COLYSEUS_QUANTISED.id },
  { key: "bytesVsRawUws", metric: "bytesPerDelivered", ours: OURS.id, theirs: RAW_UWS.id },
];

export const broadcastBenchmark: Benchmark<BroadcastWorkload> = {
  name: "broadcast",
  question: "What does a state cost that everyone in a room is sent, all of it moving, over real sockets?",
  subjects: [OURS, ...FRAMEWORKS, COLYSEUS_QUANTISED, WS, RAW_UWS],
  metrics: [
    { name: "cpuNsPerDelivered", unit: "ns of CPU, server, a state and client" },
    { name: "bytesPerDelivered", unit: "bytes, a state and client, with frame header" },
    { name: "deliveredPerSecond", unit: "states/s, all clients", better: "more" },
    { name: "serverCpu", unit: "of its core" },
    { name: "generatorCpu", unit: "of its core" },
  ],
  headline: HEADLINE,
  rounds: 3,
  limitMs: 12 * 60_000,
  // The goals are for each shape.
  ratios: AT_GAME_HZ.flatMap(({ name }) =>
    RATIOS.map((ratio) => ({
      ...ratio,
      workload: name,
      key: name === HEADLINE ? ratio.key : `${ratio.key} @ ${name}`,
    })),
  ),
  workloads(size: Size) {
    if (size === "smoke") return [SMOKE];
    return size === "full" ? [...AT_GAME_HZ, ...FAST] : AT_GAME_HZ;
  },
  open: (subject, workload) =>
    liveRunner({
      subject,
      server: { scene: workload.scene },
      clients: workload.rooms * workload.scene.players,
      warmUp: ({ generator }) => generator.play({ inputHz: 0, warmUpMs: 0, measureMs: workload.firstMs }),
      measure: (seated) => broadcast(seated, workload),
    }),
};

async function broadcast({ server, generator }: Live, workload: BroadcastWorkload): Promise<Figures> {
  const { warmUpMs, measureMs } = workload;
  await generator.play({ inputHz: 0, warmUpMs: 0, measureMs: warmUpMs });
  const cpuBefore = server.cpuNs();
  const { states, bytes, seconds, generatorCpu } = await generator.play({
    inputHz: 0,
    warmUpMs: 0,
    measureMs,
  });
  const cpuNs = server.cpuNs() - cpuBefore;
  return {
    cpuNsPerDelivered: cpuNs / states,
    bytesPerDelivered: bytes / states,
    deliveredPerSecond: states / seconds,
    serverCpu: cpuNs / 1e9 / seconds,
    generatorCpu,
  };
}
