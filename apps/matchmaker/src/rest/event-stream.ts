import type { ServerResponse } from "node:http";
import type { Clock } from "@warren/kernel";
import type { FastifyReply } from "fastify";

/** A comment line this often keeps proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;

/** An answer of Server-Sent Events that goes on until either side ends it. */
export interface EventStream {
  readonly isOpen: boolean;
  /** The client reads slowly, and what is written waits in memory; `onDrain` tells when it has caught up. */
  readonly isBehind: boolean;
  /** Without `id` the event is no place to continue from. Nothing once it is closed. */
  write(event: string, id: number | undefined, data: unknown): void;
  end(): void;
}

/** Undefined when the client has gone already; `onClosed` is called in any case, once. */
export function openEventStream(options: {
  reply: FastifyReply;
  clock: Clock;
  /** With the first line and every heartbeat. */
  onBeat?: () => void;
  onDrain?: () => void;
  onClosed: () => void;
}): EventStream | undefined {
  const { reply, clock, onBeat = () => {}, onDrain = () => {}, onClosed } = options;
  reply.hijack();
  const raw = reply.raw as ServerResponse;
  // Gone while what it asks for was looked up: its `close` will not come again.
  if (raw.destroyed) return void onClosed();
  const headers = {
    ...reply.getHeaders(),
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  };
  raw.writeHead(200, headers as Record<string, string>);
  // The client learns at once that it is heard, also when there is nothing new to say.
  raw.flushHeaders();
  let isOpen = true;
  let cancelBeat = () => {};
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    cancelBeat();
    onClosed();
  };
  const beat = () => {
    onBeat();
    cancelBeat = clock.after(HEARTBEAT_MS, () => {
      raw.write(": still here\n\n");
      beat();
    });
  };
  raw.on("drain", onDrain);
  raw.on("close", close);
  raw.on("error", close);
  beat();
  return {
    get isOpen() {
      return isOpen;
    },
    get isBehind() {
      // `writableNeedDrain` is there over HTTP/1.1 alone.
      return raw.writableLength >= raw.writableHighWaterMark;
    },
    write(event, id, data) {
      if (!isOpen) return;
      raw.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    end() {
      raw.end();
      close();
    },
  };
}
