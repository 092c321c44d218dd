import type { Ticket, TicketEvent, WaitStats } from "@warren/matchmaking";
import type { Domain } from "../log/domain.ts";
import { playersOf } from "../log/match-players.ts";
import { bestEta, remainingMs } from "./ticket-view.ts";

/** After one of these nothing more happens to a ticket. */
export const FINAL_EVENTS: ReadonlySet<TicketEvent["type"]> = new Set(["assigned", "cancelled", "expired"]);

/** What has happened since `seq`, the last that is known. The end is told again, so that everyone who follows hears it. */
export function eventsAfter({ history }: Ticket, seq: number): readonly TicketEvent[] {
  const last = history.at(-1);
  if (last && FINAL_EVENTS.has(last.type) && last.seq <= seq) return [last];
  return history.filter((event) => event.seq > seq);
}

/** What an event says, the same for everyone who follows the ticket: no seat, and nothing secret. */
export function eventData(
  event: TicketEvent,
  ticket: Ticket,
  domain: Domain,
  waits: WaitStats,
): Record<string, unknown> {
  const base = { ticketId: ticket.id };
  switch (event.type) {
    case "queued":
      return { ...base, queues: ticket.queues, eta: bestEta(ticket, domain, waits) };
    case "proposed": {
      const { matchId, acceptByMs } = event;
      const players = playersOf(domain.fold, domain.fold.proposed.get(matchId)?.match).length;
      return { ...base, matchId, acceptByMs: remainingMs(acceptByMs, domain), players };
    }
    case "placing":
      return { ...base, matchId: event.matchId };
    case "assigned": {
      const { matchId, queue, roomId, team, roles } = event;
      return { ...base, matchId, queue, roomId, team, roles };
    }
    default:
      return { ...base, cause: event.cause };
  }
}
