import { readFileSync } from "node:fs";
import { ByteWriter } from "@warren/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WarrenError } from "../index.ts";
import { decodeMessage, encodeFrame, type Frame, FrameType, writeFrame } from "./index.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex").replace(/../g, "$& ").trim();
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** Every kind of frame once, with the bytes it has to have. The first seven are also in docs/protocol.md. */
const GOLDEN: readonly [name: string, frame: Frame, hex: string][] = [
  [
    "HELLO",
    { type: FrameType.HELLO, body: { protocolVersion: 3, seatToken: "abc", wireFingerprint: "" } },
    "01 07 08 03 12 03 61 62 63",
  ],
  [
    "INPUT",
    {
      type: FrameType.INPUT,
      body: { generation: 1, inputNumber: 300, eventSeq: 2, seenAt: 2088, payload: bytes("0100") },
    },
    "10 08 01 ac 02 02 a8 10 01 00",
  ],
  [
    "ACTION",
    {
      type: FrameType.ACTION,
      body: { generation: 1, actionSeq: 5, eventSeq: 2, actionId: 0, payload: bytes("") },
    },
    "11 04 01 05 02 00",
  ],
  [
    "STATE",
    {
      type: FrameType.STATE,
      body: { epoch: 7, tick: 130, baseTick: 129, inputNumber: 3, inputsWaiting: 1, payload: bytes("00") },
    },
    "50 08 07 82 01 81 01 03 01 00",
  ],
  [
    "REPLY",
    { type: FrameType.REPLY, body: { epoch: 7, actionSeq: 5, errorCode: "", payload: bytes("") } },
    "52 03 07 05 00",
  ],
  ["PING", { type: FrameType.PING, body: { generation: 1, stamp: 300 } }, "12 03 01 ac 02"],
  ["PONG", { type: FrameType.PONG, body: { stamp: 300 } }, "53 02 ac 02"],
  [
    "RESUME",
    {
      type: FrameType.RESUME,
      body: { protocolVersion: 3, sessionId: "s_a", resumeKey: "k", epoch: 7, eventSeq: 2 },
    },
    "02 0e 08 03 12 03 73 5f 61 1a 01 6b 20 07 28 02",
  ],
  ["LEAVE", { type: FrameType.LEAVE, body: { generation: 2 } }, "03 02 08 02"],
  ["ACK", { type: FrameType.ACK, body: { generation: 2, eventSeq: 9 } }, "04 04 08 02 10 09"],
  [
    "WELCOME",
    {
      type: FrameType.WELCOME,
      body: {
        protocolVersion: 3,
        sessionId: "s",
        resumeKey: "k",
        generation: 1,
        roomId: "r",
        roomName: "a",
        playerId: "p",
        epoch: 7,
        tickHz: 30,
        sendHz: 20,
        wireFingerprint: "f",
        wireSchema: "{}",
        actionSeq: 4,
        resumeGraceMs: 5,
        joinCode: "C",
        spectator: true,
      },
    },
    "41 2a 08 03 12 01 73 1a 01 6b 20 01 2a 01 72 32 01 61 3a 01 70 40 07 48 1e 50 14 5a 01 66 62 02 7b 7d 68 04 70 05 7a 01 43 80 01 01",
  ],
  [
    "RESYNC",
    { type: FrameType.RESYNC, body: { epoch: 7, eventSeq: 9, reason: "x" } },
    "42 07 08 07 10 09 1a 01 78",
  ],
  [
    "EVENT",
    { type: FrameType.EVENT, body: { epoch: 7, eventSeq: 1, tick: 130, eventId: 2, payload: bytes("ff") } },
    "51 06 07 01 82 01 02 ff",
  ],
  [
    "MESSAGE",
    { type: FrameType.MESSAGE, body: { messageId: "m", topic: "t", data: "{}" } },
    "54 07 01 6d 01 74 02 7b 7d",
  ],
];

describe("frames", () => {
  it.each(GOLDEN)("[T3] %s has its golden bytes and comes back equal", (_name, frame, golden) => {
    expect(hex(encodeFrame(frame))).toBe(golden);
    expect(decodeMessage(bytes(golden), 1)).toEqual([frame]);
  });

  it("[T3] every frame type has golden bytes", () => {
    expect(new Set(GOLDEN.map(([, frame]) => frame.type))).toEqual(new Set(Object.values(FrameType)));
  });

  it("[T3] the bytes in docs/protocol.md are these", () => {
    const page = readFileSync(new URL("../../../../docs/protocol.md", import.meta.url), "utf8");
    const section = page.slice(page.indexOf("## 7."));
    const documented = [...section.matchAll(/^\| (\w+), .*\| `([0-9a-f ]+)` \|$/gm)].map(([, name, text]) => [
      name,
      text,
    ]);
    expect(documented).toEqual(GOLDEN.slice(0, documented.length).map(([name, , text]) => [name, text]));
    expect(documented.length).toBe(7);
  });

  it("[T3] several frames in one message come back in order, and too many are refused", () => {
    const ack = encodeFrame({ type: FrameType.ACK, body: { generation: 1, eventSeq: 1 } });
    const message = Buffer.concat([ack, ack, ack]);
    expect(decodeMessage(message, 3)).toHaveLength(3);
    expect(() => decodeMessage(message, 2)).toThrow("accepted: up to 2");
    const all = Uint8Array.from(GOLDEN.flatMap(([, frame]) => [...encodeFrame(frame)]));
    expect(decodeMessage(all, GOLDEN.length)).toEqual(GOLDEN.map(([, frame]) => frame));
  });

  it.each([0, 120, 126, 127, 128, 129, 16_382, 16_383, 16_384, 16_385, 70_000])(
    "[T3] a frame of %d bytes and its neighbours are whole, however many its length takes",
    (length) => {
      const pong: Frame = { type: FrameType.PONG, body: { stamp: 7 } };
      const payload = Uint8Array.from({ length }, (_, i) => i);
      const event: Frame = {
        type: FrameType.EVENT,
        body: { epoch: 0, eventSeq: 0, tick: 0, eventId: 0, payload },
      };
      const out = new ByteWriter(1);
      for (const frame of [pong, event, pong]) writeFrame(out, frame);
      expect(decodeMessage(out.view(), 3)).toEqual([pong, event, pong]);
      expect(out.length).toBe(6 + encodeFrame(event).length);
    },
  );

  it("[T3] any bytes either decode or throw PROTOCOL_VIOLATION, and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        try {
          decodeMessage(noise, 8);
        } catch (error) {
          expect(error).toBeInstanceOf(WarrenError);
          expect((error as WarrenError).code).toBe("PROTOCOL_VIOLATION");
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("[T3] a golden frame with any one byte changed or cut never throws anything else", () => {
    for (const [, , golden] of GOLDEN) {
      const whole = bytes(golden);
      for (let at = 0; at < whole.length; at++) {
        for (const damaged of [whole.slice(0, at), whole.map((byte, i) => (i === at ? byte ^ 0xff : byte))]) {
          try {
            decodeMessage(damaged, 8);
          } catch (error) {
            expect((error as WarrenError).code).toBe("PROTOCOL_VIOLATION");
          }
        }
      }
    }
  });
});
