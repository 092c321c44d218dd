import { type Directory, decodeRoomClaim, type LiveNodes } from "@warren/cluster";
import type { Clock, NodeId, RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";

/** What the directory said of a room is believed for this long. */
const BELIEVED_MS = 2_000;
/** Rooms of which that is remembered. */
const REMEMBERED_MAX = 10_000;
/** Rooms that may be looked up at once; a room's id in a token proves nothing, so anyone may ask for any. */
const LOOKUPS_MAX = 1_000;

/** Which node runs a room. */
export class Owners {
  readonly #directory: Directory;
  readonly #clock: Clock;
  readonly #nodes: LiveNodes;
  readonly #known = new Map<RoomId, { readonly owner: NodeId; readonly untilMs: number }>();
  readonly #lookups = new Map<RoomId, Promise<NodeId>>();

  constructor(options: { directory: Directory; nodes: LiveNodes; clock: Clock }) {
    this.#directory = options.directory;
    this.#nodes = options.nodes;
    this.#clock = options.clock;
  }

  /**
   * The node that runs a room. Rejects with ROOM_NOT_FOUND when none does; with UNAVAILABLE when the directory cannot be
   * read, or when the node has no lease: then it is dead, or NATS was away and it has none yet.
   */
  async ownerOf(room: RoomId): Promise<NodeId> {
    const known = this.#known.get(room);
    const owner =
      known && known.untilMs > this.#clock.monotonicMs() ? known.owner : await this.#lookedUp(room);
    if (!this.#nodes.has(owner))
      throw new WarrenError("UNAVAILABLE", "The node that runs the room cannot be reached.");
    return owner;
  }

  /** The node says that it does not run the room. */
  forget(room: RoomId): void {
    this.#known.delete(room);
  }

  #lookedUp(room: RoomId): Promise<NodeId> {
    const running = this.#lookups.get(room);
    if (running) return running;
    if (this.#lookups.size >= LOOKUPS_MAX)
      throw new WarrenError("UNAVAILABLE", `${LOOKUPS_MAX} rooms are being looked up already.`);
    const lookup = this.#lookUp(room).finally(() => this.#lookups.delete(room));
    this.#lookups.set(room, lookup);
    return lookup;
  }

  async #lookUp(room: RoomId): Promise<NodeId> {
    let entry: Awaited<ReturnType<Directory["get"]>>;
    try {
      entry = await this.#directory.get("own", room);
    } catch (error) {
      throw new WarrenError("UNAVAILABLE", "Which node runs the room cannot be found out.", { cause: error });
    }
    if (!entry) throw new WarrenError("ROOM_NOT_FOUND");
    const { nodeId: owner } = decodeRoomClaim(entry.value);
    this.#known.delete(room);
    this.#known.set(room, { owner, untilMs: this.#clock.monotonicMs() + BELIEVED_MS });
    if (this.#known.size > REMEMBERED_MAX) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return owner;
  }
}
