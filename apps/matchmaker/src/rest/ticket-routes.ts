import { explainTicket } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { FastifyInstance } from "fastify";
import { ownerOnly, playerNamed, type TicketBody, ticketRequest } from "./caller.ts";
import { lastEventId } from "./last-event-id.ts";
import type { RestOptions } from "./rest-options.ts";
import {
  explanationsSchema,
  failures,
  idempotencyHeaders,
  secured,
  ticketBody,
  ticketSchema,
  ticketsSchema,
} from "./schemas.ts";
import { streamTicket } from "./ticket-stream.ts";
import { ticketView } from "./ticket-view.ts";

/** Each looks at up to 2,000 tickets for each of its queues. */
const EXPLAINS_PER_MINUTE_MAX = 60;

export function ticketRoutes(app: FastifyInstance, options: RestOptions): void {
  const { auth, tickets, domain, nodes, clock, slots, waits } = options;
  const view = (ticket: Parameters<typeof ticketView>[0]) => ticketView(ticket, domain, waits);

  app.post<{ Body: TicketBody }>(
    "/v1/tickets",
    {
      schema: {
        ...secured("Ask to be matched", "tickets"),
        headers: idempotencyHeaders,
        body: ticketBody,
        response: { 200: ticketSchema, 201: ticketSchema, ...failures },
      },
    },
    async (request, reply) => {
      const caller = await auth.caller(request.headers.authorization);
      const idempotencyKey = request.headers["idempotency-key"] as string;
      const { ticket, isNew } = await tickets.post(ticketRequest(caller, request.body, idempotencyKey));
      return reply.code(isNew ? 201 : 200).send(view(ticket));
    },
  );

  app.get<{ Params: { id: string } }>(
    "/v1/tickets/:id",
    {
      schema: {
        ...secured("A ticket of the player", "tickets"),
        response: { 200: ticketSchema, ...failures },
      },
    },
    async (request) => view(await tickets.get(request.params.id, await ownerOnly(auth, request, "read"))),
  );

  app.delete<{ Params: { id: string } }>(
    "/v1/tickets/:id",
    {
      schema: {
        ...secured("Cancel a ticket, for all who are in it", "tickets"),
        response: { 200: ticketSchema, ...failures },
      },
    },
    async (request) =>
      view(await tickets.cancel(request.params.id, await ownerOnly(auth, request, "tickets"))),
  );

  const ofPlayer = "`me`, or with a server key any player.";
  app.get<{ Params: { player: string } }>(
    "/v1/players/:player/tickets",
    {
      schema: {
        ...secured("The ticket of a player that has not ended, if there is one", "tickets"),
        description: ofPlayer,
        response: { 200: ticketsSchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerNamed(auth, request, "read", "player", request.params.player);
      const ticket = await tickets.openOf(playerId);
      return { tickets: ticket ? [view(ticket)] : [] };
    },
  );

  app.delete<{ Params: { player: string } }>(
    "/v1/players/:player/tickets",
    {
      schema: {
        ...secured("Cancel the ticket of a player that has not ended", "tickets"),
        description: ofPlayer,
        response: { 200: ticketSchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await playerNamed(auth, request, "tickets", "player", request.params.player);
      const ticket = await tickets.openOf(playerId);
      if (!ticket)
        throw new WarrenError("TICKET_NOT_FOUND", "The player has no open ticket.", {
          details: { field: "player" },
        });
      return view(await tickets.cancel(ticket.id, playerId));
    },
  );

  app.get<{ Params: { id: string } }>(
    "/v1/tickets/:id/explain",
    {
      config: { rateLimit: { max: EXPLAINS_PER_MINUTE_MAX } },
      schema: {
        ...secured("Why an open ticket is not matched yet", "tickets"),
        description:
          "How many others each rule keeps apart from it, by queue; with a server key also the nearest of them. Empty when the ticket is not open.",
        response: { 200: explanationsSchema, ...failures },
      },
    },
    async (request) => {
      const playerId = await ownerOnly(auth, request, "read");
      const ticket = await tickets.get(request.params.id, playerId);
      const { fold, nowMs } = domain;
      const queues = ticket.status === "open" ? ticket.queues : [];
      const explanations = queues.flatMap((queue) => {
        const config = domain.queues.get(queue);
        if (!config) return [];
        const spaces = nodes.spaces().filter(({ rooms }) => rooms.has(config.room));
        const regions = [...new Set(spaces.map(({ region }) => region))];
        const { nearest, ...counts } = explainTicket(fold, queue, config, ticket, nowMs, regions);
        // Others' tickets are nothing a player may know of.
        return [playerId === undefined ? { ...counts, nearest } : counts];
      });
      return { ticketId: ticket.id, status: ticket.status, queues: explanations };
    },
  );

  app.get<{ Params: { id: string } }>(
    "/v1/tickets/:id/events",
    {
      schema: {
        ...secured("What happens to a ticket, as Server-Sent Events", "tickets"),
        description:
          "Events: queued, proposed, placing, returned, assigned, cancelled, expired, error; and searching, without an id. Last-Event-ID resumes on any replica.",
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
      const playerId = await ownerOnly(auth, request, "read");
      const ticket = await tickets.get(request.params.id, playerId);
      const afterSeq = lastEventId(request);
      const giveBack = slots.take(playerId);
      options.streams.opened(ticket.id);
      streamTicket({
        reply,
        ticket,
        player: playerId ?? ticket.players[0]!.id,
        domain,
        nodes,
        waits,
        clock,
        afterSeq,
        onClosed: () => {
          giveBack();
          options.streams.closed(ticket.id);
        },
      });
      return reply;
    },
  );
}
