import type { PlayerId, TicketId } from "@warren/kernel";
import type { Fold } from "@warren/matchmaking";
import type { Match } from "@warren/protocol/services";

/** Players of a match's tickets; none without a match. */
export function playersOf({ tickets }: Fold, match: Match | undefined): PlayerId[] {
  return (match?.tickets ?? []).flatMap(
    ({ ticketId }) => tickets.get(ticketId as TicketId)?.players.map(({ id }) => id) ?? [],
  );
}
