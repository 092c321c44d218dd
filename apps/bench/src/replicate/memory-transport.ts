import { FrameShelf } from "../frame-shelf.ts";
import type { Send } from "../send.ts";

const RING_BYTES = 1 << 20;

/** Takes messages as a socket does, by copying them, and keeps those of the watched clients. */
export class MemoryTransport {
  bytes = 0;
  messages = 0;
  readonly #ring = new Uint8Array(RING_BYTES);
  #at = 0;
  readonly #shelves = new Map<number, FrameShelf>();

  constructor(watched: readonly number[]) {
    for (const client of watched) this.#shelves.set(client, new FrameShelf());
  }

  readonly send: Send = (client, message) => {
    if (this.#at + message.length > RING_BYTES) this.#at = 0;
    this.#ring.set(message, this.#at);
    this.#at += message.length;
    this.bytes += message.length;
    this.messages++;
    this.#shelves.get(client)?.put(message);
  };

  /** Hands out what a watched client was sent since the last time. */
  deliver(client: number, receive: (message: Uint8Array) => void): void {
    const shelf = this.#shelves.get(client)!;
    for (const message of shelf.frames()) receive(message);
    shelf.clear();
  }
}
