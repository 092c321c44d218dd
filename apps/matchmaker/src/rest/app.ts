import cors from "@fastify/cors";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import type { Game } from "@warren/game";
import { type Clock, InputError, type PlayerId, parsePlayerId, parseRoomId } from "@warren/kernel";
import { queueStats, type Ticket } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { Logger } from "@warren/service";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { Auth } from "../auth.ts";
import type { MatchmakerConfig } from "../config.ts";
import type { Domain } from "../domain.ts";
import type { MatchmakerMetrics } from "../metrics.ts";
import type { Nodes } from "../nodes.ts";
import type { PrivateRooms } from "../private-rooms.ts";
import type { Tickets } from "../tickets.ts";
import { createCleartextServer } from "./cleartext-server.ts";
import { installProblems, problemResponse, sendProblem, toWarrenError } from "./problem.ts";
import * as schemas from "./schemas.ts";
import { streamTicket } from "./ticket-stream.ts";

const BODY_BYTES_MAX = 16 * 1024;
/** A room costs more than a ticket, and an empty one lives for a while. */
const ROOMS_PER_MINUTE_MAX = 30;
/** Joining by code is guessing when it is fast. */
const CODE_JOINS_PER_MINUTE_MAX = 30;

export interface RestOptions {
  readonly config: MatchmakerConfig;
  readonly game: Game;
  readonly domain: Domain;
  readonly nodes: Nodes;
  readonly auth: Auth;
  readonly tickets: Tickets;
  readonly rooms: PrivateRooms;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MatchmakerMetrics;
  readonly ready: () => boolean;
  readonly page?: PageSource;
}

/** Files of a web page for paths REST does not have; undefined: there is none at this path. */
export type PageSource = (
  path: string,
) => Promise<{ readonly type: string; readonly body: Uint8Array } | undefined>;

/** No eval and no foreign scripts; the page may talk to matchmakers and rooms anywhere. */
const PAGE_POLICY =
  "default-src 'self'; connect-src *; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'";

/** The REST surface: HTTP/1.1 and h2c on one port, every error a problem document. */
export async function createRestApp(options: RestOptions): Promise<FastifyInstance> {
  const { config, metrics } = options;
  const app: FastifyInstance = fastify({
    bodyLimit: BODY_BYTES_MAX,
    // Whose word on the client's address is taken.
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    serverFactory: (handler) => createCleartextServer(handler as never) as never,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false, verbose: true } },
    // Paths the router cannot read.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, toWarrenError(error)),
  });
  // All bodies are JSON; Fastify would take text too.
  app.removeContentTypeParser("text/plain");
  installProblems(app, options.log);
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
    maxAge: 600,
  });
  await app.register(rateLimit, {
    max: config.requestsPerMinuteMax,
    timeWindow: "1 minute",
    errorResponseBuilder: (_request, { max, after }) =>
      new WarrenError("RATE_LIMITED", `more than ${max} requests per minute; try again in ${after}`),
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
    guestRoutes(scope, options);
    ticketRoutes(scope, options);
    roomRoutes(scope, options);
    queueRoutes(scope, options);
    probeRoutes(scope, options);
    if (options.page) pageRoutes(scope, options.page);
  });
  await app.ready();
  return app;
}

const secured = (summary: string, tag: string) => ({ summary, tags: [tag], security: [{ bearer: [] }] });
const failures = { "4xx": problemResponse, "5xx": problemResponse } as const;

function guestRoutes(app: FastifyInstance, { auth, config }: RestOptions): void {
  app.post(
    "/v1/guests",
    {
      config: { rateLimit: { max: config.guestsPerMinuteMax } },
      schema: {
        summary: "A new guest with a token",
        tags: ["players"],
        response: { 201: schemas.guestSchema, ...failures },
      },
    },
    async (_request, reply) => reply.code(201).send(await auth.newGuest()),
  );
}

function ticketRoutes(app: FastifyInstance, options: RestOptions): void {
  const { auth, tickets, domain, nodes, clock, config, metrics } = options;
  let streams = 0;

  app.post<{
    Body: { queues: string[]; join?: unknown; playerId?: string; attributes?: Record<string, number> };
  }>(
    "/v1/tickets",
    {
      schema: {
        ...secured("Ask to be matched", "tickets"),
        headers: schemas.idempotencyHeaders,
        body: schemas.ticketBody,
        response: { 200: schemas.ticketSchema, 201: schemas.ticketSchema, ...failures },
      },
    },
    async (request, reply) => {
      const { queues, join, attributes = {} } = request.body;
      const caller = await auth.caller(request.headers.authorization);
      const playerId = playerOf(caller, request.body);
      const idempotencyKey = request.headers["idempotency-key"] as string;
      const { ticket, isNew } = await tickets.post({ playerId, idempotencyKey, queues, attributes, join });
      return reply.code(isNew ? 201 : 200).send(bodyOf(ticket));
    },
  );

  app.get<{ Params: { id: string } }>(
    "/v1/tickets/:id",
    {
      schema: {
        ...secured("A ticket of the player", "tickets"),
        response: { 200: schemas.ticketSchema, ...failures },
      },
    },
    async (request) => bodyOf(await tickets.get(request.params.id, await ownerOnly(auth, request, "read"))),
  );

  app.delete<{ Params: { id: string } }>(
    "/v1/tickets/:id",
    {
      schema: {
        ...secured("Cancel a ticket", "tickets"),
        response: { 200: schemas.ticketSchema, ...failures },
      },
    },
    async (request) =>
      bodyOf(await tickets.cancel(request.params.id, await ownerOnly(auth, request, "tickets"))),
  );

  app.get<{ Params: { id: string } }>(
    "/v1/tickets/:id/events",
    {
      schema: {
        ...secured("What happens to a ticket, as Server-Sent Events", "tickets"),
        description:
          "Events: queued, placing, returned, assigned, cancelled, expired, error. Last-Event-ID resumes on any replica.",
        response: {
          200: {
            description: "Until the ticket ends",
            content: { "text/event-stream": { schema: { type: "string" } } },
          },
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const ticket = await tickets.get(request.params.id, await ownerOnly(auth, request, "read"));
      const afterSeq = lastEventId(request);
      if (streams >= config.streamsMax)
        throw new WarrenError("RATE_LIMITED", `${streams} event streams are open, as many as accepted`);
      metrics.streams.set(++streams);
      streamTicket({
        reply,
        ticket,
        domain,
        nodes,
        clock,
        afterSeq,
        onClosed: () => metrics.streams.set(--streams),
      });
      return reply;
    },
  );
}

function roomRoutes(app: FastifyInstance, { auth, rooms }: RestOptions): void {
  app.post<{ Body: { room: string; options?: unknown; join?: unknown } }>(
    "/v1/rooms",
    {
      config: { rateLimit: { max: ROOMS_PER_MINUTE_MAX } },
      schema: {
        ...secured("Open a room that others join by code", "rooms"),
        headers: schemas.idempotencyHeaders,
        body: schemas.roomBody,
        response: { 200: schemas.createdRoomSchema, 201: schemas.createdRoomSchema, ...failures },
      },
    },
    async (request, reply) => {
      const playerId = await playerOnly(auth, request);
      const idempotencyKey = request.headers["idempotency-key"] as string;
      const { room, options, join } = request.body;
      const { seat, isNew } = await rooms.create({ playerId, idempotencyKey, room, options, join });
      return reply.code(isNew ? 201 : 200).send(seat);
    },
  );

  app.post<{ Body: { joinCode: string; join?: unknown } }>(
    "/v1/rooms/join",
    {
      config: { rateLimit: { max: CODE_JOINS_PER_MINUTE_MAX } },
      schema: {
        ...secured("A seat in the room of a join code", "rooms"),
        body: schemas.joinBody,
        response: { 200: schemas.seatSchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      return rooms.join({ playerId, joinCode: request.body.joinCode, join: request.body.join });
    },
  );

  app.post<{ Params: { room: string } }>(
    "/v1/players/me/seats/:room",
    {
      schema: {
        ...secured("A fresh token for a seat the player holds", "rooms"),
        response: { 200: schemas.seatSchema, ...failures },
      },
    },
    async (request) => rooms.reseat(await playerOnly(auth, request), roomIdOr404(request.params.room)),
  );
}

function queueRoutes(app: FastifyInstance, { game, domain }: RestOptions): void {
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
        response: { 200: schemas.queueStatsSchema, ...failures },
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

function probeRoutes(app: FastifyInstance, { ready }: RestOptions): void {
  const hidden = { schema: { hide: true }, config: { rateLimit: false as const } };
  app.get("/healthz", hidden, async () => "ok\n");
  app.get("/readyz", hidden, async (_request, reply) =>
    ready() ? "ready\n" : reply.code(503).send("not ready\n"),
  );
  app.get("/openapi.json", hidden, async () => app.swagger());
}

function pageRoutes(app: FastifyInstance, page: PageSource): void {
  app.get("/*", { schema: { hide: true }, config: { rateLimit: false } }, async (request, reply) => {
    const file = await page(decodeURIComponent(request.url.split("?")[0] ?? "/"));
    if (!file) return reply.callNotFound();
    return reply
      .type(file.type)
      .header("cache-control", "no-store")
      .header("content-security-policy", PAGE_POLICY)
      .header("x-content-type-options", "nosniff")
      .send(Buffer.from(file.body));
  });
}

function bodyOf(ticket: Ticket) {
  return { ticketId: ticket.id, playerId: ticket.playerId, status: ticket.status, queues: ticket.queues };
}

type Caller = Awaited<ReturnType<Auth["caller"]>>;

/** Who a ticket is for: the player who asks, or the one a server key names. Only a server key is trusted with attributes. */
function playerOf(caller: Caller, body: { playerId?: string; attributes?: unknown }): PlayerId {
  if (caller.kind === "player") {
    if (body.playerId !== undefined && body.playerId !== caller.playerId)
      throw new WarrenError("FORBIDDEN", "playerId is another's; only a server key may post for others");
    if (body.attributes !== undefined)
      throw new WarrenError(
        "FORBIDDEN",
        "attributes are only accepted with a server key; a client could say anything",
      );
    return caller.playerId;
  }
  requireScope(caller, "tickets");
  return parsePlayerId(body.playerId, "playerId");
}

type Scope = "tickets" | "read";

function requireScope(caller: Caller & { kind: "server" }, scope: Scope): void {
  if (!caller.scopes.has(scope))
    throw new WarrenError("FORBIDDEN", `the server key lacks the scope ${scope}`);
}

/** The player whose things may be seen; undefined: everyone's, for a server key. */
async function ownerOnly(auth: Auth, request: FastifyRequest, scope: Scope): Promise<PlayerId | undefined> {
  const caller = await auth.caller(request.headers.authorization);
  if (caller.kind === "player") return caller.playerId;
  requireScope(caller, scope);
  return undefined;
}

async function playerOnly(auth: Auth, request: FastifyRequest): Promise<PlayerId> {
  const caller = await auth.caller(request.headers.authorization);
  if (caller.kind === "player") return caller.playerId;
  throw new WarrenError("FORBIDDEN", "a server key has no seat; use a player's token");
}

function roomIdOr404(text: string) {
  try {
    return parseRoomId(text);
  } catch (error) {
    if (error instanceof InputError) throw new WarrenError("ROOM_NOT_FOUND");
    throw error;
  }
}

function lastEventId(request: FastifyRequest): number {
  const text = request.headers["last-event-id"];
  if (text === undefined || text === "") return 0;
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 0)
    throw new InputError("Last-Event-ID", text, "the id of an event of this ticket");
  return seq;
}
