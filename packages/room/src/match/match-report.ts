import { InputError, type PlayerId, wholeNumber } from "@warren/kernel";

/** What a room may tell the studio's backend with a result, bytes of its JSON. */
export const REPORT_BYTES_MAX = 16_384;
/** Worst rank of a team. */
export const RANK_MAX = 1_000;
/** Players without a seat that a room remembers until it reports; of more the first to come is forgotten. */
export const LEAVERS_MAX = 1_000;

/** How a match ended, as its room's code says. */
export interface MatchReport {
  /**
   * Who played together and how they did: 1 is the best, up to 1,000, equal ranks are a draw. Where everyone plays for
   * themselves, each is a team. Players are named by their id, also as the key of a table. Bots may be named; they are left out.
   */
  readonly teams: readonly { readonly rank: number; readonly players: readonly string[] }[];
  /** Who went before the end. @default all who had a seat and have none any more */
  readonly left?: readonly string[];
  /** Anything the studio's backend is told besides: plain JSON, at most 16 KiB of it. */
  readonly report?: unknown;
}

/** How a match ended, complete: with those who left. */
export interface MatchResult {
  readonly teams: { readonly rank: number; readonly players: { playerId: string; left: boolean }[] }[];
  readonly reportJson: string;
}

/** Whom a report can be about. */
export interface MatchPlayers {
  /** Every player who ever had a seat, by team. */
  readonly ever: ReadonlyMap<PlayerId, number>;
  hasSeat(player: PlayerId): boolean;
  readonly hasTeams: boolean;
}

/**
 * Checks a report and adds those who left. Throws InputError for a rank out of its range, a player who never sat in the
 * room or is named twice, and a report that is too large.
 */
export function matchResult(report: MatchReport, players: MatchPlayers): MatchResult {
  const left = new Set(
    report.left?.filter((id, i): id is PlayerId => isPlayer(id, `left[${i}]`, players)) ??
      [...players.ever.keys()].filter((id) => !players.hasSeat(id)),
  );
  const named = new Set<PlayerId>();
  const teams = report.teams.map(({ rank, players: members }, t) => ({
    rank: wholeNumber(`room.report teams[${t}].rank`, rank, 1, RANK_MAX),
    players: members
      .filter((id, i): id is PlayerId => isPlayer(id, `teams[${t}].players[${i}]`, players))
      .map((playerId) => {
        if (named.has(playerId))
          throw new InputError("room.report teams", playerId, "each player in one team and once");
        named.add(playerId);
        return { playerId, left: left.has(playerId) };
      }),
  }));
  const homes = homesOf(teams, players);
  const lastRank = Math.min(RANK_MAX, Math.max(0, ...teams.map(({ rank }) => rank)) + 1);
  for (const playerId of left) {
    if (named.has(playerId)) continue;
    const number = players.ever.get(playerId)!;
    const home = homes.get(number);
    if (home) home.players.push({ playerId, left: true });
    else {
      const own = { rank: lastRank, players: [{ playerId, left: true }] };
      teams.push(own);
      // Of a team that nobody is left of, those who went stay together.
      if (players.hasTeams && home === undefined) homes.set(number, own);
    }
  }
  return { teams: teams.filter((team) => team.players.length > 0), reportJson: jsonOf(report.report) };
}

type Team = MatchResult["teams"][number];

/** Which of the reported teams each team of the room is; null: it is not one of them, its players are in several. */
function homesOf(teams: readonly Team[], { ever, hasTeams }: MatchPlayers): Map<number, Team | null> {
  const homes = new Map<number, Team | null>();
  if (!hasTeams) return homes;
  for (const team of teams) {
    for (const { playerId } of team.players) {
      const number = ever.get(playerId as PlayerId)!;
      const known = homes.get(number);
      homes.set(number, known === undefined || known === team ? team : null);
    }
  }
  return homes;
}

function isPlayer(id: string, field: string, { ever }: MatchPlayers): id is PlayerId {
  if (ever.has(id as PlayerId)) return true;
  if (/^bot-\d+$/.test(id)) return false;
  throw new InputError(`room.report ${field}`, id, "a player who has, or had, a seat in the room");
}

function jsonOf(report: unknown): string {
  const json = report === undefined ? "" : (JSON.stringify(report) ?? "");
  const bytes = new TextEncoder().encode(json).length;
  if (bytes > REPORT_BYTES_MAX)
    throw new InputError("room.report report", `${bytes} bytes of JSON`, `at most ${REPORT_BYTES_MAX}`);
  return json;
}
