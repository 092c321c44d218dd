import type { Directory } from "@warren/cluster";
import type { Clock, PlayerId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { RatingReader } from "../tickets/ticket-request.ts";
import { decodeRatingRecord, type PlayerRating, ratingKey } from "./rating-record.ts";

/** A rating read this long ago is as good as new: one that just changed is a match old at the most. */
const FRESH_MS = 1_000;
/** Ratings remembered; the oldest goes first. */
const REMEMBERED_MAX = 10_000;

interface Remembered {
  readonly atMs: number;
  readonly rating: Promise<PlayerRating | undefined>;
}

/** Reads ratings for tickets and for whoever asks. */
export class Ratings implements RatingReader {
  readonly #directory: Directory;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();

  constructor(directory: Directory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** By player; one without a rating is left out. Throws UNAVAILABLE. */
  async read(name: string, players: readonly PlayerId[]): Promise<ReadonlyMap<PlayerId, PlayerRating>> {
    const ratings = await Promise.all(players.map((player) => this.#rating(ratingKey(name, player))));
    return new Map(
      players.flatMap((player, i) => {
        const rating = ratings[i];
        return rating ? [[player, rating] as const] : [];
      }),
    );
  }

  #rating(key: string): Promise<PlayerRating | undefined> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#remembered.get(key);
    if (known && nowMs - known.atMs < FRESH_MS) return known.rating;
    this.#remembered.delete(key);
    const rating = this.#fetch(key);
    this.#remembered.set(key, { atMs: nowMs, rating });
    rating.catch(() => {
      if (this.#remembered.get(key)?.rating === rating) this.#remembered.delete(key);
    });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_MAX && oldest !== undefined) this.#remembered.delete(oldest);
    return rating;
  }

  async #fetch(key: string): Promise<PlayerRating | undefined> {
    try {
      const entry = await this.#directory.get("rating", key);
      return entry && decodeRatingRecord(entry.value);
    } catch (error) {
      throw new WarrenError("UNAVAILABLE", "Ratings cannot be read right now.", { cause: error });
    }
  }
}
