import type { Directory } from "@warren/cluster";
import { InputError, type PlayerId, parsePlayerId } from "@warren/kernel";
import type { RankedTeam, RatingConfig } from "@warren/matchmaking/rating";
import type { ResultReported } from "@warren/protocol/services";
import {
  decodeRatingRecord,
  encodeRatingRecord,
  type PlayerRating,
  type RatingRecord,
  ratingKey,
} from "./rating-record.ts";

/** A result in the log, and what has been done about it. */
export interface PendingResult {
  /** Its place in the log. */
  readonly seq: number;
  /** Queue of the match; empty: of none. */
  readonly queue: string;
  readonly result: ResultReported;
  /** In fold time. */
  readonly reportedAtMs: number;
  readonly rated: boolean;
  readonly delivered: boolean;
}

/** What a result did to one player. Null: later results have changed the rating since, and nobody remembers. */
export interface RatingChange {
  readonly playerId: PlayerId;
  readonly name: string;
  readonly before: PlayerRating | null;
  readonly after: PlayerRating | null;
}

/** Loaded with the first result: it takes longer than all else a matchmaker loads. */
let models: typeof import("@warren/matchmaking/rating") | undefined;

/** Whoever loses a write that often in a row is told to try again. */
const TRIES_MAX = 20;

/**
 * Applies results to the ratings of their players, each exactly once, whoever applies it how often.
 *
 * Every record says which result was the last one in it (`seq`) and what the rating was before. Results that share a
 * player are applied in the order of the log, so for the result at place S a player's record is one of
 *   seq < S   not applied: the rating counts, and is replaced
 *   seq = S   applied, perhaps by somebody who died before writing the others: what was before counts
 *   seq > S   a later result is applied already, so this one is complete: nothing is left to do
 * Writes name the revision they replace; whoever is late loses, and looks again.
 */
export class Rater {
  readonly #directory: Directory;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** Safe to repeat. Throws InputError on a result that cannot be right, and whatever the directory throws. */
  async apply({ seq, result }: PendingResult, config: RatingConfig): Promise<RatingChange[]> {
    models ??= await import("@warren/matchmaking/rating");
    const { rateTeams, RATING_LIBRARY } = models;
    const teams = teamsOf(result);
    const ids = teams.flatMap(({ players }) => players.map(({ id }) => id));
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const records = await Promise.all(ids.map((id) => this.#read(config.name, id)));
      if (records.some((record) => record && record.seq > seq))
        return ids.map((playerId, i) => changeOf(playerId, config.name, seq, records[i]));
      const before = new Map(ids.map((id, i) => [id, ratingBefore(seq, records[i], config)] as const));
      const after = rateTeams(teams, before, config);
      const written = ids.map((playerId, i): RatingRecord & { readonly revision: number | undefined } => {
        const known = records[i];
        if (known?.seq === seq) return known;
        const was = before.get(playerId)!;
        const { mu, sigma } = after.get(playerId)!;
        return {
          playerId,
          name: config.name,
          mu,
          sigma,
          games: was.games + 1,
          model: config.model,
          libVersion: RATING_LIBRARY,
          seq,
          before: was,
          revision: known?.revision,
        };
      });
      const won = await Promise.all(
        written.map((record, i) => record === records[i] || this.#write(config.name, record)),
      );
      if (won.every(Boolean))
        return written.map((record) => changeOf(record.playerId, config.name, seq, record));
    }
    throw new Error(`the result at ${seq} met ${TRIES_MAX} other writers in a row`);
  }

  async #read(name: string, player: PlayerId) {
    const entry = await this.#directory.get("rating", ratingKey(name, player));
    return entry && { ...decodeRatingRecord(entry.value), revision: entry.revision };
  }

  async #write(
    name: string,
    { revision, ...record }: RatingRecord & { readonly revision: number | undefined },
  ): Promise<boolean> {
    const key = ratingKey(name, record.playerId);
    return (await this.#directory.claim("rating", key, encodeRatingRecord(record), revision)) !== undefined;
  }
}

/** Players of a result, each once. Throws InputError. */
export function teamsOf({ teams }: ResultReported): RankedTeam[] {
  const seen = new Set<PlayerId>();
  return teams.map(({ rank, players }, t) => ({
    rank,
    players: players.map(({ playerId, left }) => {
      const id = parsePlayerId(playerId, `teams[${t}].players`);
      if (seen.has(id)) throw new InputError(`teams[${t}].players`, id, "every player once");
      seen.add(id);
      return { id, left };
    }),
  }));
}

function ratingBefore(seq: number, record: RatingRecord | undefined, config: RatingConfig): PlayerRating {
  if (!record) return { mu: config.mu, sigma: config.sigma, games: 0 };
  const { mu, sigma, games } = record.seq === seq ? record.before : record;
  return { mu, sigma, games };
}

function changeOf(
  playerId: PlayerId,
  name: string,
  seq: number,
  record: RatingRecord | undefined,
): RatingChange {
  if (record?.seq !== seq) return { playerId, name, before: null, after: null };
  const { mu, sigma, games, before } = record;
  return { playerId, name, before, after: { mu, sigma, games } };
}
