import type { Ticket } from "@warren/matchmaking";
import type { FastifyInstance } from "fastify";
import { ownerOnly, playerOf } from "./caller.ts";
import { lastEventId } from "./last-event-id.ts";
import type { RestOptions } from "./rest-options.ts";
import { failures, idempotencyHeaders, secured, ticketBody, ticketSchema } from "./schemas.ts";
import { streamTicket } from "./ticket-stream.ts";

export function ticketRoutes(app: FastifyInstance, options: RestOptions): void {
  const { auth, tickets, domain, nodes, clock, slots } = options;

  app.post<{
    Body: { queues: string[]; join?: unknown; playerId?: string; attributes?: Record<string, number> };
  }>(
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
        response: { 200: ticketSchema, ...failures },
      },
    },
    async (request) => bodyOf(await tickets.get(request.params.id, await ownerOnly(auth, request, "read"))),
  );

  app.delete<{ Params: { id: string } }>(
    "/v1/tickets/:id",
    {
      schema: {
        ...secured("Cancel a ticket", "tickets"),
        response: { 200: ticketSchema, ...failures },
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
      streamTicket({
        reply,
        ticket,
        domain,
        nodes,
        clock,
        afterSeq,
        onClosed: slots.take(),
      });
      return reply;
    },
  );
}

function bodyOf(ticket: Ticket) {
  return {
    ticketId: ticket.id,
    playerId: ticket.players[0]?.id,
    status: ticket.status,
    queues: ticket.queues,
  };
}
