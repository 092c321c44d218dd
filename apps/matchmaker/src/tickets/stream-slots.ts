import type { PlayerId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { MatchmakerConfig } from "../config.ts";
import type { MatchmakerMetrics } from "../metrics.ts";

/** Streams of one player: one for a ticket and one for a lobby in a few pages, and those whose end nobody noticed yet. */
const STREAMS_PER_PLAYER_MAX = 16;

/** Event streams of all kinds, of REST and gRPC, counted against one limit, and each player's against another. */
export class StreamSlots {
  readonly #config: MatchmakerConfig;
  readonly #metrics: MatchmakerMetrics;
  #open = 0;
  readonly #byPlayer = new Map<PlayerId, number>();

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
