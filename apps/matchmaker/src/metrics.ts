import { Counter, Gauge, Histogram, type Registry } from "@warren/service";

/** Every metric of a matchmaker. Labels are codes, queues and routes, never tickets or players. */
export function matchmakerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Histogram({
      name: "warren_http_request_seconds",
      help: "REST requests by route and status.",
      labelNames: ["route", "status"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    streams: new Gauge({ name: "warren_event_streams", help: "Open event streams.", registers }),
    openTickets: new Gauge({
      name: "warren_tickets_open",
      help: "Tickets that wait, as this replica folds them.",
      registers,
    }),
    folded: new Counter({
      name: "warren_records_folded_total",
      help: "Records of the log applied.",
      registers,
    }),
    decider: new Gauge({ name: "warren_decider", help: "1 while this replica decides.", registers }),
    matches: new Counter({
      name: "warren_matches_decided_total",
      help: "Matches this replica decided.",
      labelNames: ["queue"],
      registers,
    }),
    refusals: new Counter({
      name: "warren_placements_refused_total",
      help: "Matches a node refused, by code.",
      labelNames: ["code"],
      registers,
    }),
    resultsPending: new Gauge({
      name: "warren_results_pending",
      help: "Results whose ratings or webhook are not settled, as the decider sees it.",
      registers,
    }),
    resultsRated: new Counter({
      name: "warren_results_rated_total",
      help: "Results this replica applied to ratings, by queue.",
      labelNames: ["queue"],
      registers,
    }),
    webhooks: new Counter({
      name: "warren_webhook_requests_total",
      help: "Results told to the studio's backend: delivered, failed (tried again), given_up.",
      labelNames: ["outcome"],
      registers,
    }),
    nodes: new Gauge({
      name: "warren_nodes_connected",
      help: "Room-servers with an open Coordinate stream.",
      registers,
    }),
  };
}

export type MatchmakerMetrics = ReturnType<typeof matchmakerMetrics>;
