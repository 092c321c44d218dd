import { type LobbyId, parsePlayerId } from "@warren/kernel";
import type { FastifyInstance } from "fastify";
import { playerOnly, selfOnly } from "./caller.ts";
import { lastEventId } from "./last-event-id.ts";
import {
  endedSchema,
  joinLobbyBody,
  leaderBody,
  lobbySchema,
  openLobbyBody,
  queuesBody,
  readyBody,
} from "./lobby-schemas.ts";
import { streamLobby } from "./lobby-stream.ts";
import { lobbyView } from "./lobby-view.ts";
import type { RestOptions } from "./rest-options.ts";
import { failures, idempotencyHeaders, secured } from "./schemas.ts";

const LOBBIES_PER_MINUTE_MAX = 30;
/** Joining by code is guessing when it is fast. */
const CODE_JOINS_PER_MINUTE_MAX = 30;

interface MemberBody {
  readonly join?: unknown;
  readonly attributes?: Record<string, unknown>;
  readonly latencies?: Record<string, number>;
}

export function lobbyRoutes(app: FastifyInstance, options: RestOptions): void {
  const { auth, lobbies, domain, clock, slots } = options;
  const about = (summary: string) => secured(summary, "lobbies");

  app.post<{ Body: MemberBody & { queues?: string[]; size?: number } }>(
    "/v1/lobbies",
    {
      config: { rateLimit: { max: LOBBIES_PER_MINUTE_MAX } },
      schema: {
        ...about("Open a lobby that others join by code"),
        headers: idempotencyHeaders,
        body: openLobbyBody,
        response: { 200: lobbySchema, 201: lobbySchema, ...failures },
      },
    },
    async (request, reply) => {
      const { playerId, claims } = await selfOnly(auth, request);
      const idempotencyKey = request.headers["idempotency-key"] as string;
      const { queues = [], ...body } = request.body;
      const { lobby, isNew } = await lobbies.open({ ...body, queues, playerId, claims, idempotencyKey });
      return reply.code(isNew ? 201 : 200).send(lobbyView(domain, lobby, playerId));
    },
  );

  app.post<{ Body: MemberBody & { joinCode: string } }>(
    "/v1/lobbies/join",
    {
      config: { rateLimit: { max: CODE_JOINS_PER_MINUTE_MAX } },
      schema: {
        ...about("Come into the lobby of a join code, or change what is known of oneself there"),
        body: joinLobbyBody,
        response: { 200: lobbySchema, ...failures },
      },
    },
    async (request) => {
      const { playerId, claims } = await selfOnly(auth, request);
      return lobbyView(domain, await lobbies.join({ ...request.body, playerId, claims }), playerId);
    },
  );

  app.get<{ Params: { id: string } }>(
    "/v1/lobbies/:id",
    { schema: { ...about("A lobby the player is in"), response: { 200: lobbySchema, ...failures } } },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      return lobbyView(domain, await lobbies.get(request.params.id, playerId), playerId);
    },
  );

  app.post<{ Params: { id: string }; Body: { ready: boolean } }>(
    "/v1/lobbies/:id/ready",
    {
      schema: {
        ...about("Be ready, or not any more"),
        description: "Who is not ready any more ends the lobby's ticket, unless it is being placed.",
        body: readyBody,
        response: { 200: lobbySchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      const ready = { $case: "ready", value: request.body.ready } as const;
      return lobbyView(domain, await lobbies.change(request.params.id, playerId, ready), playerId);
    },
  );

  app.post<{ Params: { id: string }; Body: { playerId: string } }>(
    "/v1/lobbies/:id/leader",
    {
      schema: {
        ...about("Make another member the leader"),
        body: leaderBody,
        response: { 200: lobbySchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      const leader = parsePlayerId(request.body.playerId, "playerId");
      const lobby = await lobbies.change(request.params.id, playerId, { $case: "leader", value: leader });
      return lobbyView(domain, lobby, playerId);
    },
  );

  app.post<{ Params: { id: string }; Body: { queues: string[] } }>(
    "/v1/lobbies/:id/queues",
    {
      schema: {
        ...about("Change the queues the lobby will ask for"),
        description: "All others have to be ready again.",
        body: queuesBody,
        response: { 200: lobbySchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      const lobby = await lobbies.setQueues(request.params.id, playerId, request.body.queues);
      return lobbyView(domain, lobby, playerId);
    },
  );

  app.delete<{ Params: { id: string; player: string } }>(
    "/v1/lobbies/:id/members/:player",
    {
      schema: {
        ...about("Leave a lobby, or send a member away"),
        description: "`me`, or as its leader any member. The lobby's ticket ends, unless it is being placed.",
        response: { 200: endedSchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      const { id, player } = request.params;
      const whom = player === "me" ? playerId : parsePlayerId(player, "playerId");
      await lobbies.end(id, playerId, { $case: "left", value: { playerId: whom } });
      return { lobbyId: id };
    },
  );

  app.delete<{ Params: { id: string } }>(
    "/v1/lobbies/:id",
    { schema: { ...about("Close a lobby"), response: { 200: endedSchema, ...failures } } },
    async (request) => {
      const playerId = await playerOnly(auth, request);
      await lobbies.end(request.params.id, playerId, { $case: "closed", value: {} });
      return { lobbyId: request.params.id };
    },
  );

  app.get<{ Params: { id: LobbyId } }>(
    "/v1/lobbies/:id/events",
    {
      schema: {
        ...about("A lobby, as Server-Sent Events"),
        description:
          "Events: lobby, with the whole of it after changes; left, at the end. Last-Event-ID resumes on any replica.",
        response: {
          200: {
            description: "As long as the player is in it",
            content: { "text/event-stream": { schema: { type: "string" } } },
          },
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const player = await playerOnly(auth, request);
      const lobby = await lobbies.get(request.params.id, player);
      const afterSeq = lastEventId(request);
      const onClosed = slots.take(player);
      streamLobby({ reply, lobby, player, domain, lobbies, clock, afterSeq, onClosed });
      return reply;
    },
  );
}
