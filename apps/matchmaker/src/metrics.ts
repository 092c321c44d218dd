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
    problems: new Counter({
      name: "warren_http_problems_total",
      help: "REST requests that were refused, by error code.",
      labelNames: ["code"],
      registers,
    }),
    messages: new Counter({
      name: "warren_messages_total",
      help: "Messages for players asked for here, by outcome: delivered, offline, unknown (not everyone could be asked), broadcast (to everyone).",
      labelNames: ["outcome"],
      registers,
    }),
    streams: new Gauge({ name: "warren_event_streams", help: "Open event streams.", registers }),
    openTickets: new Gauge({
      name: "warren_tickets_open",
      help: "Tickets that wait, as this replica folds them.",
      registers,
    }),
    proposed: new Gauge({
      name: "warren_matches_proposed",
      help: "Matches that wait for their players to accept.",
      registers,
    }),
    placing: new Gauge({
      name: "warren_matches_placing",
      help: "Matches that wait for their seats.",
      registers,
    }),
    lobbies: new Gauge({ name: "warren_lobbies", help: "Open lobbies.", registers }),
    cooldowns: new Gauge({
      name: "warren_players_cooling_down",
      help: "Players who declined or missed a match and may not queue yet.",
      registers,
    }),
    ended: new Counter({
      name: "warren_tickets_ended_total",
      help: "Tickets that ended: assigned, or else the cause. Every replica counts all of them.",
      labelNames: ["end"],
      registers,
    }),
    waits: new Histogram({
      name: "warren_ticket_wait_seconds",
      help: "From the post of a ticket to its assignment, by queue. Every replica counts all of them.",
      labelNames: ["queue"],
      buckets: [0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 900, 3600],
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
    quality: new Histogram({
      name: "warren_match_quality",
      help: "How good the matches this replica decided are by their queue's weights, 0 to 1.",
      labelNames: ["queue"],
      buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1],
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
    nodesByState: new Gauge({
      name: "warren_nodes",
      help: "Room-servers by what this replica may do with them: open, slow (rooms only when no other has space), overloaded, draining, away (no stream).",
      labelNames: ["state"],
      registers,
    }),
    nodesDead: new Counter({
      name: "warren_nodes_dead_total",
      help: "Room-servers this replica found dead: lease gone, stream ended, no answer to a dial.",
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
