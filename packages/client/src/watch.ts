import type { ClientRoom } from "./client-room.ts";
import type { GameShape, RoomNames } from "./types.ts";
import { partsOf, type Seat, type Warren } from "./warren.ts";

/**
 * Watches a room without a seat: by its code any that lets spectators in, by its id one that was opened to be listed.
 * The state is there and events come that are told to everyone; `send` does nothing and `act` rejects with
 * SPECTATOR_ONLY. It is not what `rejoin` goes back to. Rejects with ROOM_NOT_FOUND, or ROOM_NOT_WATCHABLE when the
 * room takes no spectators or has as many as it takes.
 */
export function watchRoom<G extends GameShape, R extends RoomNames<G>>(
  warren: Warren<G>,
  room: R,
  which: { readonly joinCode: string } | { readonly roomId: string },
): Promise<ClientRoom<G, R>> {
  const { json, open } = partsOf(warren);
  return open(room, () => json<Seat>({ method: "POST", path: "/v1/rooms/watch", body: which }));
}
