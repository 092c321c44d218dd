import type { Benchmark, Size, Workload } from "../benchmark.ts";
import { FLOAT32, flight, type Quantum, quantised } from "../flight.ts";
import { loadPeer } from "../peers.ts";
import { Grid, type GridPlan } from "./grid.ts";
import { InterestRunner } from "./interest-runner.ts";
import type { InterestOptions, InterestSubject } from "./interest-subject.ts";
import { openOurRoom } from "./our-room.ts";
import { openOurs } from "./ours.ts";

interface InterestWorkload extends Workload {
  readonly entities: number;
  readonly clients: number;
  readonly ticks: number;
  readonly warmUpMs: number;
  readonly roundMs: number;
}

/** The viewer's own cell and the eight around it, as in Colyseus's own benchmark of the same sizes. */
const PLAN: GridPlan = { world: 3_000, cell: 300, radius: 200 };

interface ColyseusInterest {
  openInterest(kind: string, quantum: Quantum, options: InterestOptions): InterestSubject;
}
const colyseus = (kind: string, quantum: Quantum) => async (options: InterestOptions) =>
  (await loadPeer<ColyseusInterest>("interest-colyseus.mjs")).openInterest(kind, quantum, options);

const OPEN: Readonly<
  Record<string, (options: InterestOptions) => InterestSubject | Promise<InterestSubject>>
> = {
  ours: openOurs,
  "ours-room": openOurRoom,
  colyseus: colyseus("float32", FLOAT32),
  "colyseus-quantised": colyseus("quantised", quantised(PLAN.world)),
};

export const interestBenchmark: Benchmark<InterestWorkload> = {
  name: "interest",
  question: "What does it cost to send each client only what is near it?",
  subjects: [
    { id: "ours", about: "a table with a grid; x, y in 16 bits, angle in 8", isPeer: false },
    {
      id: "ours-room",
      about: "the same in a whole room, up to the sockets; all counts as encode",
      isPeer: false,
    },
    { id: "colyseus", about: "a StateView per client, add and remove on change; float32", isPeer: true },
    { id: "colyseus-quantised", about: "the same with the same quanta", isPeer: true },
  ],
  metrics: [
    { name: "mutate", unit: "µs/tick" },
    { name: "look", unit: "µs/tick" },
    { name: "encode", unit: "µs/tick" },
    { name: "tick", unit: "µs/tick" },
    { name: "decode", unit: "µs/frame" },
    { name: "bytes", unit: "bytes/tick, all clients" },
  ],
  headline: "10,000 entities, 200 clients",
  ratios: [
    { key: "timeVsColyseus", metric: "tick", ours: "ours", theirs: "colyseus", goal: 0.1 },
    { key: "encodeVsColyseus", metric: "encode", ours: "ours", theirs: "colyseus" },
    { key: "bytesVsColyseus", metric: "bytes", ours: "ours", theirs: "colyseus", goal: 0.4 },
    { key: "decodeVsColyseus", metric: "decode", ours: "ours", theirs: "colyseus" },
    { key: "roomTimeVsColyseus", metric: "tick", ours: "ours-room", theirs: "colyseus" },
    { key: "timeVsColyseusQuantised", metric: "tick", ours: "ours", theirs: "colyseus-quantised" },
    { key: "encodeVsColyseusQuantised", metric: "encode", ours: "ours", theirs: "colyseus-quantised" },
    { key: "bytesVsColyseusQuantised", metric: "bytes", ours: "ours", theirs: "colyseus-quantised" },
  ],

  workloads(size: Size) {
    const of = (entities: number, clients: number, ticks: number, warmUpMs: number, roundMs: number) => ({
      name: `${entities.toLocaleString("en-GB")} entities, ${clients} clients`,
      entities,
      clients,
      ticks,
      warmUpMs,
      roundMs,
    });
    if (size === "smoke") return [of(200, 5, 40, 0, 0)];
    return [of(2_000, 50, 64, 1_000, 150), of(10_000, 200, 24, 2_000, 300)];
  },

  async open(subject, { entities, clients, ticks, warmUpMs, roundMs }) {
    const options = {
      flight: flight({ entities, world: PLAN.world, movingShare: 1, ticks }),
      plan: PLAN,
      grid: new Grid(PLAN),
      clients,
      watched: [0, clients >> 1, clients - 1],
    };
    return new InterestRunner(await OPEN[subject]!(options), options, warmUpMs, roundMs);
  },
};
