import type { PlayerId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { MatchmakerConfig } from "../config.ts";
import type { MatchmakerMetrics } from "../metrics.ts";

/** Streams of one player: one for a ticket and one for a lobby in a few pages, and those whose end nobody noticed yet. */
const STREAMS_PER_PLAYER_MAX = 16;
/** Share of all streams that those may have who say no name: players' tickets come first. */
const PUBLIC_SHARE = 0.25;

/** Event streams of all kinds, of REST and gRPC, counted against one limit, and each player's against another. */
export class StreamSlots {
  readonly #config: MatchmakerConfig;
  readonly #metrics: MatchmakerMetrics;
  #open = 0;
  readonly #byPlayer = new Map<PlayerId, number>();
  #public = 0;

  constructor(config: MatchmakerConfig, metrics: MatchmakerMetrics) {
    this.#config = config;
    this.#metrics = metrics;
  }

  /** A place for one stream of a player (undefined: of a server key); what it answers gives it back. Throws RATE_LIMITED. */
  take(playerId: PlayerId | undefined): () => void {
    const own = playerId === undefined ? 0 : (this.#byPlayer.get(playerId) ?? 0);
    if (own >= STREAMS_PER_PLAYER_MAX)
      throw tooMany(`${own} event streams of the player`, STREAMS_PER_PLAYER_MAX);
    const { streamsMax } = this.#config;
    if (this.#open >= streamsMax) throw tooMany(`${this.#open} event streams`, streamsMax);
    this.#count(playerId, 1);
    return () => this.#count(playerId, -1);
  }

  /** A place for a stream that anyone may have; what it answers gives it back. Throws RATE_LIMITED. */
  takePublic(): () => void {
    const limit = Math.ceil(this.#config.streamsMax * PUBLIC_SHARE);
    if (this.#public >= limit) throw tooMany(`${this.#public} public event streams`, limit);
    const giveBack = this.take(undefined);
    this.#public++;
    return () => {
      this.#public--;
      giveBack();
    };
  }

  #count(playerId: PlayerId | undefined, change: 1 | -1): void {
    this.#open += change;
    this.#metrics.streams.set(this.#open);
    if (playerId === undefined) return;
    const own = (this.#byPlayer.get(playerId) ?? 0) + change;
    if (own > 0) this.#byPlayer.set(playerId, own);
    else this.#byPlayer.delete(playerId);
  }
}

function tooMany(what: string, limit: number): WarrenError {
  return new WarrenError("RATE_LIMITED", `${what} are open, as many as accepted`, {
    details: { field: "streams", limit },
  });
}
