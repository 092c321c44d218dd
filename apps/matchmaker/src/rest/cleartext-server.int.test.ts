import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createCleartextServer } from "./cleartext-server.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Times short enough to wait for. */
const SHORT = { firstBytesMs: 40, headersMs: 120, checkMs: 20, sessionIdleMs: 120, drainMs: 5_000 };

async function listen(times: Parameters<typeof createCleartextServer>[1] = SHORT): Promise<number> {
  const server = createCleartextServer((request, response) => {
    if (request.url === "/stream") return void response.writeHead(200).write("begun\n");
    response.end(`HTTP/${request.httpVersion}`);
  }, times);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function open(port: number): { socket: Socket; text: () => string; ended: Promise<unknown> } {
  const socket = connect(port, "127.0.0.1");
  closing.push(() => socket.destroy());
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
  });
  return { socket, text: () => text, ended: once(socket, "close") };
}

describe("one port for HTTP/1.1 and HTTP/2", () => {
  it("first bytes may come one by one", async () => {
    const { socket, text } = open(await listen({ ...SHORT, firstBytesMs: 5_000, headersMs: 5_000 }));
    socket.setNoDelay(true);
    for (const letter of "GET / HTTP/1.1\r\nHost: a\r\n\r\n") {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(text).toMatch(/HTTP\/1\.1 200[\s\S]*HTTP\/1\.1$/);
  });

  it("a method that begins like HTTP/2 is HTTP/1.1", async () => {
    const { socket, text } = open(await listen());
    socket.write("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(text).toMatch(/200/);
  });

  it.each([
    ["nothing", ""],
    ["half of what tells the protocols apart", "PR"],
    ["a head of HTTP/1.1 that never ends", "GET / HTTP/1.1\r\nHost:"],
    ["HTTP/2 that never begins", "PRI * HTTP/2.0\r\n"],
  ])("who sends %s is cut off", async (_title, bytes) => {
    const { socket, ended } = open(await listen());
    socket.write(bytes);
    await ended;
  });

  it("an HTTP/2 session that falls silent is cut off", async () => {
    const session = connectHttp2(`http://127.0.0.1:${await listen()}`);
    closing.push(() => session.destroy());
    await once(session.request({ ":path": "/stream" }), "data");
    await once(session, "close");
  });

  /** A server whose answers wait for `answer`. */
  async function waiting(drainMs: number) {
    const asked: ServerResponse[] = [];
    const server = createCleartextServer((_request, response) => void asked.push(response), {
      ...SHORT,
      firstBytesMs: 5_000,
      headersMs: 5_000,
      sessionIdleMs: 5_000,
      drainMs,
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return { server, port, asked, closed: once(server, "close") };
  }

  it("closing ends event streams, and connections on which nothing is asked", async () => {
    const { server, port, asked, closed } = await waiting(60_000);
    const follower = open(port);
    const idle = open(port);
    const silent = open(port);
    follower.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(() => asked.length).toBe(1);
    asked[0]?.setHeader("content-type", "text/event-stream").write("begun\n");
    idle.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(() => asked.length).toBe(2);
    asked[1]?.end("answered");
    await expect.poll(() => idle.text() + follower.text()).toMatch(/answered[\s\S]*begun/);
    server.close();
    await Promise.all([follower.ended, idle.ended, silent.ended, closed]);
    // The last chunk: the stream is over, and nothing was cut.
    expect(follower.text()).toMatch(/\r\n0\r\n\r\n$/);
  });

  it("closing answers what was asked over HTTP/1.1, and says that the connection is not kept", async () => {
    const { server, port, asked, closed } = await waiting(60_000);
    const { socket, text, ended } = open(port);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(() => asked.length).toBe(1);
    server.close();
    asked[0]?.end("answered");
    await Promise.all([ended, closed]);
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\nconnection: close\r\n[\s\S]*answered/i);
  });

  it("closing answers what was asked over HTTP/2, and says goodbye", async () => {
    const { server, port, asked, closed } = await waiting(60_000);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const request = session.request({ ":path": "/" });
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await expect.poll(() => asked.length).toBe(1);
    server.close();
    await once(session, "goaway");
    asked[0]?.end("answered");
    await Promise.all([once(session, "close"), closed]);
    expect(text).toBe("answered");
  });

  it("closing cuts off who is not answered in time", async () => {
    const { server, port, asked, closed } = await waiting(50);
    const { socket, ended } = open(port);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(() => asked.length).toBe(1);
    server.close();
    await Promise.all([ended, closed]);
  });
});
