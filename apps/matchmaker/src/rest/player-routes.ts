import type { FastifyInstance } from "fastify";
import type { RestOptions } from "./rest-options.ts";
import { failures, guestSchema } from "./schemas.ts";

export function playerRoutes(app: FastifyInstance, { auth, config }: RestOptions): void {
  app.post(
    "/v1/guests",
    {
      config: { rateLimit: { max: config.guestsPerMinuteMax } },
      schema: {
        summary: "A new guest with a token",
        tags: ["players"],
        response: { 201: guestSchema, ...failures },
      },
    },
    async (_request, reply) => reply.code(201).send(auth.newGuest()),
  );
}
