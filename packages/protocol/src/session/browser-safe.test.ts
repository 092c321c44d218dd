import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { type Frame, FrameType } from "./index.ts";

it("[T3] every frame is written and read where there is no Buffer, process or require", async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./index.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "session",
    platform: "browser",
    conditions: ["@warren/source"],
  });
  // Only what every browser has. Errors of the other realm are compared by their code.
  const realm = createContext({ TextEncoder, TextDecoder, Uint8Array, ArrayBuffer, DataView });
  runInContext(outputFiles[0]?.text ?? "", realm);
  const session = runInContext("session", realm) as typeof import("./index.ts");
  const missing = runInContext("[typeof Buffer, typeof process, typeof require]", realm) as string[];
  expect([...missing]).toEqual(["undefined", "undefined", "undefined"]);

  const payload = Uint8Array.of(1, 2, 3);
  const names = { sessionId: "s", resumeKey: "k", roomId: "r", roomName: "a", playerId: "p" };
  const frames: Frame[] = [
    { type: FrameType.HELLO, body: { protocolVersion: 3, seatToken: "ü", wireFingerprint: "f" } },
    {
      type: FrameType.RESUME,
      body: { protocolVersion: 3, ...pick(names, "sessionId", "resumeKey"), epoch: 1, eventSeq: 2 },
    },
    { type: FrameType.LEAVE, body: { generation: 1 } },
    { type: FrameType.ACK, body: { generation: 1, eventSeq: 3 } },
    { type: FrameType.INPUT, body: { generation: 1, inputNumber: 2, eventSeq: 3, seenAt: 2088, payload } },
    { type: FrameType.ACTION, body: { generation: 1, actionSeq: 2, eventSeq: 3, actionId: 4, payload } },
    {
      type: FrameType.WELCOME,
      body: {
        ...names,
        protocolVersion: 3,
        generation: 1,
        epoch: 2 ** 31,
        tickHz: 30,
        sendHz: 20,
        wireFingerprint: "f",
        wireSchema: "{}",
        actionSeq: 0,
        resumeGraceMs: 30_000,
        joinCode: "",
        spectator: false,
      },
    },
    { type: FrameType.RESYNC, body: { epoch: 1, eventSeq: 2, reason: "why" } },
    {
      type: FrameType.STATE,
      body: { epoch: 1, tick: 2, baseTick: 1, inputNumber: 3, inputsWaiting: 1, payload },
    },
    { type: FrameType.EVENT, body: { epoch: 1, eventSeq: 2, tick: 3, eventId: 4, payload } },
    { type: FrameType.REPLY, body: { epoch: 1, actionSeq: 2, errorCode: "ROOM_FULL", payload } },
    { type: FrameType.PING, body: { generation: 1, stamp: 2 } },
    { type: FrameType.PONG, body: { stamp: 2 } },
    { type: FrameType.MESSAGE, body: { messageId: "m", topic: "ü", data: "{}" } },
  ];
  expect(new Set(frames.map(({ type }) => type))).toEqual(new Set(Object.values(FrameType)));
  for (const frame of frames) {
    const [back] = session.decodeMessage(session.encodeFrame(frame), 1);
    expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(frame)));
  }
});

function pick<T, K extends keyof T>(from: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}
