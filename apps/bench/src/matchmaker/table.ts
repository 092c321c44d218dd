import type { MatchId, NodeId, RoomId, TicketId } from "@warren/kernel";
import type { Fold, Matcher, Surroundings } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import type { LogEntry, Match } from "@warren/protocol/services";

/** A decider without a log: one node with room for everything, and a fold that takes what is decided at once. */
export class Table {
  readonly fold: Fold;
  #matches = 0;
  #seq: number;

  constructor(fold: Fold) {
    this.fold = fold;
    this.#seq = fold.seq;
    this.write({ $case: "epochStarted", value: { epoch: 1, replicaId: "mm_bench" } }, 0);
  }

  write(body: NonNullable<LogEntry["body"]>, timeMs: number) {
    return this.fold.apply(++this.#seq, timeMs, true, { version: RECORD_VERSION, body });
  }

  post(entry: LogEntry, timeMs: number) {
    return this.fold.apply(++this.#seq, timeMs, false, entry);
  }

  /** Looks until there is nothing more to find. `tookMs` is the matcher's work; the fold's is another figure. */
  matchAll(matcher: Matcher, nowMs: number): { matches: Match[]; tookMs: number } {
    const all: Match[] = [];
    let tookMs = 0;
    for (;;) {
      const startedMs = performance.now();
      const { matches, done } = matcher.look(this.#around(nowMs));
      const lookedMs = performance.now();
      tookMs += lookedMs - startedMs;
      if (matches.length > 0) {
        const { left } = this.write({ $case: "matchesDecided", value: { epoch: 1, matches } }, nowMs);
        const foldedMs = performance.now();
        for (const ticket of left) matcher.left(ticket);
        tookMs += performance.now() - foldedMs;
        all.push(...matches);
      }
      if (done) return { matches: all, tookMs };
    }
  }

  #around(nowMs: number): Surroundings {
    return {
      nowMs,
      openRooms: [],
      nodes: [
        {
          nodeId: "n_1" as NodeId,
          region: "",
          rooms: new Set(["arena"]),
          freeRooms: 1_000_000,
          freeSeats: 1_000_000_000,
        },
      ],
      newMatchId: () => `m_main_1_${++this.#matches}` as MatchId,
      newRoomId: (match) => `r${match.slice(1)}` as RoomId,
      isOver: () => false,
    };
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
