import type { Clock, RoomId } from "@warren/kernel";
import type { Logger } from "@warren/service";
import type { Domain } from "../log/domain.ts";
import type { MatchNodes } from "./match-nodes.ts";

/** A room its node does not tell of is over after this long: the log may be quicker than the node's stream. */
const MISSING_MS = 5_000;
/** Rooms looked at in one step. */
const STEP_ROOMS = 2_000;
/** What is left of so many dead rooms is removed at one time. */
const FORGET_AT_ONCE = 64;

/** Finds rooms that are no more: their node says so, or is itself no more. */
export class RoomSweep {
  readonly #domain: Domain;
  readonly #nodes: MatchNodes;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #missingSinceMs = new Map<RoomId, number>();
  readonly #forgetting = new Set<RoomId>();
  #forgotten: RoomId[] = [];
  #rest: Iterator<[RoomId, { readonly nodeId: string }]> | undefined;

  constructor(options: { domain: Domain; nodes: MatchNodes; clock: Clock; log: Logger }) {
    this.#domain = options.domain;
    this.#nodes = options.nodes;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Looks at some of the rooms; the next step goes on with the others. */
  step(onForgotten: () => void): void {
    const nowMs = this.#clock.monotonicMs();
    const rest = this.#rest ?? this.#domain.fold.rooms[Symbol.iterator]();
    this.#rest = rest;
    for (let count = 0; count < STEP_ROOMS; count++) {
      const next = rest.next();
      if (next.done) {
        this.#rest = undefined;
        break;
      }
      this.#look(next.value[0], nowMs, onForgotten);
    }
    for (const roomId of this.#missingSinceMs.keys())
      if (!this.#domain.fold.rooms.has(roomId)) this.#missingSinceMs.delete(roomId);
  }

  /** Rooms that are over, to be written: each is told once. */
  over(): RoomId[] {
    const roomIds = this.#forgotten.filter((roomId) => this.#domain.fold.rooms.has(roomId));
    this.#forgotten = [];
    for (const roomId of roomIds) this.#missingSinceMs.delete(roomId);
    return roomIds;
  }

  #look(roomId: RoomId, nowMs: number, onForgotten: () => void): void {
    if (this.#forgetting.has(roomId)) return;
    if (!this.#isMissing(roomId)) return void this.#missingSinceMs.delete(roomId);
    const sinceMs = this.#missingSinceMs.get(roomId);
    if (sinceMs === undefined) this.#missingSinceMs.set(roomId, nowMs);
    else if (nowMs - sinceMs >= MISSING_MS && this.#forgetting.size < FORGET_AT_ONCE)
      void this.#forget(roomId, onForgotten);
  }

  #isMissing(roomId: RoomId): boolean {
    const nodeId = this.#domain.fold.rooms.get(roomId)?.nodeId;
    if (nodeId === undefined) return false;
    const running = this.#nodes.roomsOn(nodeId);
    return running ? !running.has(roomId) : !this.#nodes.known(nodeId);
  }

  /** Of a node that died nobody else gives the claims back. Before the record, so that whoever decides next does it again. */
  async #forget(roomId: RoomId, onForgotten: () => void): Promise<void> {
    this.#forgetting.add(roomId);
    try {
      await this.#nodes.forgetRoom(roomId);
      // The node may have been cut off only, and be back with the room.
      if (!this.#isMissing(roomId)) return;
      this.#forgotten.push(roomId);
      onForgotten();
    } catch (error) {
      this.#log.warn(
        { event: "room.forget_failed", roomId, err: error },
        "what is left of a room could not be removed; trying again",
      );
    } finally {
      this.#forgetting.delete(roomId);
    }
  }
}
