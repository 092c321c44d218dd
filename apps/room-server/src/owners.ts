import { type Directory, decodeRoomClaim, type LiveNodes, RecentReads } from "@warren/cluster";
import type { Clock, NodeId, RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";

/** What the directory said of a room is believed for one to two of these. */
const FRESH_MS = 1_000;
/** Rooms of which that is remembered, in one of these. */
const ROOMS_MAX = 5_000;
/** Rooms that may be looked up at once; a room's id in a token proves nothing, so anyone may ask for any. */
const LOOKUPS_MAX = 1_000;

/** Which node runs a room. */
export class Owners {
  readonly #directory: Directory;
  readonly #nodes: LiveNodes;
  readonly #reads: RecentReads<RoomId, NodeId>;
  #lookups = 0;

  constructor({ directory, nodes, clock }: { directory: Directory; nodes: LiveNodes; clock: Clock }) {
    this.#directory = directory;
    this.#nodes = nodes;
    this.#reads = new RecentReads({
      clock,
      freshMs: FRESH_MS,
      countMax: ROOMS_MAX,
      read: (room) => this.#lookUp(room),
    });
  }

  /**
   * The node that runs a room. Rejects with ROOM_NOT_FOUND when none does; with UNAVAILABLE when the directory cannot be
   * read, or when the node has no lease: then it is dead, or NATS was away and it has none yet.
   */
  async ownerOf(room: RoomId): Promise<NodeId> {
    const owner = await this.#reads.of(room);
    if (!this.#nodes.has(owner))
      throw new WarrenError("UNAVAILABLE", "The node that runs the room cannot be reached.");
    return owner;
  }

  /** The node says that it does not run the room. */
  forget(room: RoomId): void {
    this.#reads.forget(room);
  }

  async #lookUp(room: RoomId): Promise<NodeId> {
    if (this.#lookups >= LOOKUPS_MAX)
      throw new WarrenError("UNAVAILABLE", `${LOOKUPS_MAX} rooms are being looked up already.`);
    this.#lookups++;
    try {
      const entry = await this.#directory.get("own", room).catch((error: unknown) => {
        throw new WarrenError("UNAVAILABLE", "Which node runs the room cannot be found out.", {
          cause: error,
        });
      });
      if (!entry) throw new WarrenError("ROOM_NOT_FOUND");
      return decodeRoomClaim(entry.value).nodeId;
    } finally {
      this.#lookups--;
    }
  }
}
