import type { RoomId } from "@warren/kernel";
import type { RoomSummary } from "@warren/room";

/**
 * Rooms of which replicas have to hear: soon, or, when only the number of players is another and nobody looks for players
 * or a room to join, a moment later together with others. A room is never in both, and what it was last is what is told.
 */
export class ChangedRooms {
  readonly #soon = new Map<RoomId, RoomSummary>();
  readonly #later = new Map<RoomId, RoomSummary>();
  /** Rooms that replicas know of, and whether somebody may be on the way to one without having asked the node. */
  readonly #known = new Map<RoomId, boolean>();

  /** Answers how it is to be told. */
  add(room: RoomSummary): "soon" | "later" {
    const { roomId, ended } = room;
    const isSought = room.asked !== undefined || room.listed;
    const mayWait = !ended && !isSought && this.#known.get(roomId) === false && !this.#soon.has(roomId);
    if (ended) this.#known.delete(roomId);
    else this.#known.set(roomId, isSought);
    if (mayWait) this.#later.set(roomId, room);
    else {
      this.#later.delete(roomId);
      this.#soon.set(roomId, room);
    }
    return mayWait ? "later" : "soon";
  }

  /** Those that were added, once. */
  take(when: "soon" | "later"): RoomSummary[] {
    const rooms = when === "soon" ? this.#soon : this.#later;
    const taken = [...rooms.values()];
    rooms.clear();
    return taken;
  }
}
