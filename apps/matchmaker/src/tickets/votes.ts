import type { MatchId, PlayerId } from "@warren/kernel";
import type { Ticket } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { Domain } from "../log/domain.ts";
import { playersOf } from "../log/match-players.ts";

/** What has become of a match a player voted on. */
export interface VotedMatch {
  readonly matchId: MatchId;
  /** `proposed`: others have not answered yet; `dissolved`: somebody declined. */
  readonly status: "proposed" | "placing" | "assigned" | "dissolved";
  /** How many have accepted, and of how many. */
  readonly accepted: number;
  readonly players: number;
}

/**
 * Accepts a proposed match for a player, or declines it. Repeating it changes nothing and answers with what has become of
 * the match. Throws MATCH_NOT_FOUND.
 */
export async function vote(
  domain: Domain,
  matchId: MatchId,
  playerId: PlayerId,
  accepts: boolean,
): Promise<VotedMatch> {
  let before = matchOf(domain, matchId, playerId);
  if (!before) {
    await domain.barrier();
    before = matchOf(domain, matchId, playerId);
  }
  if (!before) throw new WarrenError("MATCH_NOT_FOUND", undefined, { details: { field: "matchId" } });
  const proposed = domain.fold.proposed.get(matchId);
  if (!proposed || (accepts && proposed.accepted.has(playerId))) return before;
  await domain.append(
    domain.ticketSubject,
    { $case: "voted", value: { matchId, playerId, accepts } },
    { id: `${matchId}-${playerId}-${accepts ? "y" : "n"}` },
  );
  return matchOf(domain, matchId, playerId) ?? { ...before, status: "dissolved", accepted: 0 };
}

function matchOf({ fold }: Domain, matchId: MatchId, playerId: PlayerId): VotedMatch | undefined {
  const ticket = ticketOf(fold, matchId, playerId);
  if (!ticket) return undefined;
  const proposed = fold.proposed.get(matchId);
  const match = proposed?.match ?? fold.placing.get(matchId);
  const players = playersOf(fold, match).length;
  if (proposed) return { matchId, status: "proposed", accepted: proposed.accepted.size, players };
  if (match) return { matchId, status: "placing", accepted: players, players };
  const last = ticket.history.at(-1);
  if (last?.type === "assigned") return { matchId, status: "assigned", accepted: players, players };
  return { matchId, status: "dissolved", accepted: 0, players };
}

/** The player's ticket that is, or was, in the match. All are looked through only for who asks late. */
function ticketOf(
  { openOf, tickets }: Domain["fold"],
  matchId: MatchId,
  playerId: PlayerId,
): Ticket | undefined {
  const wasIn = (ticket: Ticket) =>
    ticket.history.some((event) => event.type === "proposed" && event.matchId === matchId);
  const open = openOf.get(playerId);
  if (open && wasIn(open)) return open;
  for (const ticket of tickets.values())
    if (ticket.players.some(({ id }) => id === playerId) && wasIn(ticket)) return ticket;
  return undefined;
}
