import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createCleartextServer } from "./cleartext-server.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Times short enough to wait for. */
const SHORT = { firstBytesMs: 40, headersMs: 120, checkMs: 20, sessionIdleMs: 120 };

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

  it("closing does not wait for streams", async () => {
    const server = createCleartextServer((_request, response) => {
      response.writeHead(200).write("begun\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { socket, text, ended } = open((server.address() as AddressInfo).port);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(text).toMatch(/begun/);
    server.close();
    await Promise.all([ended, once(server, "close")]);
  });
});
