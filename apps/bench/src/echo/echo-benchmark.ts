import type { Benchmark, Figures, Size, Workload } from "../benchmark.ts";
import { type Live, liveRunner } from "../live/live-runner.ts";
import { FRAMEWORKS, OURS, PEER_IDS, RAW_UWS, WS } from "../live/subjects.ts";

interface EchoWorkload extends Workload {
  readonly payloadBytes: number;
  readonly connections: number;
  /** Requests every connection keeps under way. */
  readonly inFlight: number;
  /** Before the first round. */
  readonly firstMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const PIPELINED = 16;
const nameOf = (payloadBytes: number, connections: number, inFlight: number) =>
  `${payloadBytes} B, ${connections} connections${inFlight === 1 ? "" : `, ${inFlight} in flight`}`;
const LOCKSTEP_HEADLINE = nameOf(32, 64, 1);
const PIPELINED_HEADLINE = nameOf(32, 64, PIPELINED);

/** All of them, those of a run of normal size first. */
const SHAPES = [
  [32, 64, 1],
  [32, 64, PIPELINED],
  [512, 64, 1],
  [32, 16, 1],
  [512, 64, PIPELINED],
  [512, 16, 1],
  [32, 16, PIPELINED],
  [512, 16, PIPELINED],
] as const;
const NORMAL_SHAPES = 4;

export const echoBenchmark: Benchmark<EchoWorkload> = {
  name: "echo",
  question: "How many requests with a reply does a server answer on one core, over real sockets?",
  subjects: [OURS, ...FRAMEWORKS, WS, RAW_UWS],
  metrics: [
    { name: "perSecond", unit: "replies/s", better: "more" },
    { name: "cpuNsPerMessage", unit: "ns of CPU, server, a reply" },
    { name: "p50Us", unit: "µs" },
    { name: "p99Us", unit: "µs" },
    { name: "generatorCpu", unit: "of its core" },
  ],
  rounds: 5,
  limitMs: 4 * 60_000,
  headline: LOCKSTEP_HEADLINE,
  ratios: [
    { key: "vsRawUws", metric: "perSecond", ours: "ours", theirs: RAW_UWS.id, goalAtLeast: 0.8 },
    { key: "vsBestPeer", metric: "perSecond", ours: "ours", theirs: PEER_IDS, goalAtLeast: 1.5 },
    {
      key: "vsBestPeerPipelined",
      metric: "perSecond",
      ours: "ours",
      theirs: PEER_IDS,
      workload: PIPELINED_HEADLINE,
      goalAtLeast: 1.8,
    },
    { key: "cpuVsRawUws", metric: "cpuNsPerMessage", ours: "ours", theirs: RAW_UWS.id },
    { key: "cpuVsBestPeer", metric: "cpuNsPerMessage", ours: "ours", theirs: PEER_IDS },
  ],
  workloads(size: Size) {
    const shapes =
      size === "smoke" ? [[32, 2, 1] as const] : size === "full" ? SHAPES : SHAPES.slice(0, NORMAL_SHAPES);
    const times =
      size === "smoke"
        ? { firstMs: 1, warmUpMs: 1, measureMs: 50 }
        : { firstMs: 2_000, warmUpMs: 200, measureMs: 800 };
    return shapes.map(([payloadBytes, connections, inFlight]) => ({
      name: nameOf(payloadBytes, connections, inFlight),
      payloadBytes,
      connections,
      inFlight,
      ...times,
    }));
  },
  open: (subject, workload) =>
    liveRunner({
      subject,
      server: { scene: { players: workload.connections, tickHz: 0, maxSpeed: false } },
      clients: workload.connections,
      warmUp: ({ generator }) => generator.echo({ ...workload, warmUpMs: 0, measureMs: workload.firstMs }),
      measure: (seated) => echo(seated, workload),
    }),
};

async function echo({ server, generator }: Live, workload: EchoWorkload): Promise<Figures> {
  const { inFlight, payloadBytes, warmUpMs, measureMs } = workload;
  await generator.echo({ inFlight, payloadBytes, warmUpMs: 0, measureMs: warmUpMs });
  const cpuBefore = server.cpuNs();
  const { replies, perSecond, p50Us, p99Us, generatorCpu } = await generator.echo({
    inFlight,
    payloadBytes,
    warmUpMs: 0,
    measureMs,
  });
  const cpuNs = server.cpuNs() - cpuBefore;
  return { perSecond, cpuNsPerMessage: cpuNs / replies, p50Us, p99Us, generatorCpu };
}
