import type { Benchmark, Size, Workload } from "../benchmark.ts";
import { type PresenceSize, presenceRunner } from "./presence-runner.ts";

const HEADLINE = "100,000 players";

const figure = (metric: string) => ({ key: metric, metric, ours: "ours" });

export const presenceBenchmark: Benchmark<Workload & PresenceSize> = {
  name: "presence",
  question: "What does it cost to know where 100,000 players are, and how fast does a message find one?",
  subjects: [
    {
      id: "ours",
      about: "two nodes with half of the players each and a NATS server; messages from one more process",
      isPeer: false,
    },
  ],
  metrics: [
    { name: "deliveriesPerSecond", unit: "messages/s, 64 in flight", better: "more" },
    { name: "deliveryP50Ms", unit: "ms, 1 in flight" },
    { name: "deliveryP99Ms", unit: "ms" },
    { name: "busyP50Ms", unit: "ms, 64 in flight" },
    { name: "busyP99Ms", unit: "ms" },
    { name: "announcePerSecond", unit: "players/s of both nodes, among all the others", better: "more" },
    { name: "announceFirstPerSecond", unit: "players/s, all of them at once", better: "more" },
    { name: "nodeBytesPerPlayer", unit: "bytes of presence" },
    { name: "sessionBytesPerPlayer", unit: "bytes of the session and its seat" },
    { name: "natsBytesPerPlayer", unit: "bytes in the stream" },
    { name: "natsRssBytesPerPlayer", unit: "bytes of the server's memory" },
  ],
  headline: HEADLINE,
  ratios: [
    "deliveriesPerSecond",
    "deliveryP50Ms",
    "deliveryP99Ms",
    "announcePerSecond",
    "nodeBytesPerPlayer",
    "natsBytesPerPlayer",
    "natsRssBytesPerPlayer",
  ].map(figure),
  workloads: (size: Size) =>
    size === "smoke"
      ? [{ name: "400 players", players: 400, oneOf: 4, aloneMs: 50, busyMs: 100 }]
      : [{ name: HEADLINE, players: 100_000, oneOf: 5, aloneMs: 1_000, busyMs: 3_000 }],
  open: (_subject, size) => presenceRunner(size),
};
