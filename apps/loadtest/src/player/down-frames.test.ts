import { type DownFrame, encodeFrame, FrameType, PROTOCOL_VERSION } from "@warren/protocol/session";
import { expect, it } from "vitest";
import { type FrameHandlers, readHeads } from "./down-frames.ts";

const payload = new Uint8Array([1, 2, 3]);
const WELCOME = {
  protocolVersion: PROTOCOL_VERSION,
  sessionId: "s",
  resumeKey: "k",
  generation: 3,
  roomId: "r",
  roomName: "arena",
  playerId: "p",
  epoch: 7,
  tickHz: 30,
  sendHz: 30,
  wireFingerprint: "f",
  wireSchema: "{}",
  actionSeq: 4,
  resumeGraceMs: 1_000,
  joinCode: "",
  spectator: false,
};
const FRAMES: readonly DownFrame[] = [
  { type: FrameType.WELCOME, body: WELCOME },
  { type: FrameType.RESYNC, body: { epoch: 7, eventSeq: 1, reason: "" } },
  {
    type: FrameType.STATE,
    body: { epoch: 7, tick: 70_000, baseTick: 69_999, inputNumber: 300, inputsWaiting: 2, payload },
  },
  { type: FrameType.EVENT, body: { epoch: 7, eventSeq: 130, tick: 5, eventId: 0, payload } },
  { type: FrameType.REPLY, body: { epoch: 7, actionSeq: 5, errorCode: "ACTION_REFUSED", payload } },
  { type: FrameType.MESSAGE, body: { messageId: "m", topic: "t", data: "{}" } },
  { type: FrameType.PONG, body: { stamp: 2 ** 40 } },
];

function heard(message: Uint8Array): unknown[][] {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const handlers: FrameHandlers = {
    onWelcome: note("welcome"),
    onState: note("state"),
    onEvent: note("event"),
    onReply: note("reply"),
    onPong: note("pong"),
  };
  readHeads(message, handlers);
  return calls;
}

it("all frames of a message are heard, by what a player needs of them", () => {
  const message = Buffer.concat(FRAMES.map((frame) => encodeFrame(frame)));
  expect(heard(message)).toEqual([
    ["welcome", WELCOME],
    ["state", 70_000, 300],
    ["event", 130],
    ["reply", 5, "ACTION_REFUSED"],
    ["pong", 2 ** 40],
  ]);
});

it.each(FRAMES.map((frame) => [frame.type, encodeFrame(frame)] as const))(
  "a frame of type 0x%x that is cut off is an error, wherever it is",
  (_type, bytes) => {
    for (let length = 1; length < bytes.length; length++)
      expect(() => heard(bytes.subarray(0, length))).toThrow(RangeError);
  },
);
