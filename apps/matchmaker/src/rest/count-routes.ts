import type { FastifyInstance } from "fastify";
import { EventStream } from "./event-stream.ts";
import type { RestOptions } from "./rest-options.ts";
import { countsSchema, failures } from "./schemas.ts";

const COUNTS_PER_MINUTE_MAX = 120;

/** How much is going on. For everybody: the front page of a game has no player yet. */
export function countRoutes(app: FastifyInstance, { counts, slots, clock }: RestOptions): void {
  app.get(
    "/v1/counts",
    {
      config: { rateLimit: { max: COUNTS_PER_MINUTE_MAX } },
      schema: {
        summary: "How many players, rooms and nodes there are, a second old at the most",
        tags: ["counts"],
        response: { 200: countsSchema, ...failures },
      },
    },
    async () => counts.now(),
  );

  app.get(
    "/v1/counts/events",
    {
      schema: {
        summary: "The same as Server-Sent Events: at once, and after changes, once a second at the most",
        tags: ["counts"],
        response: {
          200: {
            description: "Events named counts, without ids: each is the whole of it",
            content: { "text/event-stream": { schema: { type: "string" } } },
          },
          ...failures,
        },
      },
    },
    async (_request, reply) => {
      const giveBack = slots.takePublic();
      let stop = () => {};
      const send = () => {
        // Who reads slowly is told the newest when it has read.
        if (!stream.isFull) stream.write("counts", undefined, counts.now());
      };
      const stream = new EventStream(reply, clock, {
        closed: () => {
          stop();
          giveBack();
        },
        drained: send,
      });
      if (stream.closed) return reply;
      stop = counts.onChange(send);
      send();
      return reply;
    },
  );
}
