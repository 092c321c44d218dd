import { createServer, type IncomingMessage, request } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { systemClock } from "@warren/kernel";
import type { FastifyReply } from "fastify";
import { expect, it } from "vitest";
import { type EventStream, openEventStream } from "./event-stream.ts";

const BLOCK = "x".repeat(65_536);

/** What fastify has of a reply, and no more: the stream is all that is tried. */
const replyOf = (raw: unknown) => ({ raw, hijack() {}, getHeaders: () => ({}) }) as unknown as FastifyReply;

const transports = {
  "HTTP/1.1": {
    listen: (answer: (raw: unknown) => void) => createServer((_request, raw) => answer(raw)),
    get: (url: string) =>
      new Promise<{ body: Readable; close: () => void }>((resolve, reject) => {
        const asked = request(url, (body: IncomingMessage) =>
          resolve({ body, close: () => asked.destroy() }),
        );
        asked.on("error", reject);
        asked.end();
      }),
  },
  "HTTP/2": {
    listen: (answer: (raw: unknown) => void) => createHttp2Server((_request, raw) => answer(raw)),
    get: async (url: string) => {
      const session = connect(url);
      return { body: session.request({ ":path": "/" }) as Readable, close: () => session.destroy() };
    },
  },
} as const;

it.each(Object.entries(transports))(
  "who reads slowly over %s is known to be behind until it has caught up",
  async (_, by) => {
    let stream: EventStream | undefined;
    let drained = 0;
    let closed = 0;
    const server = by.listen((raw) => {
      const onDrain = () => drained++;
      stream = openEventStream({
        reply: replyOf(raw),
        clock: systemClock,
        onDrain,
        onClosed: () => closed++,
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { body, close } = await by.get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    body.pause();
    body.on("error", () => {});
    await expect.poll(() => stream).toBeDefined();
    expect(stream!.isBehind).toBe(false);
    // What the kernel and both ends take without anybody reading ends somewhere.
    for (let i = 0; i < 1_000 && !stream!.isBehind; i++) stream!.write("block", i, BLOCK);
    expect(stream!.isBehind).toBe(true);
    expect(drained).toBe(0);
    body.resume();
    await expect.poll(() => drained).toBe(1);
    expect(stream!.isBehind).toBe(false);
    close();
    await expect.poll(() => closed).toBe(1);
    expect(stream!.isOpen).toBe(false);
    server.close();
  },
);
