import { queueStats } from "@warren/matchmaking";
import type { FastifyInstance } from "fastify";
import { queueUnknown } from "../tickets/tickets.ts";
import type { RestOptions } from "./rest-options.ts";
import { failures, queueStatsSchema, queuesSchema, regionsSchema } from "./schemas.ts";

/** Counting looks at every open ticket, so what was counted a moment ago is good enough for all who ask. */
const FRESH_MS = 1_000;
const STATS_PER_MINUTE_MAX = 120;

export function queueRoutes(app: FastifyInstance, { domain, regions, waits, clock }: RestOptions): void {
  const counted = new Map<string, { readonly atMs: number; readonly stats: ReturnType<typeof count> }>();
  const count = (queue: string) => {
    const { nowMs } = domain;
    return { ...queueStats(domain.fold, queue, waits, nowMs), eta: waits.etaOfAll(queue, nowMs) };
  };

  app.get(
    "/v1/queues",
    {
      schema: {
        summary: "Names of the game's queues",
        tags: ["queues"],
        response: { 200: queuesSchema, ...failures },
      },
    },
    async () => ({ queues: [...domain.queues.keys()] }),
  );

  app.get<{ Params: { queue: string } }>(
    "/v1/queues/:queue/stats",
    {
      config: { rateLimit: { max: STATS_PER_MINUTE_MAX } },
      schema: {
        summary: "How many wait in a queue, and how long",
        tags: ["queues"],
        response: { 200: queueStatsSchema, ...failures },
      },
    },
    async ({ params: { queue } }) => {
      if (!domain.queues.has(queue)) throw queueUnknown(queue, domain.queues);
      const atMs = clock.monotonicMs();
      const known = counted.get(queue);
      if (known && atMs - known.atMs < FRESH_MS) return known.stats;
      const stats = count(queue);
      counted.set(queue, { atMs, stats });
      return stats;
    },
  );

  app.get(
    "/v1/regions",
    {
      schema: {
        summary: "Where rooms run, and what to ask to learn how far each place is",
        tags: ["queues"],
        response: { 200: regionsSchema, ...failures },
      },
    },
    async () => ({ regions: regions() }),
  );
}
