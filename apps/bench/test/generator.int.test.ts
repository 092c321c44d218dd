import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CLIENT_FRAMES_PER_MESSAGE_MAX,
  CLIENT_MESSAGE_BYTES_MAX,
  decodeMessage,
  encodeFrame,
  FrameType,
  PROTOCOL_VERSION,
  Welcome,
} from "@warren/protocol/session";
import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { Generator, type WireProtocol } from "../src/live/generator.ts";

const NO_REQUEST = "";
const JOIN = "POST /join HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n";
const SHORT = { inFlight: 4, payloadBytes: 300, warmUpMs: 0, measureMs: 50 };

/** What a room answers HELLO with: its first action is number 201. */
const WELCOMED = Buffer.concat([
  encodeFrame({
    type: FrameType.WELCOME,
    body: { ...Welcome.decode(new Uint8Array()), generation: 3, wireSchema: "{}", actionSeq: 200 },
  }),
  encodeFrame({
    type: FrameType.STATE,
    body: { epoch: 1, tick: 9, baseTick: 0, inputNumber: 0, inputsWaiting: 0, payload: new Uint8Array(9) },
  }),
]);

const open: { http?: Server; generator?: Generator } = {};
afterEach(async () => {
  await open.generator?.end();
  open.http?.closeAllConnections();
  open.http?.close();
});

/** A server on a port of its own, and a generator for it. */
async function start(
  protocol: WireProtocol,
  seated: (socket: WebSocket) => void,
  answer: (answer: string) => string = (text) => text,
) {
  const connections = new Set<unknown>();
  const http = createServer((request, response) => {
    connections.add(request.socket);
    const text = answer("{}");
    // Without a length: in chunks.
    response.writeHead(text === "{}" ? 404 : 200);
    response.write(text.slice(0, 4));
    response.end(text.slice(4));
  });
  new WebSocketServer({ server: http }).on("connection", seated);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const generator = await Generator.start({ protocol });
  Object.assign(open, { http, generator });
  return { generator, connections, port: (http.address() as AddressInfo).port };
}

describe("the load generator", () => {
  it("[G1] sends, masks, reads and counts every message of an echo", async () => {
    let received = 0;
    const bytes = new Set<string>();
    const closes: number[] = [];
    const { generator, port } = await start("raw", (socket) => {
      socket.on("message", (message: Buffer) => {
        received++;
        bytes.add(message.toString("latin1"));
        socket.send(message);
      });
      socket.on("close", (code) => closes.push(code));
    });
    await generator.open(port, [NO_REQUEST, NO_REQUEST, NO_REQUEST]);
    const { replies, perSecond, seconds, p50Us, p99Us, generatorCpu } = await generator.echo(SHORT);
    expect(replies).toBeGreaterThan(0);
    // What was answered after the measurement was answered too.
    expect(received).toBeGreaterThanOrEqual(replies);
    expect(received).toBeLessThanOrEqual(replies + 3 * 2 * SHORT.inFlight);
    expect([...bytes]).toEqual(["*".repeat(SHORT.payloadBytes)]);
    expect(perSecond).toBeCloseTo(replies / seconds, 0);
    expect(p99Us).toBeGreaterThanOrEqual(p50Us);
    expect(generatorCpu).toBeGreaterThan(0);
    await generator.leave();
    await expect.poll(() => closes).toEqual([1000, 1000, 1000]);
  });

  it("[G2] ends at a reply of another length", async () => {
    const { generator, port } = await start("raw", (socket) =>
      socket.on("message", (message: Buffer) => socket.send(message.subarray(1))),
    );
    await generator.open(port, [NO_REQUEST]);
    await expect(generator.echo(SHORT)).rejects.toThrow("client 0: a reply of 299 bytes to 300 bytes");
    await expect(generator.leave()).rejects.toThrow("a reply of 299 bytes");
  });

  it("[G3] ends when a socket is closed, and says why", async () => {
    const { generator, port } = await start("raw", (socket) =>
      socket.on("message", () => socket.close(4001, "no room for you")),
    );
    await generator.open(port, [NO_REQUEST]);
    await expect(generator.echo(SHORT)).rejects.toThrow(
      "client 0: the server closed the socket: 4001 no room for you",
    );
  });

  it("[G4] counts states and their bytes, sends inputs at the rate, and answers pings", async () => {
    let inputs = 0;
    let pongs = 0;
    const { generator, port } = await start("raw", (socket) => {
      const timer = setInterval(() => {
        socket.send(Buffer.alloc(70_000));
        socket.ping("still there?");
      }, 5);
      socket.on("message", () => inputs++);
      socket.on("pong", (text) => {
        if (String(text) === "still there?") pongs++;
      });
      socket.on("close", () => clearInterval(timer));
    });
    await generator.open(port, [NO_REQUEST, NO_REQUEST]);
    const played = await generator.play({ inputHz: 100, warmUpMs: 20, measureMs: 200 });
    await generator.leave();
    expect(played.states).toBeGreaterThan(0);
    expect(played.bytes).toBe(played.states * (10 + 70_000));
    expect(played.gapMaxMs).toBeGreaterThanOrEqual(played.gapP99Ms);
    expect(played.gapP99Ms).toBeGreaterThanOrEqual(played.gapP50Ms);
    expect(Math.round(played.inputs / played.seconds / 100)).toBe(2);
    expect(inputs).toBeGreaterThanOrEqual(played.inputs);
    expect(pongs).toBeGreaterThan(0);
  });

  it("[G5] joins with a request, a token and a first state, leaves, and comes again on the same HTTP connection", async () => {
    const tokens: string[] = [];
    const used: string[] = [];
    const closes: number[] = [];
    const { generator, port, connections } = await start(
      "raw",
      (socket) => {
        socket.on("message", (token) => {
          used.push(String(token));
          socket.send("a state");
        });
        socket.on("close", (code) => closes.push(code));
      },
      () => {
        tokens.push(`t${tokens.length}`);
        return `{"token":"${tokens.at(-1)}"}`;
      },
    );
    const joined = await generator.join(port, new Array<string>(20).fill(JOIN), { atOnce: 3 });
    expect(used.sort()).toEqual(tokens.sort());
    expect(tokens).toHaveLength(20);
    await expect.poll(() => closes).toEqual(new Array(20).fill(1000));
    expect(connections.size).toBe(3);
    expect(joined.perSecond).toBeGreaterThan(0);
    expect(joined.p99Ms).toBeGreaterThanOrEqual(joined.p50Ms);
  });

  it("[G6] ends at an answer that is no seat, and says what it was", async () => {
    const { generator, port } = await start("raw", () => {});
    await expect(generator.open(port, [JOIN])).rejects.toThrow(
      "client 0: the answer is no seat: HTTP 404 {}",
    );
  });

  describe("of Warren", () => {
    /** By message, the numbers of its actions. */
    let actions: number[][];
    let longestMessage: number;
    const generations = new Set<number>();
    let seatToken: string;
    let isRight: boolean;
    let left: number;

    async function startWarren() {
      actions = [];
      longestMessage = left = 0;
      generations.clear();
      isRight = true;
      let restPort = 0;
      const started = await start(
        "warren",
        (socket) =>
          socket.on("message", (message: Buffer) => {
            const numbers: number[] = [];
            longestMessage = Math.max(longestMessage, message.length);
            for (const frame of decodeMessage(message, CLIENT_FRAMES_PER_MESSAGE_MAX)) {
              switch (frame.type) {
                case FrameType.HELLO:
                  ({ seatToken } = frame.body);
                  expect(frame.body.protocolVersion).toBe(PROTOCOL_VERSION);
                  socket.send(WELCOMED);
                  break;
                case FrameType.ACTION: {
                  const { actionSeq, generation, payload } = frame.body;
                  numbers.push(actionSeq);
                  generations.add(generation);
                  const reply = {
                    epoch: 1,
                    actionSeq: actionSeq + (isRight ? 0 : 1),
                    errorCode: "",
                    payload,
                  };
                  socket.send(encodeFrame({ type: FrameType.REPLY, body: reply }));
                  break;
                }
                case FrameType.LEAVE:
                  left++;
                  socket.close(1000);
              }
            }
            if (numbers.length > 0) actions.push(numbers);
          }),
        () => `{"roomId":"r_1","url":":${restPort}","seatToken":"a seat"}`,
      );
      restPort = started.port;
      return started;
    }

    it("[G7] numbers actions from WELCOME on, and checks the numbers of replies", async () => {
      const { generator, port } = await startWarren();
      await generator.open(port, [JOIN]);
      expect(seatToken).toBe("a seat");
      await generator.echo(SHORT);
      expect(actions.flat()).toEqual(actions.flat().map((_, i) => 201 + i));
      expect([...generations]).toEqual([3]);
      await generator.leave();
      expect(left).toBe(1);
      isRight = false;
      await generator.open(port, [JOIN]);
      await expect(generator.echo(SHORT)).rejects.toThrow("client 0: a reply to action 202, not 201");
    });

    it.each([
      { payloadBytes: 8, messages: [64, 36] },
      { payloadBytes: 300, messages: [52, 48] },
    ])("[G8] actions of $payloadBytes bytes share messages as those of a client do", async (it) => {
      const { generator, port } = await startWarren();
      await generator.open(port, [JOIN]);
      await generator.echo({ ...SHORT, payloadBytes: it.payloadBytes, inFlight: 100 });
      expect(actions.slice(0, 2).map(({ length }) => length)).toEqual(it.messages);
      expect(longestMessage).toBeLessThanOrEqual(CLIENT_MESSAGE_BYTES_MAX);
      await generator.leave();
    });
  });
});
