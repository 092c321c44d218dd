import type { ServerWritableStream } from "@grpc/grpc-js";
import type { WaitStats } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { WatchTicketRequest, WatchTicketResponse } from "@warren/protocol/services";
import type { Auth } from "../auth.ts";
import type { Domain } from "../log/domain.ts";
import { requireScope } from "../rest/caller.ts";
import { eventData, eventsAfter, FINAL_EVENTS } from "../rest/ticket-event-data.ts";
import type { Tickets } from "../tickets/tickets.ts";

/** What following a ticket needs. */
export interface WatchParts {
  readonly auth: Auth;
  readonly domain: Domain;
  readonly tickets: Tickets;
  readonly waits: WaitStats;
}

/** Follows a ticket until it ends or the caller goes. Throws UNAUTHENTICATED, FORBIDDEN or TICKET_NOT_FOUND. */
export async function watchTicket(
  stream: ServerWritableStream<WatchTicketRequest, WatchTicketResponse>,
  { auth, domain, tickets, waits }: WatchParts,
): Promise<void> {
  const [authorization] = stream.metadata.get("authorization");
  const caller = await auth.caller(authorization?.toString());
  if (caller.kind !== "server")
    throw new WarrenError("FORBIDDEN", "watching tickets needs a server key with the scope read");
  requireScope(caller, "read");
  const ticket = await tickets.get(stream.request.ticketId, undefined);
  let sentSeq = Number(stream.request.afterSeq);
  await new Promise<void>((resolve) => {
    const send = () => {
      for (const event of eventsAfter(ticket, sentSeq)) {
        sentSeq = event.seq;
        const dataJson = JSON.stringify(eventData(event, ticket, domain, waits));
        stream.write({ seq: BigInt(event.seq), event: event.type, dataJson });
        if (FINAL_EVENTS.has(event.type)) done();
      }
    };
    const off = domain.onTicket(ticket.id, send);
    const done = () => {
      off();
      resolve();
    };
    stream.on("cancelled", done);
    stream.on("close", done);
    send();
  });
}
