import type { Clock, NodeId, RoomId } from "@warren/kernel";
import type { Fold, NodeSpace, OpenRoom } from "@warren/matchmaking";
import type { ErrorCode } from "@warren/protocol";
import type { Match } from "@warren/protocol/services";
import { lessPromised } from "../rooms/placement.ts";
import type { MatchNodes } from "./match-nodes.ts";

/** A node or room that refused is not asked again for this long. */
const AVOID_MS = 2_000;
/** Refusals that say something of the node, and not of the match. */
const OF_THE_NODE: ReadonlySet<string> = new Set<ErrorCode>([
  "UNAVAILABLE",
  "NO_CAPACITY",
  "NODE_STOPPING",
  "ROOM_UNKNOWN",
]);

/** Nodes and rooms as the matcher may have them now: without those that refused a moment ago, and less what is under way. */
export class Offers {
  readonly #nodes: MatchNodes;
  readonly #clock: Clock;
  /** Until when who refused is not asked again, monotonic ms. */
  readonly #avoid = new Map<NodeId | RoomId, number>();
  /** The generation of each room's request that was answered last: the node has not told of the next one yet. */
  readonly #answered = new Map<RoomId, number>();
  /** What the nodes say, until they say something else: going through all their rooms costs more than a look. */
  #said: { readonly openRooms: readonly OpenRoom[]; readonly spaces: readonly NodeSpace[] } | undefined;

  constructor(nodes: MatchNodes, clock: Clock) {
    this.#nodes = nodes;
    this.#clock = clock;
  }

  /** Nodes told something new, or the fold knows more rooms. */
  changed(): void {
    this.#said = undefined;
  }

  /** When the next one may be asked again, monotonic ms; infinite: none is avoided. */
  get nextMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#avoid.values());
  }

  /** A room or node answered for a match; code empty: it took it. A stale request is nobody's fault. */
  answered(match: Match, code: string): void {
    const roomId = match.roomId as RoomId;
    if (match.backfillGeneration > 0 && (code === "" || code === "BACKFILL_STALE"))
      this.#answered.set(roomId, match.backfillGeneration);
    else if (code === "") return;
    else if (match.backfillGeneration > 0) this.#avoid.set(roomId, this.#clock.monotonicMs() + AVOID_MS);
    else if (OF_THE_NODE.has(code))
      this.#avoid.set(match.nodeId as NodeId, this.#clock.monotonicMs() + AVOID_MS);
  }

  /** What a look may use. Rooms that a match is on its way to, and places in nodes that are promised, are taken. */
  now(fold: Fold): { openRooms: OpenRoom[]; nodes: NodeSpace[] } {
    this.#forget();
    const rooms = new Set<string>();
    const take = ({ backfillGeneration, roomId }: Match) => {
      if (backfillGeneration > 0) rooms.add(roomId);
    };
    for (const match of fold.placing.values()) take(match);
    for (const { match } of fold.proposed.values()) take(match);
    this.#said ??= {
      openRooms: this.#nodes.openRooms((roomId) => fold.rooms.get(roomId)?.skill ?? 0),
      spaces: this.#nodes.spaces(),
    };
    return {
      openRooms: this.#said.openRooms.filter(
        ({ roomId, nodeId, generation }) =>
          !rooms.has(roomId) &&
          !this.#avoid.has(roomId) &&
          !this.#avoid.has(nodeId) &&
          this.#answered.get(roomId) !== generation,
      ),
      nodes: lessPromised(
        this.#said.spaces.filter(({ nodeId }) => !this.#avoid.has(nodeId)),
        fold,
        this.#nodes,
      ),
    };
  }

  /** A room that ended: its requests are no matter. */
  closed(roomId: RoomId): void {
    this.#answered.delete(roomId);
    this.#avoid.delete(roomId);
  }

  #forget(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, untilMs] of this.#avoid) if (untilMs <= nowMs) this.#avoid.delete(id);
  }
}
