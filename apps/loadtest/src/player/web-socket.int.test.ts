import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { WebSocketClient } from "./web-socket.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A client, and its other end at a server of another make. */
async function connected() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  closing.push(() => server.close());
  await once(server, "listening");
  const messages: Buffer[] = [];
  let close: (end: [code: number, reason: string]) => void = () => {};
  const closed = new Promise<[code: number, reason: string]>((resolve) => (close = resolve));
  const far = once(server, "connection") as Promise<[WebSocket]>;
  const url = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/path?a=b`);
  const opened = new Promise<WebSocketClient>((resolve) => {
    const client = new WebSocketClient(url, "warren.v1", {
      onOpen: () => resolve(client),
      onMessage: (message) => messages.push(Buffer.from(message)),
      onClose: (code, reason) => close([code, reason]),
    });
    closing.push(() => client.destroy());
  });
  const client = await opened;
  const [socket] = await far;
  return { client, socket, messages, closed };
}

describe("a socket of a virtual player", () => {
  it("gets messages of any size whole, together or in parts", async () => {
    const { client, socket, messages } = await connected();
    const sent = [1, 125, 126, 65_535, 65_536, 300_000].map((length) => randomBytes(length));
    for (const message of sent) socket.send(message);
    const parts = [randomBytes(10), randomBytes(70_000), randomBytes(5)];
    for (const [i, part] of parts.entries()) socket.send(part, { fin: i === parts.length - 1 });
    await expect.poll(() => messages.length).toBe(sent.length + 1);
    expect(Buffer.concat(messages).equals(Buffer.concat([...sent, ...parts]))).toBe(true);
    const payloads = Buffer.concat([...sent, ...parts]).length;
    expect(client.bytesIn).toBeGreaterThan(payloads);
    expect(client.bytesIn).toBeLessThan(payloads + 100);
  });

  it("sends messages of any size, under its subprotocol", async () => {
    const { client, socket } = await connected();
    expect(socket.protocol).toBe("warren.v1");
    const got: Buffer[] = [];
    socket.on("message", (message: Buffer) => got.push(message));
    const sent = [0, 1, 125, 126, 65_535, 65_536].map((length) => randomBytes(length));
    for (const message of sent) client.send(message);
    await expect.poll(() => got.length).toBe(sent.length);
    expect(got.map((message) => message.toString("hex"))).toEqual(
      sent.map((message) => message.toString("hex")),
    );
  });

  it("answers pings", async () => {
    const { socket } = await connected();
    socket.ping("are you there");
    expect(String((await once(socket, "pong"))[0])).toBe("are you there");
  });

  it("hears why it was closed, and closes in turn", async () => {
    const { socket, closed, client } = await connected();
    socket.close(4001, "UNAVAILABLE: later");
    expect(await closed).toEqual([4001, "UNAVAILABLE: later"]);
    expect(client.isOpen).toBe(false);
    await expect.poll(() => socket.readyState).toBe(socket.CLOSED);
  });

  it("closes with 1000", async () => {
    const { client, socket } = await connected();
    client.close();
    expect((await once(socket, "close"))[0]).toBe(1000);
  });

  it("says that it was lost without a word", async () => {
    const { socket, closed } = await connected();
    socket.terminate();
    expect((await closed)[0]).toBe(1006);
  });
});

async function refused(url: string): Promise<[number, string]> {
  return new Promise((resolve) => {
    new WebSocketClient(new URL(url), "warren.v1", {
      onOpen: () => expect.unreachable(),
      onMessage: () => expect.unreachable(),
      onClose: (code, reason) => resolve([code, reason]),
    });
  });
}

it("an upgrade that is refused is told", async () => {
  const server = createServer((_request, response) => response.writeHead(400).end("no"));
  server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  closing.push(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  expect(await refused(`ws://127.0.0.1:${port}/`)).toEqual([
    1006,
    "the upgrade was answered with HTTP/1.1 400 Bad Request",
  ]);
});

it("a server that is not there is told", async () => {
  expect(await refused("ws://127.0.0.1:9/")).toEqual([1006, expect.stringContaining("ECONNREFUSED")]);
});
