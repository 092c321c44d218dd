import type { MatchId, NodeId, RoomId, TicketId } from "@warren/kernel";
import type { Fold, Matcher, Surroundings } from "@warren/matchmaking";
import type { Match } from "@warren/protocol/services";

/** One node with room for everything. */
export class Table {
  #matches = 0;

  at(nowMs: number): Surroundings {
    return {
      nowMs,
      openRooms: [],
      nodes: [{ nodeId: "n_1" as NodeId, region: "", rooms: new Set(["arena"]), freeRooms: 1_000_000 }],
      newMatchId: () => `m_main_1_${++this.#matches}` as MatchId,
      newRoomId: (match) => `r${match.slice(1)}` as RoomId,
      isOver: () => false,
    };
  }
}

/** Looks until there is nothing more to find. What is decided leaves the pool at once, as the fold would say. */
export function matchAll(matcher: Matcher, fold: Fold, around: Surroundings): Match[] {
  const all: Match[] = [];
  for (;;) {
    const { matches, done } = matcher.look(around);
    for (const match of matches) {
      all.push(match);
      for (const { ticketId } of match.tickets) matcher.left(fold.tickets.get(ticketId as TicketId)!);
    }
    if (done) return all;
  }
}

/** Throws when a match is not what was asked for. */
export function assertWhole(matches: readonly Match[], fold: Fold): void {
  const taken = new Set<string>();
  for (const { matchId, tickets } of matches) {
    const teams = [0, 0];
    for (const { ticketId, team } of tickets) {
      if (taken.has(ticketId)) throw new Error(`${ticketId} is in two matches`);
      taken.add(ticketId);
      teams[team]! += fold.tickets.get(ticketId as TicketId)!.players.length;
    }
    if (teams[0] !== 5 || teams[1] !== 5) throw new Error(`${matchId} has teams of ${teams}`);
  }
}
