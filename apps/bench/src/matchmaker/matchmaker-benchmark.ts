import type { Benchmark, Runner, Size, Workload } from "../benchmark.ts";
import { coldRunner } from "./cold.ts";
import { endToEndRunner } from "./end-to-end.ts";
import { foldRunner } from "./fold-runner.ts";
import { steadyRunner } from "./steady.ts";

interface MatchmakerWorkload extends Workload {
  readonly kind: "cold" | "steady" | "fold" | "endToEnd" | "saturation";
  /** Tickets, or tickets per second. */
  readonly tickets: number;
}

const COLD_50K = "cold, 50,000 tickets";
const COLD_200K = "cold, 200,000 tickets";
const STEADY = "steady, 2,000 tickets/s";
const FOLD = "fold of 200,000 tickets";
const END_TO_END = "end to end, 500 tickets/s";
const SATURATION = "end to end, as many as it takes";

const WORKLOADS: readonly MatchmakerWorkload[] = [
  { name: COLD_50K, kind: "cold", tickets: 50_000 },
  { name: COLD_200K, kind: "cold", tickets: 200_000 },
  { name: STEADY, kind: "steady", tickets: 2_000 },
  { name: FOLD, kind: "fold", tickets: 200_000 },
  { name: END_TO_END, kind: "endToEnd", tickets: 500 },
  { name: SATURATION, kind: "saturation", tickets: 0 },
];
const SMOKE: readonly MatchmakerWorkload[] = [
  { name: "cold, 500 tickets", kind: "cold", tickets: 500 },
  { name: "steady, 200 tickets/s", kind: "steady", tickets: 200 },
  { name: "fold of 500 tickets", kind: "fold", tickets: 500 },
];

const figure = (key: string, metric: string, workload: string, goal: number) => ({
  key,
  metric,
  ours: "ours",
  workload,
  goal,
});

const published = (who: string, value: number, about: string) => ({
  who,
  metric: "ticketsPerSecond",
  value,
  about,
});

export const matchmakerBenchmark: Benchmark<MatchmakerWorkload> = {
  name: "matchmaker",
  question: "How fast are tickets matched, folded, and told of it?",
  subjects: [
    { id: "ours", about: "Fold and Matcher; end to end: real processes, real JetStream", isPeer: false },
  ],
  metrics: [
    { name: "coldMs", unit: "ms" },
    { name: "cycleP50Ms", unit: "ms" },
    { name: "cycleP99Ms", unit: "ms" },
    { name: "matches", unit: "matches", better: "more" },
    { name: "bytesPerTicket", unit: "bytes" },
    { name: "foldMicrosPerRecord", unit: "µs" },
    { name: "p50Ms", unit: "ms" },
    { name: "p99Ms", unit: "ms" },
    { name: "ticketsPerSecond", unit: "tickets/s", better: "more" },
  ],
  ratios: [
    figure("cold50kMs", "coldMs", COLD_50K, 80),
    figure("cold200kMs", "coldMs", COLD_200K, 400),
    figure("steady2000CycleP99Ms", "cycleP99Ms", STEADY, 5),
    figure("endToEnd500P99Ms", "p99Ms", END_TO_END, 250),
    figure("bytesPerTicket", "bytesPerTicket", FOLD, 1_024),
    figure("foldMicrosPerRecord", "foldMicrosPerRecord", FOLD, 10),
  ],
  published: [
    published("Open Match 2", 500, "created and matched, on GKE; about 10 on Cloud Run"),
    published("Open Match", 100, "the default of its scale test"),
    published("minimatch", 5_000, "assignments of 1v1, with Redis, on 70 vCPU"),
    published("GameLift FlexMatch", 100, "the most calls of StartMatchmaking an account may make"),
  ],
  headline: COLD_50K,
  workloads: (size: Size) => (size === "smoke" ? SMOKE : WORKLOADS),
  open(_subject, { kind, tickets }): Promise<Runner> {
    switch (kind) {
      case "cold":
        return Promise.resolve(coldRunner(tickets));
      case "steady":
        return Promise.resolve(steadyRunner(tickets));
      case "fold":
        return Promise.resolve(foldRunner(tickets));
      default:
        return endToEndRunner(kind === "saturation" ? undefined : tickets);
    }
  },
};
