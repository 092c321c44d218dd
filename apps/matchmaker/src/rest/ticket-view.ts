import type { PlayerId } from "@warren/kernel";
import { type Eta, type Ticket, type TicketWindow, ticketWindow, type WaitStats } from "@warren/matchmaking";
import type { Domain } from "../log/domain.ts";

/** A ticket in one of its queues, while it waits. */
export interface Searching {
  readonly queue: string;
  readonly windowNow: TicketWindow;
  /** How long tickets like it waited in all; null: too few to say. */
  readonly eta: Eta | null;
}

export function searching(ticket: Ticket, domain: Domain, waits: WaitStats): Searching[] {
  const { nowMs } = domain;
  return ticket.queues.flatMap((queue) => {
    const config = domain.queues.get(queue);
    if (!config) return [];
    return [{ queue, windowNow: ticketWindow(config, ticket, nowMs), eta: waits.eta(queue, ticket, nowMs) }];
  });
}

/** Of the queue that is quickest for such a ticket. */
export function bestEta(ticket: Ticket, domain: Domain, waits: WaitStats): Eta | null {
  const etas = ticket.queues.flatMap((queue) => waits.eta(queue, ticket, domain.nowMs) ?? []);
  return etas.reduce<Eta | null>((best, eta) => (best && best.p50Ms <= eta.p50Ms ? best : eta), null);
}

/** A ticket as REST shows it. */
export function ticketView(ticket: Ticket, domain: Domain, waits: WaitStats) {
  const last = ticket.history.at(-1);
  const matchId = last && "matchId" in last ? last.matchId : undefined;
  const proposed = matchId === undefined ? undefined : domain.fold.proposed.get(matchId);
  const isOpen = ticket.status === "open";
  return {
    ticketId: ticket.id,
    playerId: ticket.players[0]?.id,
    players: ticket.players.map(({ id }) => id),
    status: ticket.status,
    queues: ticket.queues,
    ageMs: Math.max(0, Math.round(domain.nowMs - ticket.postedAtMs)),
    searching: isOpen ? searching(ticket, domain, waits) : [],
    eta: isOpen ? bestEta(ticket, domain, waits) : null,
    ...(ticket.lobbyId === "" ? {} : { lobbyId: ticket.lobbyId }),
    ...(matchId === undefined ? {} : { matchId }),
    ...(proposed
      ? { acceptByMs: remainingMs(proposed.acceptByMs, domain), accepted: [...proposed.accepted] }
      : {}),
    ...(last?.type === "assigned" ? { queue: last.queue, roomId: last.roomId } : {}),
    ...(last && "cause" in last && !isOpen ? { cause: last.cause } : {}),
  };
}

/** From now until a moment of fold time, ms. */
export function remainingMs(atMs: number, domain: Domain): number {
  return Math.max(0, Math.round(atMs - domain.nowMs));
}

/** What a ticket's assignment gives one of its players. */
export function placeOf(
  ticket: Ticket,
  player: PlayerId,
  assigned: { readonly team: number; readonly roles: readonly string[] },
): { team: number; role: string } {
  const place = ticket.players.findIndex(({ id }) => id === player);
  return { team: assigned.team, role: assigned.roles[Math.max(0, place)] ?? "" };
}
