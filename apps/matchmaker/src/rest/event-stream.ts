import type { ServerResponse } from "node:http";
import type { Clock } from "@warren/kernel";
import type { FastifyReply } from "fastify";

/** A comment line this often keeps proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;
const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/**
 * A response as Server-Sent Events. What waits to be sent is bounded by whoever asks {@link isFull} before it writes what
 * may be left out; who takes nothing from one heartbeat to the next is cut off, and comes back by Last-Event-ID.
 */
export class EventStream {
  readonly #raw: ServerResponse;
  readonly #clock: Clock;
  readonly #onBeat: () => void;
  readonly #onClosed: () => void;
  #cancelHeartbeat: () => void = () => {};
  #wasFull = false;
  /** The client has not taken what was written. HTTP/2 responses do not say so themselves. */
  isFull = false;
  closed = false;

  constructor(
    reply: FastifyReply,
    clock: Clock,
    on: {
      /** Once, however it ends; at once when the client is gone already. */
      closed: () => void;
      /** The client has taken what it was behind with. */
      drained?: () => void;
      /** With every heartbeat. */
      beat?: () => void;
    },
  ) {
    reply.hijack();
    const raw = reply.raw as ServerResponse;
    this.#raw = raw;
    this.#clock = clock;
    this.#onBeat = on.beat ?? (() => {});
    this.#onClosed = on.closed;
    // Gone while what it follows was looked up: its `close` will not come again.
    if (raw.destroyed) {
      this.#close();
      return;
    }
    // One by one: Node keeps none of those that go to writeHead, and a server that stops looks for the type.
    for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...HEADERS }))
      if (value !== undefined) raw.setHeader(name, value);
    // The client learns at once that it is heard, also when there is nothing new to say.
    raw.flushHeaders();
    raw.on("close", () => this.#close());
    raw.on("error", () => this.#close());
    raw.on("drain", () => {
      this.isFull = false;
      this.#wasFull = false;
      if (!this.closed) on.drained?.();
    });
    this.#heartbeat();
  }

  write(event: string, id: number | undefined, data: unknown): void {
    this.#write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    if (this.closed) return;
    this.#raw.end();
    this.#close();
  }

  #write(text: string): void {
    if (!this.closed && !this.#raw.write(text)) this.isFull = true;
  }

  #heartbeat(): void {
    this.#cancelHeartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      if (this.#wasFull) return void this.#raw.destroy();
      this.#wasFull = this.isFull;
      if (!this.isFull) this.#write(": still here\n\n");
      this.#onBeat();
      this.#heartbeat();
    });
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#cancelHeartbeat();
    this.#onClosed();
  }
}
