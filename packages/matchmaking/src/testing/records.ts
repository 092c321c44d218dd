import { RECORD_VERSION } from "@warren/protocol";
import { type LogEntry, type Match, TicketsClosed_Cause } from "@warren/protocol/services";
import type { Changes, Fold } from "../fold/fold.ts";

// Records as tests want them: short, of one queue, and everything else as it mostly is.

export type Body = NonNullable<LogEntry["body"]>;

export const ACCEPT_MS = 10_000;
export const DECLINE_MS = 30_000;
export const MISS_MS = 60_000;

/** A ticket of players, by default of one who is called like it. */
export const post = (
  ticketId: string,
  players: string | readonly string[] = ticketId.toUpperCase(),
): Body => ({
  $case: "ticketPosted",
  value: {
    ticketId,
    players: [players]
      .flat()
      .map((playerId) => ({ playerId, joinJson: "{}", attributes: [], latencies: [] })),
    queues: ["duel"],
    replace: false,
    lobbyId: "",
  },
});
export const replace = (ticketId: string, players: string | readonly string[]): Body => {
  const posted = post(ticketId, players);
  if (posted.$case === "ticketPosted") posted.value.replace = true;
  return posted;
};
const close = (cause: TicketsClosed_Cause, ...ticketIds: string[]): Body => ({
  $case: "ticketsClosed",
  value: { ticketIds, cause },
});
export const cancel = (...ticketIds: string[]) => close(TicketsClosed_Cause.CANCELLED, ...ticketIds);
export const expire = (...ticketIds: string[]) => close(TicketsClosed_Cause.EXPIRED, ...ticketIds);
export const orphan = (...ticketIds: string[]) => close(TicketsClosed_Cause.ORPHANED, ...ticketIds);
export const epoch = (value: number): Body => ({
  $case: "epochStarted",
  value: { epoch: value, replicaId: "mm_a" },
});

type Decided = [matchId: string, roomId: string, ...tickets: string[]];
const matchOf = ([matchId, roomId, ...tickets]: Decided, more: Partial<Match> = {}): Match => ({
  matchId,
  queue: "duel",
  tickets: tickets.map((ticketId, team) => ({ ticketId, team, roles: [] })),
  nodeId: `n_${roomId.slice(2)}`,
  roomId,
  backfillGeneration: 0,
  fillTo: 0,
  skill: 1_500,
  region: "",
  quality: 1,
  acceptMs: 0,
  declineMs: DECLINE_MS,
  missMs: MISS_MS,
  ...more,
});
export const decide = (at: number, ...matches: Decided[]): Body => ({
  $case: "matchesDecided",
  value: { epoch: at, matches: matches.map((match) => matchOf(match)) },
});
export const propose = (...match: Decided): Body => ({
  $case: "matchesDecided",
  value: { epoch: 0, matches: [matchOf(match, { acceptMs: ACCEPT_MS })] },
});
/** As {@link propose}, and who declines may queue at once. */
export const proposeFreely = (...match: Decided): Body => ({
  $case: "matchesDecided",
  value: { epoch: 0, matches: [matchOf(match, { acceptMs: ACCEPT_MS, declineMs: 0 })] },
});
export const backfill = (...match: Decided): Body => ({
  $case: "matchesDecided",
  value: { epoch: 0, matches: [matchOf(match, { backfillGeneration: 1 })] },
});
export const vote = (matchId: string, playerId: string, accepts = true): Body => ({
  $case: "voted",
  value: { matchId, playerId, accepts },
});
export const dissolve = (...matchIds: string[]): Body => ({ $case: "matchesDissolved", value: { matchIds } });
const answer = (ok: boolean, ...matchIds: string[]): Body => ({
  $case: "matchesPlaced",
  value: {
    placements: matchIds.map((matchId) => ({
      matchId,
      ok,
      roomEpoch: ok ? 1 : 0,
      errorCode: ok ? "" : "NO_CAPACITY",
    })),
  },
});
export const placed = (...matchIds: string[]) => answer(true, ...matchIds);
export const refused = (...matchIds: string[]) => answer(false, ...matchIds);
export const taken = (playerId: string, roomId: string): Body => ({
  $case: "seatTaken",
  value: { playerId, roomId, nodeId: `n_${roomId.slice(2)}` },
});
export const ended = (...roomIds: string[]): Body => ({ $case: "roomsClosed", value: { roomIds } });
export const streams = (replicaId: string, opened: string[], closed: string[] = []): Body => ({
  $case: "streamsChanged",
  value: { replicaId, opened, closed },
});
export const report = (matchId: string, roomId: string): Body => ({
  $case: "resultReported",
  value: { matchId, roomId, teams: [{ rank: 1, players: [] }], reportJson: "" },
});
export const settle = (rated: string[], delivered: string[] = []): Body => ({
  $case: "resultsSettled",
  value: { rated, delivered },
});
export const configure = (name: string, version: number, configJson = "{}"): Body => ({
  $case: "queuesConfigured",
  value: { queues: [{ name, version, fingerprint: `${name}-${version}`, configJson }] },
});

const DECIDERS = new Set<string>(["epochStarted", "matchesDecided", "matchesPlaced", "roomsClosed"]);

/** Applies the next record of a log to a fold, by default a millisecond after the last. */
export function applyNext(fold: Fold, body: Body, timeMs = fold.timeMs + 1): Changes {
  const record = { version: RECORD_VERSION, body };
  return fold.apply(fold.seq + 1, timeMs, DECIDERS.has(body.$case), record);
}
