import { ByteReader, ByteWriter } from "@warren/kernel";
import type { ErrorCode } from "@warren/protocol";

/** Results of actions a room remembers for each player, so that a repeated action is answered and not executed again. */
export const ACTION_RESULTS_KEPT = 64;

export interface ActionResult {
  /** Undefined: executed. */
  readonly errorCode: ErrorCode | undefined;
  readonly payload: Uint8Array;
}

/**
 * The results of a player's last actions. Bytes, and not objects: a busy player has thousands a second, and as objects
 * they are what the garbage collector has most to do with.
 */
export class ActionResults {
  /** Number of the last action; 0: none. */
  lastSeq = 0;
  /** Up to {@link ACTION_RESULTS_KEPT} results, the last one at its end. */
  #recent = new ByteWriter(64);
  #recentCount = 0;
  /** As many before them. */
  #before = new ByteWriter(0);

  /** Of the action after the last one. */
  add(errorCode: ErrorCode | undefined, payload: Uint8Array): void {
    if (this.#recentCount === ACTION_RESULTS_KEPT) {
      [this.#recent, this.#before] = [this.#before.reset(), this.#recent];
      this.#recentCount = 0;
    }
    this.lastSeq++;
    this.#recentCount++;
    // An empty text is the same byte, and nearly all are.
    if (errorCode === undefined) this.#recent.u8(0);
    else this.#recent.string(errorCode);
    this.#recent.bytes(payload);
  }

  /** Undefined: too long ago. */
  of(actionSeq: number): ActionResult | undefined {
    if (actionSeq > this.lastSeq || actionSeq <= this.lastSeq - ACTION_RESULTS_KEPT) return undefined;
    const index = actionSeq - 1 - (this.lastSeq - this.#recentCount);
    const isRecent = index >= 0;
    const reader = new ByteReader((isRecent ? this.#recent : this.#before).view());
    let errorCode = "";
    let payload: Uint8Array = new Uint8Array();
    for (let i = isRecent ? index : ACTION_RESULTS_KEPT + index; i >= 0; i--) {
      errorCode = reader.string();
      payload = reader.bytes();
    }
    return { errorCode: (errorCode || undefined) as ErrorCode | undefined, payload };
  }
}
