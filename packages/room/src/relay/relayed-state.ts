import { STATE_HEAD_BYTES_MAX, StateFrames } from "@warren/protocol/session";
import type { View } from "@warren/schema";
import type { StatePublication } from "../room/room-link.ts";

/**
 * What a session is told to have seen of a relayed state. The node that runs the room knows the view, and encodes for
 * it; here a state is only handed on, and the tick alone says whether it fits: one session is told of one reader's states
 * only, so that two with the same tick are the same.
 */
const NOT_KNOWN_HERE: View = { key: "", tables: [] };

/** A state that came from another node: only for sessions it fits, which the link has found out. */
export class RelayedState implements StatePublication {
  readonly tick: number;
  readonly view = NOT_KNOWN_HERE;
  readonly #frames: StateFrames;

  constructor(epoch: number, tick: number, baseTick: number, payload: Uint8Array) {
    this.tick = tick;
    // Each session's own numbers are written in front of the payload, so it is copied once.
    const bytes = new Uint8Array(STATE_HEAD_BYTES_MAX + payload.length);
    bytes.set(payload, STATE_HEAD_BYTES_MAX);
    this.#frames = new StateFrames(epoch, tick, baseTick, bytes);
  }

  /** 0: it fits every session. */
  get baseTick(): number {
    return this.#frames.baseTick;
  }

  since(): StateFrames {
    return this.#frames;
  }

  /** Else it had not been sent here. */
  isNews(): boolean {
    return true;
  }
}
