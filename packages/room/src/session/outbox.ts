import { ByteWriter } from "@warren/kernel";
import { type DownFrame, writeFrame } from "@warren/protocol/session";
import type { View } from "@warren/schema";
import type { StatePublication } from "../room/room-link.ts";

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
/** A socket that has bytes to take and takes none for this long is closed with SLOW_CONSUMER: sooner than by the transport. */
export const UNDRAINED_MS_MAX = 25_000;
/** How often every socket is looked at for that. */
export const DRAIN_LOOK_MS = 1_000;

const message = new ByteWriter(64 * 1024);

/** Queues nobody uses, to be used again: most outboxes are empty most of the time. */
const emptyQueues: ByteWriter[] = [];
const EMPTY_QUEUES_MAX = 1_024;
const EMPTY_QUEUE_BYTES_MAX = 4 * 1024;

export interface OutboxHandlers {
  /** The queue is full: nothing more may be pushed, and the socket has to be closed. */
  onOverflow(): void;
  /** A state was not written because the socket is behind. */
  onStateSkipped(): void;
}

/**
 * What waits to be sent on one socket: one bounded queue of reliable frames (control, events, replies) and
 * one coalesced slot for the state. Everything that waits goes out as one message per flush.
 */
export class Outbox {
  /** The state written last: the same object all the time, rather than a new one for every state. */
  shown: { tick: number; view: View } | undefined;
  /** A state was skipped because the socket was full. */
  stateSkipped = false;
  readonly #socket: Socket;
  readonly #handlers: OutboxHandlers;
  /** Undefined: empty. Mostly nothing waits, and a node has many of these. */
  #control: Uint8Array[] | undefined;
  /** Encoded frames; undefined: empty. */
  #queue: ByteWriter | undefined;
  #writtenBytes = 0;
  #takenBytes = -1;
  #undrainedMs = 0;

  constructor(socket: Socket, handlers: OutboxHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
  }

  /** What the client costs: bytes the operating system has not taken, and those that were not written yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedBytes() + (this.#queue?.length ?? 0);
  }

  /** Adds a reliable frame; goes out with the next flush. */
  push(frame: DownFrame): void {
    this.#queue ??= emptyQueues.pop() ?? new ByteWriter();
    writeFrame(this.#queue, frame);
    this.#checkQueue(this.#queue);
  }

  /** The same of a frame that is encoded already. */
  pushEncoded(frame: Uint8Array): void {
    this.#queue ??= emptyQueues.pop() ?? new ByteWriter();
    this.#queue.raw(frame);
    this.#checkQueue(this.#queue);
  }

  #checkQueue({ length }: ByteWriter): void {
    if (length > QUEUE_BYTES_MAX) this.#handlers.onOverflow();
  }

  /** Adds WELCOME or RESYNC: they go out before the first state, whatever was told before they were known. */
  pushControl(frame: Uint8Array): void {
    this.#control ??= [];
    this.#control.push(frame);
  }

  /**
   * Sends what waits together with the newest state, or skips the state when the socket is behind. A state that is no
   * news is not sent; what waits goes out with the next flush.
   */
  publish(state: StatePublication, inputNumber: number, inputsWaiting: number): void {
    if (!state.isNews(this.shown)) {
      this.stateSkipped = false;
      return;
    }
    if (this.#socket.bufferedBytes() > STATE_BUFFERED_BYTES_MAX) {
      this.stateSkipped = true;
      return this.#handlers.onStateSkipped();
    }
    const frame = state.since(this.shown).frame(inputNumber, inputsWaiting);
    this.shown ??= { tick: 0, view: state.view };
    this.shown.tick = state.tick;
    this.shown.view = state.view;
    this.stateSkipped = false;
    if (!this.#control && !this.#queue) return this.#send(frame);
    message.reset();
    for (const control of this.#control ?? []) message.raw(control);
    this.#control = undefined;
    // Before the events and replies that wait, so that a client which hears of a change has seen it.
    message.raw(frame);
    if (this.#queue) {
      message.copy(this.#queue.buffer, 0, this.#queue.length);
      giveBack(this.#queue);
      this.#queue = undefined;
    }
    this.#send(message.view());
  }

  /**
   * Sends the reliable frames that wait, unless the socket is full or the first state is not there yet:
   * WELCOME and the snapshot travel in one message.
   */
  flush(): void {
    if (!this.#queue || this.shown === undefined || this.#socket.bufferedBytes() > SOCKET_BUFFERED_BYTES_MAX)
      return;
    const queue = this.#queue;
    // Before it is sent: what comes while the socket takes it is not of this message.
    this.#queue = undefined;
    this.#send(queue.view());
    giveBack(queue);
  }

  /**
   * Call it every `DRAIN_LOOK_MS`. True: the operating system has taken nothing for `UNDRAINED_MS_MAX`. Looks are
   * counted and not the time between them, so that a process which itself stood still blames no socket.
   */
  isStuck(): boolean {
    const waitingBytes = this.#socket.bufferedBytes();
    // Not the waiting bytes alone: they may rise while the socket drains.
    const takenBytes = this.#writtenBytes - waitingBytes;
    const hasDrained = waitingBytes === 0 || takenBytes > this.#takenBytes;
    this.#takenBytes = takenBytes;
    this.#undrainedMs = hasDrained ? 0 : this.#undrainedMs + DRAIN_LOOK_MS;
    return this.#undrainedMs >= UNDRAINED_MS_MAX;
  }

  #send(bytes: Uint8Array): void {
    this.#writtenBytes += bytes.length;
    this.#socket.send(bytes);
  }
}

/** Nobody uses the queue any more. */
function giveBack(queue: ByteWriter): void {
  if (emptyQueues.length < EMPTY_QUEUES_MAX && queue.buffer.length <= EMPTY_QUEUE_BYTES_MAX)
    emptyQueues.push(queue.reset());
}
