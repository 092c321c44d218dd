import type { PlayerId } from "@warren/kernel";
import type { TicketPlayer } from "@warren/matchmaking";

/** One player of a request, as it came. */
export interface RequestedPlayer {
  readonly playerId: PlayerId;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** What a studio's token says of the player; taken for what `attributes` does not say. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** A server key vouches for `attributes`. */
  readonly isTrusted: boolean;
  /** Round-trip ms by region. */
  readonly latencies?: Readonly<Record<string, number>> | undefined;
  readonly join?: unknown;
  /** Where the player stands in the body, such as `players.1.`; empty: at its root. */
  readonly path: string;
}

export interface TicketRequest {
  /** Who speaks for all: the one who asks, or the first of a party. */
  readonly playerId: PlayerId;
  readonly idempotencyKey: string;
  readonly queues: readonly string[];
  /** The party, or the lobby it gathered in. */
  readonly from: readonly RequestedPlayer[] | { readonly lobbyId: string };
  /** Open tickets of these players end instead of refusing this one. */
  readonly replace: boolean;
}

/** Knows players' ratings. */
export interface RatingReader {
  /** By player; one without a rating is left out. */
  read(
    name: string,
    players: readonly PlayerId[],
  ): Promise<ReadonlyMap<PlayerId, { readonly mu: number; readonly sigma: number }>>;
}

/** Knows who is in a lobby. */
export interface LobbyReader {
  /** Its members, the leader first. Throws LOBBY_NOT_FOUND, FORBIDDEN when the player does not lead it, or LOBBY_CHANGED. */
  partyOf(lobbyId: string, playerId: PlayerId): readonly TicketPlayer[] | Promise<readonly TicketPlayer[]>;
}

/** A place where rooms run, and the URL whose answer tells how far it is. */
export interface Region {
  readonly region: string;
  readonly pingUrl: string;
}
