import { queueStats } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { FastifyInstance } from "fastify";
import type { RestOptions } from "./rest-options.ts";
import { failures, queueStatsSchema } from "./schemas.ts";

export function queueRoutes(app: FastifyInstance, { game, domain }: RestOptions): void {
  app.get(
    "/v1/queues",
    {
      schema: {
        summary: "Names of the game's queues",
        tags: ["queues"],
        response: {
          200: { type: "object", properties: { queues: { type: "array", items: { type: "string" } } } },
          ...failures,
        },
      },
    },
    async () => ({ queues: Object.keys(game.queues) }),
  );

  app.get<{ Params: { queue: string } }>(
    "/v1/queues/:queue/stats",
    {
      schema: {
        summary: "How many wait in a queue",
        tags: ["queues"],
        response: { 200: queueStatsSchema, ...failures },
      },
    },
    async ({ params: { queue } }) => {
      if (!Object.hasOwn(game.queues, queue)) {
        throw new WarrenError(
          "QUEUE_UNKNOWN",
          `queue is ${JSON.stringify(queue)}; accepted: ${Object.keys(game.queues).join(", ")}`,
        );
      }
      return queueStats(domain.fold, queue, domain.nowMs);
    },
  );
}
