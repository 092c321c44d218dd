import { putVarint, varintBytes } from "@warren/kernel";
import { FrameType } from "./frame-type.ts";

/** What a head takes at most: a type, a length and five numbers. */
export const STATE_HEAD_BYTES_MAX = 1 + 6 * 8;

/**
 * STATE frames with the same payload, for many readers: the payload stays where it is, and each reader's head is written
 * in front of it. Heads of one length differ only in the reader's own numbers, which are the last before the payload.
 */
export class StateFrames {
  /** 0: a snapshot; else the payload is the delta from that tick. */
  readonly baseTick: number;
  readonly #epoch: number;
  readonly #tick: number;
  readonly #bytes: Uint8Array;
  /** By bytes of the reader's own numbers: the frame. */
  readonly #frames: Uint8Array[] = [];
  #ownBytes = 0;

  /** `bytes`: {@link STATE_HEAD_BYTES_MAX} bytes for the head, then the payload. */
  constructor(epoch: number, tick: number, baseTick: number, bytes: Uint8Array) {
    this.#epoch = epoch;
    this.#tick = tick;
    this.baseTick = baseTick;
    this.#bytes = bytes;
  }

  get payload(): Uint8Array {
    return this.#bytes.subarray(STATE_HEAD_BYTES_MAX);
  }

  /** The frame for one reader, valid until another is asked for. */
  frame(inputNumber: number, inputsWaiting: number): Uint8Array {
    const ownBytes = varintBytes(inputNumber) + varintBytes(inputsWaiting);
    const ownAt = STATE_HEAD_BYTES_MAX - ownBytes;
    if (ownBytes !== this.#ownBytes) this.#putHead(ownBytes, ownAt);
    putVarint(this.#bytes, putVarint(this.#bytes, ownAt, inputNumber), inputsWaiting);
    return this.#frames[ownBytes]!;
  }

  #putHead(ownBytes: number, ownAt: number): void {
    const bytes = this.#bytes;
    const sharedAt = ownAt - varintBytes(this.#epoch) - varintBytes(this.#tick) - varintBytes(this.baseTick);
    const bodyBytes = bytes.length - sharedAt;
    const start = sharedAt - varintBytes(bodyBytes) - 1;
    bytes[start] = FrameType.STATE;
    putVarint(bytes, start + 1, bodyBytes);
    let at = sharedAt;
    for (const value of [this.#epoch, this.#tick, this.baseTick]) at = putVarint(bytes, at, value);
    this.#frames[ownBytes] ??= bytes.subarray(start);
    this.#ownBytes = ownBytes;
  }
}
