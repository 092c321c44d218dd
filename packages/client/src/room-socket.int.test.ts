import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  CLIENT_FRAMES_PER_MESSAGE_MAX,
  CLIENT_MESSAGE_BYTES_MAX,
  decodeMessage,
  encodeFrame,
  type Frame,
  FrameType,
  SUBPROTOCOL,
  type UpFrame,
  Welcome,
} from "@warren/protocol/session";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { RoomSocket } from "./room-socket.ts";
import { openWebSocket } from "./web-socket.ts";

const WELCOME: Frame = {
  type: FrameType.WELCOME,
  body: { ...Welcome.decode(new Uint8Array()), generation: 1, resumeGraceMs: 1_000 },
};

let server: WebSocketServer;
/** What came after HELLO. */
let messages: Frame[][];
let socket: RoomSocket;
let onFrame: (frame: Frame) => void;
/** The server sends these at once, in one piece. */
let sendTogether: (...frames: Frame[]) => void;

beforeEach(async () => {
  messages = [];
  onFrame = () => {};
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => SUBPROTOCOL });
  server.on("connection", (client, request) => {
    sendTogether = (...frames) => {
      request.socket.cork();
      for (const frame of frames) client.send(encodeFrame(frame));
      request.socket.uncork();
    };
    client.once("message", () => {
      client.on("message", (bytes: Buffer) => messages.push(decodeMessage(bytes, Number.POSITIVE_INFINITY)));
      client.send(encodeFrame(WELCOME));
    });
  });
  await once(server, "listening");
  const handlers = {
    onFrame: (frame: Frame) => onFrame(frame),
    onOnline: () => {},
    onOffline: () => {},
    onEnded: () => {},
    position: () => ({ epoch: 1, eventSeq: 0 }),
    reseat: () => Promise.reject(new Error("nobody asks")),
  };
  const { port } = server.address() as AddressInfo;
  socket = new RoomSocket(`ws://127.0.0.1:${port}/`, handlers, openWebSocket);
  await socket.open("token", "");
});
afterEach(() => {
  socket.leave();
  for (const client of server.clients) client.terminate();
  server.close();
});

const action = (actionSeq: number, bytes: number): UpFrame => ({
  type: FrameType.ACTION,
  body: { generation: 1, actionSeq, eventSeq: 0, actionId: 0, payload: new Uint8Array(bytes) },
});
/** Of each message the numbers of its actions. */
const received = () =>
  messages.map((frames) => frames.map((frame) => frame.type === FrameType.ACTION && frame.body.actionSeq));

it("[T3] what is sent in one turn comes in one message", async () => {
  for (const actionSeq of [1, 2, 3]) socket.send(action(actionSeq, 4));
  await expect.poll(received).toEqual([[1, 2, 3]]);
  socket.send(action(4, 4));
  await expect.poll(received).toEqual([[1, 2, 3], [4]]);
});

it("[T3] no message has more frames than the server takes", async () => {
  const numbers = Array.from({ length: 2 * CLIENT_FRAMES_PER_MESSAGE_MAX + 1 }, (_, i) => i + 1);
  for (const actionSeq of numbers) socket.send(action(actionSeq, 0));
  await expect.poll(() => received().flat()).toEqual(numbers);
  expect(messages.map(({ length }) => length)).toEqual([64, 64, 1]);
});

it("[T4] no message has more bytes than the server takes, unless a frame alone does", async () => {
  const third = CLIENT_MESSAGE_BYTES_MAX / 3;
  for (const actionSeq of [1, 2, 3]) socket.send(action(actionSeq, third));
  socket.send(action(4, CLIENT_MESSAGE_BYTES_MAX));
  socket.send(action(5, 0));
  await expect.poll(received).toEqual([[1, 2], [3], [4], [5]]);
});

it("[P11] who leaves in the midst of what comes has said so, after what was sent before", async () => {
  const PONG: Frame = { type: FrameType.PONG, body: { stamp: 1 } };
  onFrame = () => {
    socket.send(action(1, 0));
    socket.leave();
  };
  sendTogether(PONG, PONG, PONG);
  const types = () => messages.map((frames) => frames.map(({ type }) => type));
  await expect.poll(types).toEqual([[FrameType.ACTION, FrameType.LEAVE]]);
});
