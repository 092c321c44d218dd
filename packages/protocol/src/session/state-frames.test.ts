import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameType, STATE_HEAD_BYTES_MAX, StateFrames } from "./index.ts";

const number = fc.oneof(fc.nat(300), fc.maxSafeNat());

describe("state frames", () => {
  it("[T3] have the bytes of any other STATE, whoever was written for before", () => {
    const readers = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 8 });
    const payloads = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(20_000)));
    fc.assert(
      fc.property(number, number, number, payloads, readers, (epoch, tick, baseTick, payload, all) => {
        const bytes = new Uint8Array(STATE_HEAD_BYTES_MAX + payload.length);
        bytes.set(payload, STATE_HEAD_BYTES_MAX);
        const frames = new StateFrames(epoch, tick, baseTick, bytes);
        for (const [inputNumber, inputsWaiting] of all) {
          const body = { epoch, tick, baseTick, inputNumber, inputsWaiting, payload };
          const wanted = encodeFrame({ type: FrameType.STATE, body });
          expect(Buffer.from(frames.frame(inputNumber, inputsWaiting)).equals(wanted)).toBe(true);
        }
      }),
    );
  });
});
