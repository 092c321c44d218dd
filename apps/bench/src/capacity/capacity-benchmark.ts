import type { Benchmark, Size, Workload } from "../benchmark.ts";
import { FRAMEWORKS, OURS, PEER_IDS, RAW_UWS } from "../live/subjects.ts";
import { capacityRunner } from "./capacity-runner.ts";

export interface CapacityWorkload extends Workload {
  /** Seats of a room. */
  readonly players: number;
  /** Of states, and of every player's inputs. */
  readonly hz: number;
  /** What is tried first, players; then twice as many, until it is too many. */
  readonly from: number;
  /** No more than this are tried. */
  readonly max: number;
  /** The answer is so many players exact, or better. */
  readonly exact: number;
  /** The 99th percentile of the gaps between a client's states is below this, or there are too many players. */
  readonly gapP99MsMax: number;
  /** Of all states there should be so many arrive: a server that leaves rooms out is not saved by the others. */
  readonly statesShareMin: number;
  /** Before the first step, with the fewest players: until code is compiled. */
  readonly firstMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const HEADLINE: CapacityWorkload = {
  name: "rooms of 10 at 20 Hz",
  players: 10,
  hz: 20,
  from: 1_000,
  max: 40_000,
  exact: 250,
  gapP99MsMax: 60,
  statesShareMin: 0.95,
  firstMs: 8_000,
  warmUpMs: 1_500,
  measureMs: 2_500,
};
const SMOKE: CapacityWorkload = {
  ...HEADLINE,
  name: "up to 40 players",
  from: 20,
  max: 40,
  exact: 20,
  // Whatever else the machine does.
  gapP99MsMax: Number.POSITIVE_INFINITY,
  statesShareMin: 0,
  firstMs: 1,
  warmUpMs: 1,
  measureMs: 200,
};

export const capacityBenchmark: Benchmark<CapacityWorkload> = {
  name: "capacity",
  question:
    "How many players does one core serve at 20 Hz, so that 99 of 100 states come within 60 ms of the last?",
  subjects: [OURS, ...FRAMEWORKS, RAW_UWS],
  metrics: [
    { name: "players", unit: "players", better: "more" },
    { name: "gapP99Ms", unit: "ms, with so many" },
    { name: "serverCpu", unit: "of its core, with so many" },
    { name: "generatorCpu", unit: "of its core, with so many" },
    { name: "isAtLeast", unit: "1: the generator was the limit, it may be more", better: "more" },
  ],
  headline: HEADLINE.name,
  ratios: [
    { key: "vsBestPeer", metric: "players", ours: OURS.id, theirs: PEER_IDS, goalAtLeast: 1.5 },
    { key: "vsRawUws", metric: "players", ours: OURS.id, theirs: RAW_UWS.id },
  ],
  // Each is a search of some ten steps for every server.
  rounds: 3,
  limitMs: 6 * 60_000,
  workloads: (size: Size) => [size === "smoke" ? SMOKE : HEADLINE],
  open: (subject, workload) => capacityRunner(subject, workload),
};
