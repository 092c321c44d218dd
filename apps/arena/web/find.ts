import { type PlayStatus, Warren, watchRoom, wireSchemaOf, withLag } from "@warren/client";
import type game from "../src/game.ts";
import * as arena from "../src/schema.ts";

const query = new URLSearchParams(location.search);
/** `?lag=150&jitter=20`: see what far players see. */
const lag = { roundTripMs: Number(query.get("lag")), jitterMs: Number(query.get("jitter")) };

// How to read the room comes from the server. What this page was built for is here, so that a newer server without it
// is found out at the door.
export const warren = new Warren<typeof game>(query.get("server") ?? location.origin, {
  contracts: { arena: wireSchemaOf(arena) },
  ...(lag.roundTripMs || lag.jitterMs ? { webSocket: withLag(lag) } : {}),
});

export type FindStatus = Pick<PlayStatus, "status" | "waitedMs">;

/** Queues until there is a match; ends when `signal` does. */
export function findMatch(name: string, signal: AbortSignal, onStatus: (status: FindStatus) => void) {
  return warren.play("arena", { queue: "ffa", join: { name }, signal, onStatus });
}

/** A room of one's own, to play with those who know its code. */
export function openRoom(name: string) {
  return warren.createRoom("arena", { options: {}, join: { name } });
}

export function joinRoom(code: string, name: string) {
  return warren.joinByCode("arena", code, { join: { name } });
}

/** The match of others, without a ship of one's own. */
export function watchMatch(code: string) {
  return watchRoom(warren, "arena", { joinCode: code });
}

/** The code in `?watch=7KQ2MX`: a link to watch a room by. */
export const codeToWatch = query.get("watch") ?? "";

/** The room of this match, as the client sees it. */
export type Match = Awaited<ReturnType<typeof findMatch>>;
