import type { Clock, NodeId, PlayerId, RoomId } from "@warren/kernel";
import type { Superseded } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { Logger } from "@warren/service";
import type { Domain } from "../log/domain.ts";
import type { MatchNodes } from "./match-nodes.ts";

const RETRY_MS = 1_000;
/** A decider that died may have asked for what was written this long ago, and not been answered. */
const REMEMBERED_MS = 120_000;
/** Below the commands a node takes at one time; the oldest are forgotten. */
const REMEMBERED_MAX = 4_000;

/** Seats that have to be given back. Each is asked for until the node answers or is no more. */
export class Releases {
  readonly #domain: Domain;
  readonly #nodes: MatchNodes;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #pending = new Set<string>();
  #remembered: (Superseded & { readonly atMs: number })[] = [];
  #closed = false;

  constructor(options: { domain: Domain; nodes: MatchNodes; clock: Clock; log: Logger }) {
    this.#domain = options.domain;
    this.#nodes = options.nodes;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** What the log says is to be released, whoever decides: see {@link takeOver}. */
  remember(superseded: readonly Superseded[]): void {
    if (superseded.length === 0) return;
    const atMs = this.#clock.monotonicMs();
    for (const seat of superseded) this.#remembered.push({ ...seat, atMs });
    if (this.#remembered.length >= 2 * REMEMBERED_MAX)
      this.#remembered = this.#remembered.slice(-REMEMBERED_MAX);
  }

  /** This replica decides from now on: whoever did before may have left seats that nobody else would ever release. */
  takeOver(): void {
    const sinceMs = this.#clock.monotonicMs() - REMEMBERED_MS;
    this.#remembered = this.#remembered.slice(-REMEMBERED_MAX).filter(({ atMs }) => atMs >= sinceMs);
    for (const { nodeId, roomId, playerId } of this.#remembered) this.add(nodeId, roomId, playerId);
  }

  add(nodeId: NodeId, roomId: RoomId, playerId: PlayerId): void {
    const key = `${nodeId} ${roomId} ${playerId}`;
    if (this.#pending.has(key)) return;
    this.#pending.add(key);
    void this.#release(nodeId, roomId, playerId, () => this.#pending.delete(key));
  }

  close(): void {
    this.#closed = true;
  }

  async #release(nodeId: NodeId, roomId: RoomId, playerId: PlayerId, done: () => void): Promise<void> {
    const node = this.#nodes.get(nodeId);
    if (this.#closed || this.#isWanted(roomId, playerId)) return done();
    // A node that was found dead may have been cut off, and come back with its rooms as long as the log knows of them.
    const mayComeBack = this.#nodes.known(nodeId) || this.#domain.fold.rooms.has(roomId);
    if (!node && !mayComeBack) return done();
    try {
      if (!node) throw new WarrenError("UNAVAILABLE", "The node is not met yet, or gone.");
      await node.release({ roomId, playerId });
      done();
    } catch (error) {
      this.#log.debug({ event: "seat.release_failed", nodeId, roomId, err: error }, "asking again");
      this.#clock.after(RETRY_MS, () => void this.#release(nodeId, roomId, playerId, done));
    }
  }

  /** The player came back to the room in the meantime, or is about to. */
  #isWanted(roomId: RoomId, playerId: PlayerId): boolean {
    const { fold } = this.#domain;
    if (fold.seatOf.get(playerId) === roomId) return true;
    const event = fold.openOf.get(playerId)?.history.at(-1);
    return event?.type === "placing" && fold.placing.get(event.matchId)?.roomId === roomId;
  }
}
