import cors from "@fastify/cors";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import { WarrenError } from "@warren/protocol";
import fastify, { type FastifyInstance } from "fastify";
import { createCleartextServer } from "./cleartext-server.ts";
import { countRoutes } from "./count-routes.ts";
import { lobbyRoutes } from "./lobby-routes.ts";
import { matchRoutes } from "./match-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { inNetworks } from "./networks.ts";
import { pageRoutes } from "./page-routes.ts";
import { playerRoutes } from "./player-routes.ts";
import { probeRoutes } from "./probe-routes.ts";
import { installProblems, sendProblem, toWarrenError } from "./problem.ts";
import { queueRoutes } from "./queue-routes.ts";
import { ratingRoutes } from "./rating-routes.ts";
import type { RestOptions } from "./rest-options.ts";
import { roomRoutes } from "./room-routes.ts";
import { ticketRoutes } from "./ticket-routes.ts";

const BODY_BYTES_MAX = 16 * 1024;

/** For metrics only; as nginx calls it. */
const CLIENT_GONE = 499;

/** The REST surface: HTTP/1.1 and HTTP/2 on one port, with TLS or without, every error a problem document. */
export async function createRestApp(options: RestOptions): Promise<FastifyInstance> {
  const { config, metrics } = options;
  const app: FastifyInstance = fastify({
    bodyLimit: BODY_BYTES_MAX,
    // What comes in while it closes is still answered.
    return503OnClosing: false,
    // Whose word on the client's address is taken.
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    serverFactory: (handler) =>
      (options.tls?.createServer(handler as never) ?? createCleartextServer(handler as never)) as never,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false, verbose: true } },
    // Paths the router cannot read.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, toWarrenError(error)),
  });
  // All bodies are JSON; Fastify would take text too.
  app.removeContentTypeParser("text/plain");
  installProblems(app, options.log, metrics);
  // Who has gone has no address any more, and under load nothing is to be done for those who gave up.
  app.addHook("onRequest", async ({ raw }, reply) => {
    if (raw.socket.destroyed) reply.code(CLIENT_GONE).hijack();
  });
  app.addHook("onResponse", async (request, reply) => {
    metrics.requests.observe(
      { route: request.routeOptions.url ?? "none", status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
  await app.register(cors, {
    origin: config.corsOrigins.includes("*") ? "*" : [...config.corsOrigins],
    methods: ["GET", "POST", "DELETE"],
    allowedHeaders: ["authorization", "content-type", "idempotency-key", "last-event-id"],
    exposedHeaders: ["retry-after"],
    maxAge: 600,
  });
  const isUnlimited = inNetworks(config.unlimitedAddresses);
  await app.register(rateLimit, {
    max: config.requestsPerMinuteMax,
    allowList: (request) => isUnlimited(request.ip),
    timeWindow: "1 minute",
    errorResponseBuilder: (_request, { max, after, ttl }) =>
      new WarrenError("RATE_LIMITED", `more than ${max} requests per minute; try again in ${after}`, {
        details: { field: "address", limit: max, retryAfterMs: ttl },
      }),
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Warren",
        version: "1",
        description: "Tickets, seats and rooms. Errors are RFC 9457 problems with a stable code.",
      },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    },
  });
  await app.register(async (scope) => {
    playerRoutes(scope, options);
    ticketRoutes(scope, options);
    matchRoutes(scope, options);
    roomRoutes(scope, options);
    ratingRoutes(scope, options);
    lobbyRoutes(scope, options);
    messageRoutes(scope, options);
    queueRoutes(scope, options);
    countRoutes(scope, options);
    probeRoutes(scope, options);
    if (options.page) pageRoutes(scope, options.page);
  });
  await app.ready();
  return app;
}
