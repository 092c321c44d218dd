import type { FastifyInstance } from "fastify";
import type { RestOptions } from "./rest-options.ts";

export function probeRoutes(app: FastifyInstance, { ready }: RestOptions): void {
  const hidden = { schema: { hide: true }, config: { rateLimit: false as const } };
  app.get("/healthz", hidden, async () => "ok\n");
  app.get("/readyz", hidden, async (_request, reply) =>
    ready() ? "ready\n" : reply.code(503).send("not ready\n"),
  );
  app.get("/openapi.json", hidden, async () => app.swagger());
}
