import { once } from "node:events";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { expect, it } from "vitest";
import { createCleartextServer } from "./cleartext-server.ts";
import { EventStream } from "./event-stream.ts";
import { Bell } from "./testing/bell.ts";

const KIB = "x".repeat(1_024);

/** An event stream over HTTP/2, and a client that reads nothing until it is told to. */
async function followed() {
  const clock = new Bell();
  let closed = 0;
  let drained = 0;
  let stream: EventStream | undefined;
  const app = fastify({ serverFactory: (handler) => createCleartextServer(handler as never) as never });
  app.get("/", (_request, reply) => {
    stream = new EventStream(reply, clock, { closed: () => void closed++, drained: () => void drained++ });
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
  const request = client.request({ ":path": "/" });
  request.on("error", () => {});
  await once(request, "response");
  return {
    clock,
    stream: stream!,
    request,
    counts: () => ({ closed, drained }),
    close: async () => {
      client.destroy();
      await app.close();
    },
  };
}

it("an HTTP/2 client that reads slowly is known to be behind, and again when it is not", async () => {
  const { stream, request, counts, close } = await followed();
  let written = 0;
  while (!stream.isFull && written < 1_000) stream.write("lobby", ++written, KIB);
  expect(stream.isFull).toBe(true);
  expect(written).toBeLessThan(1_000);
  request.resume();
  await expect.poll(() => counts().drained).toBe(1);
  expect(stream.isFull).toBe(false);
  await close();
  await expect.poll(() => counts().closed).toBe(1);
});

it("who takes nothing from one heartbeat to the next is cut off", async () => {
  const { clock, stream, request, counts, close } = await followed();
  // More than flow control and sockets take.
  for (let i = 0; i < 4_000; i++) stream.write("lobby", 1, KIB);
  clock.ring();
  expect(counts().closed).toBe(0);
  clock.ring();
  await expect.poll(() => counts().closed).toBe(1);
  stream.write("lobby", 1, KIB);
  request.resume();
  await once(request, "close");
  await close();
});
