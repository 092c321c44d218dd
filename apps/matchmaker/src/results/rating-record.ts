import { createHash } from "node:crypto";
import { base32, InputError, type PlayerId, parsePlayerId } from "@warren/kernel";
import type { Rating } from "@warren/matchmaking/rating";

/** A rating and how many results made it. */
export interface PlayerRating extends Rating {
  readonly games: number;
}

/** What the bucket `rating` keeps of a player under one name of rating. */
export interface RatingRecord extends PlayerRating {
  readonly playerId: PlayerId;
  /** Of the rating, as queues name it. */
  readonly name: string;
  readonly model: string;
  readonly libVersion: string;
  /** Place in the log of the last result in it. */
  readonly seq: number;
  /** What it was before that result, so that a half-written result can be finished. */
  readonly before: PlayerRating;
}

/** Player ids are text from outside, so keys are hashes. */
export function ratingKey(name: string, player: PlayerId): string {
  return base32(createHash("sha256").update(`${name}\n${player}`).digest());
}

export function encodeRatingRecord(record: RatingRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** Throws InputError on anything that is not a rating record. */
export function decodeRatingRecord(bytes: Uint8Array): RatingRecord {
  try {
    const record = JSON.parse(new TextDecoder().decode(bytes)) as RatingRecord;
    parsePlayerId(record.playerId);
    const numbers = [record, record.before].flatMap(({ mu, sigma, games }) => [mu, sigma, games]);
    if (![...numbers, record.seq].every(Number.isFinite)) throw new Error("a number is missing");
    return record;
  } catch (error) {
    throw new InputError("rating record", error instanceof Error ? error.message : error, "a rating as JSON");
  }
}
