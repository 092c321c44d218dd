import { type Directory, encodeRoomClaim } from "@warren/cluster";
import { type NodeId, parseEpoch, type RoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { RoomHost, RoomSpec, RoomSummary } from "@warren/room";
import type { Logger } from "@warren/service";

const encode = (value: string) => new TextEncoder().encode(value);

/** Opens rooms with a claim in the directory, and gives the claim back when they end. */
export class NodeRooms {
  draining = false;
  readonly #nodeId: NodeId;
  readonly #host: RoomHost;
  readonly #directory: Directory;
  readonly #log: Logger;
  readonly #opening = new Map<RoomId, Promise<void>>();
  readonly #ending = new Set<Promise<void>>();
  readonly #codeRevisions = new Map<RoomId, { key: string; revision: number }>();

  constructor(options: { nodeId: NodeId; host: RoomHost; directory: Directory; log: Logger }) {
    this.#nodeId = options.nodeId;
    this.#host = options.host;
    this.#directory = options.directory;
    this.#log = options.log;
  }

  /** Opens the room unless it is open here; repeating it is safe. Throws WarrenError, then nothing is left behind. */
  async open(roomId: RoomId, spec: RoomSpec): Promise<void> {
    if (this.#host.has(roomId)) return;
    const running = this.#opening.get(roomId);
    if (running) return running;
    if (this.draining) throw new WarrenError("NODE_STOPPING", "The node takes no new rooms any more.");
    this.#host.check(spec);
    const opening = this.#claimAndOpen(roomId, spec).finally(() => this.#opening.delete(roomId));
    this.#opening.set(roomId, opening);
    return opening;
  }

  async #claimAndOpen(roomId: RoomId, spec: RoomSpec): Promise<void> {
    const epoch = await this.#directory.claim(
      "own",
      roomId,
      encodeRoomClaim({ nodeId: this.#nodeId, joinCode: spec.joinCode }),
    );
    if (epoch === undefined) throw new WarrenError("ROOM_NOT_FOUND", "The room is owned by another node.");
    try {
      if (this.draining) throw new WarrenError("NODE_STOPPING", "The node takes no new rooms any more.");
      if (spec.joinCode !== "") {
        const revision = await this.#directory.claim("code", spec.joinCode, encode(roomId));
        if (revision === undefined) throw new WarrenError("JOIN_CODE_TAKEN");
        this.#codeRevisions.set(roomId, { key: spec.joinCode, revision });
      }
      this.#host.open(roomId, parseEpoch(epoch), spec);
    } catch (error) {
      await this.#giveBack(roomId, epoch);
      throw error;
    }
  }

  /** The room has ended. */
  ended(room: RoomSummary): void {
    const ending = this.#giveBack(room.roomId, room.epoch)
      .catch((error: unknown) => {
        this.#log.warn(
          { event: "room.claim_left", roomId: room.roomId, err: error },
          "the claim of a room that ended could not be removed",
        );
      })
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** Resolves when no room is being opened and no claim is being given back. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#opening.values(), ...this.#ending]);
  }

  async #giveBack(roomId: RoomId, epoch: number): Promise<void> {
    const code = this.#codeRevisions.get(roomId);
    this.#codeRevisions.delete(roomId);
    await this.#directory.remove("own", roomId, epoch);
    if (code) await this.#directory.remove("code", code.key, code.revision);
  }
}
