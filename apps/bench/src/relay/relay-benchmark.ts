import type { Benchmark, Size, Workload } from "../benchmark.ts";
import { remoteRunner } from "./remote-runner.ts";
import { spectatorsRunner } from "./spectators-runner.ts";

interface RelayWorkload extends Workload {
  readonly kind: "remote" | "spectators";
}

const REMOTE = "200 players at 30 Hz";
const SPECTATORS = "500 spectators";
const PLAYERS = 200;
const WARM_UP_MS = 2_000;
const HALF_MS = 5_000;
/** Longer, because there are only 30 gaps a second to have a 99th percentile of. */
const WATCHED_HALF_MS = 8_000;

const figure = (key: string, metric: string, workload: string, goal?: number) => ({
  key,
  metric,
  ours: "ours",
  workload,
  ...(goal !== undefined && { goal }),
});

export const relayBenchmark: Benchmark<RelayWorkload> = {
  name: "relay",
  question: "What does a player or spectator wait more whose room is on another node?",
  subjects: [
    {
      id: "ours",
      about: "two room-servers, a matchmaker and NATS as processes; all clients in one more",
      isPeer: false,
    },
  ],
  metrics: [
    { name: "localP50Ms", unit: "ms, action to reply" },
    { name: "localP99Ms", unit: "ms" },
    { name: "remoteP50Ms", unit: "ms" },
    { name: "remoteP99Ms", unit: "ms" },
    { name: "addedP50Ms", unit: "ms" },
    { name: "addedP99Ms", unit: "ms" },
    { name: "stateAddedP50Ms", unit: "ms, tick to state at the client" },
    { name: "stateAddedP99Ms", unit: "ms" },
    { name: "framesPerRemoteNodePerTick", unit: "frames" },
    { name: "tickGapAloneP99Ms", unit: "ms" },
    { name: "tickGapWatchedP99Ms", unit: "ms" },
    { name: "tickGapP99Ratio", unit: "×" },
    { name: "statesShownShare", unit: "of all states, at a spectator", better: "more" },
  ],
  ratios: [
    figure("addedP50Ms", "addedP50Ms", REMOTE, 0.5),
    figure("addedP99Ms", "addedP99Ms", REMOTE, 3),
    figure("stateAddedP50Ms", "stateAddedP50Ms", REMOTE),
    figure("stateAddedP99Ms", "stateAddedP99Ms", REMOTE),
    figure("framesPerRemoteNodePerTick", "framesPerRemoteNodePerTick", REMOTE, 1),
    figure("spectatorsTickGapP99", "tickGapP99Ratio", SPECTATORS, 1.2),
  ],
  headline: REMOTE,
  workloads: (size: Size) =>
    size === "smoke"
      ? [{ name: "3 spectators", kind: "spectators" }]
      : [
          { name: REMOTE, kind: "remote" },
          { name: SPECTATORS, kind: "spectators" },
        ],
  open(_subject, { kind, name }) {
    if (name !== REMOTE && name !== SPECTATORS) return spectatorsRunner(3, 200, 500);
    return kind === "remote"
      ? remoteRunner(PLAYERS, WARM_UP_MS, HALF_MS)
      : spectatorsRunner(500, WARM_UP_MS, WATCHED_HALF_MS);
  },
};
