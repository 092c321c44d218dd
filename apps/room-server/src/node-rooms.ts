import { type Directory, decodeRoomClaim, encodeRoomClaim } from "@warren/cluster";
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
  /** Claims without a room, still in the directory, with their revisions as far as they are known. */
  readonly #left = new Map<RoomId, number | undefined>();
  readonly #codeRevisions = new Map<RoomId, { key: string; revision: number }>();
  /** Whether claims are to be looked at again when {@link settle} is called next. */
  #isInDoubt = false;

  constructor(options: { nodeId: NodeId; host: RoomHost; directory: Directory; log: Logger }) {
    this.#nodeId = options.nodeId;
    this.#host = options.host;
    this.#directory = options.directory;
    this.#log = options.log;
  }

  /**
   * Opens the room unless it is open here, if there is space for it and for so many players; repeating it is safe.
   * Throws WarrenError, then nothing is left behind.
   */
  async open(roomId: RoomId, spec: RoomSpec, players = 0): Promise<void> {
    if (this.#host.has(roomId)) return;
    const running = this.#opening.get(roomId);
    if (running) return running;
    if (this.draining) throw new WarrenError("NODE_STOPPING", "The node takes no new rooms any more.");
    this.#host.check(spec, players);
    const opening = this.#claimAndOpen(roomId, spec).finally(() => this.#opening.delete(roomId));
    this.#opening.set(roomId, opening);
    return opening;
  }

  async #claimAndOpen(roomId: RoomId, spec: RoomSpec): Promise<void> {
    const claim = encodeRoomClaim({ nodeId: this.#nodeId, joinCode: spec.joinCode });
    const epoch = await this.#asked(this.#directory.claim("own", roomId, claim)).catch((error: unknown) => {
      // It may have been made, with the answer lost.
      this.#left.set(roomId, undefined);
      throw error;
    });
    if (epoch === undefined) throw new WarrenError("ROOM_NOT_FOUND", "The room is owned by another node.");
    try {
      if (this.draining) throw new WarrenError("NODE_STOPPING", "The node takes no new rooms any more.");
      if (spec.joinCode !== "") {
        const revision = await this.#asked(this.#directory.claim("code", spec.joinCode, encode(roomId)));
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
    void this.#giveBack(room.roomId, room.epoch);
  }

  /**
   * Brings the directory and the rooms together again, when NATS can be reached: claims that could not be given back
   * are, and after the lease was lost, rooms whose claim is not this node's any more end. They were given up for dead.
   * The call after that looks once more: whoever gives rooms up may not have heard yet that the node is back.
   */
  async settle(wasLost: boolean): Promise<void> {
    for (const [roomId, epoch] of [...this.#left]) void this.#giveBack(roomId, epoch);
    if (!wasLost && !this.#isInDoubt) return;
    this.#isInDoubt = wasLost;
    for (const { roomId, epoch } of [...this.#host.summaries()]) {
      const entry = await this.#directory.get("own", roomId).catch(() => "unknown" as const);
      if (entry === "unknown") this.#isInDoubt = true;
      // It may have ended in the meantime.
      if (entry === "unknown" || entry?.revision === epoch || !this.#host.has(roomId)) continue;
      this.#log.warn(
        { event: "room.claim_lost", roomId },
        "a room has lost its claim while its node was away",
      );
      this.#host.end(roomId, "ROOM_ENDED", "The room was given up while its server could not be reached.");
    }
  }

  /** Resolves when no room is being opened and no claim is being given back. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#opening.values(), ...this.#ending]);
  }

  /** Now, or when {@link settle} is called next. */
  #giveBack(roomId: RoomId, epoch: number | undefined): Promise<void> {
    this.#left.delete(roomId);
    const ending: Promise<void> = this.#remove(roomId, epoch)
      .catch((error: unknown) => {
        this.#left.set(roomId, epoch);
        this.#log.warn(
          { event: "room.claim_left", roomId, err: error },
          "the claim of a room that ended could not be removed; it is tried again",
        );
      })
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return ending;
  }

  async #remove(roomId: RoomId, epoch: number | undefined): Promise<void> {
    const revision = epoch ?? (await this.#unanswered(roomId));
    if (revision === undefined) return;
    await this.#directory.remove("own", roomId, revision);
    const code = this.#codeRevisions.get(roomId);
    if (code) await this.#directory.remove("code", code.key, code.revision);
    this.#codeRevisions.delete(roomId);
  }

  /** Revision of a claim whose answer never came, if it was made and nothing came of it. */
  async #unanswered(roomId: RoomId): Promise<number | undefined> {
    const entry = await this.#directory.get("own", roomId);
    const isOurs = entry && decodeRoomClaim(entry.value).nodeId === this.#nodeId;
    return isOurs && !this.#host.has(roomId) && !this.#opening.has(roomId) ? entry.revision : undefined;
  }

  /** The directory's answer; that there is none is no fault of the node's. */
  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new WarrenError("UNAVAILABLE", "The directory of rooms cannot be reached right now.", {
        cause: error,
      });
    }
  }
}
