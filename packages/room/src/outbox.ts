import { ByteWriter } from "@warren/kernel";
import { FrameType, type StateFrame, writeFrame } from "@warren/protocol/session";
import type { ShownState, StatePublication } from "./room-link.ts";

/** What an outbox needs of a WebSocket. */
export interface Socket {
  /** Takes one binary message whole. The bytes may be reused as soon as it returns. */
  send(message: Uint8Array): void;
  /** Bytes the operating system has not taken yet. */
  bufferedBytes(): number;
  /** Closes with a code and a reason of at most 123 UTF-8 bytes. */
  close(code: number, reason: string): void;
}

/** Above this many bytes on the socket no state is written; the slot waits. */
export const STATE_BUFFERED_BYTES_MAX = 64 * 1024;
/** Above this many bytes on the socket nothing is written at all; events wait in the queue. */
export const SOCKET_BUFFERED_BYTES_MAX = 256 * 1024;
/** Reliable frames that wait, in bytes; more closes with SLOW_CONSUMER. */
export const QUEUE_BYTES_MAX = 1024 * 1024;

const message = new ByteWriter(64 * 1024);

/**
 * What waits to be sent on one socket: one bounded queue of reliable frames (control, events, replies) and
 * one coalesced slot for the state. Everything that waits goes out as one message per flush.
 */
export class Outbox {
  /** The state written last. */
  shown: ShownState | undefined;
  /** A state was skipped because the socket was full. */
  stateSkipped = false;
  readonly #socket: Socket;
  readonly #overflow: () => void;
  #control: Uint8Array[] = [];
  #queue: Uint8Array[] = [];
  #queueBytes = 0;

  constructor(socket: Socket, overflow: () => void) {
    this.#socket = socket;
    this.#overflow = overflow;
  }

  /** Adds an encoded reliable frame; goes out with the next flush. */
  push(frame: Uint8Array): void {
    if (this.#queueBytes + frame.length > QUEUE_BYTES_MAX) return this.#overflow();
    this.#queue.push(frame);
    this.#queueBytes += frame.length;
  }

  /** Adds WELCOME or RESYNC: they go out before the first state, whatever was told before they were known. */
  pushControl(frame: Uint8Array): void {
    this.#control.push(frame);
  }

  /** Sends what waits together with the newest state, or skips the state when the socket is behind. */
  publish(state: StatePublication, header: Omit<StateFrame, "tick" | "baseTick" | "payload">): void {
    if (this.#socket.bufferedBytes() > STATE_BUFFERED_BYTES_MAX) {
      this.stateSkipped = true;
      return;
    }
    const { baseTick, payload } = state.since(this.shown);
    this.shown = { tick: state.tick, view: state.view };
    this.stateSkipped = false;
    message.reset();
    for (const frame of this.#control) message.raw(frame);
    this.#control = [];
    // Before the events and replies that wait, so that a client which hears of a change has seen it.
    writeFrame(message, { type: FrameType.STATE, body: { ...header, tick: state.tick, baseTick, payload } });
    this.#takeQueue();
    this.#socket.send(message.view());
  }

  /**
   * Sends the reliable frames that wait, unless the socket is full or the first state is not there yet:
   * WELCOME and the snapshot travel in one message.
   */
  flush(): void {
    if (
      this.#queue.length === 0 ||
      this.shown === undefined ||
      this.#socket.bufferedBytes() > SOCKET_BUFFERED_BYTES_MAX
    )
      return;
    message.reset();
    this.#takeQueue();
    this.#socket.send(message.view());
  }

  #takeQueue(): void {
    for (const frame of this.#queue) message.raw(frame);
    this.#queue = [];
    this.#queueBytes = 0;
  }
}
