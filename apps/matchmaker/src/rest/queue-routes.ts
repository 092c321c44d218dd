import { queueStats } from "@warren/matchmaking";
import type { FastifyInstance } from "fastify";
import { queueUnknown } from "../tickets/tickets.ts";
import type { RestOptions } from "./rest-options.ts";
import { failures, queueStatsSchema, queuesSchema, regionsSchema } from "./schemas.ts";

/** Counting looks at every open ticket. */
const STATS_PER_MINUTE_MAX = 120;

export function queueRoutes(app: FastifyInstance, { domain, regions, waits }: RestOptions): void {
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
      const { nowMs } = domain;
      return { ...queueStats(domain.fold, queue, waits, nowMs), eta: waits.etaOfAll(queue, nowMs) };
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
