import { FrameType, Welcome } from "@warren/protocol/session";

/** What a player hears of a message: no state is decoded. */
export interface FrameHandlers {
  onWelcome(welcome: Welcome): void;
  onState(tick: number, inputNumber: number): void;
  onEvent(eventSeq: number): void;
  onReply(actionSeq: number, errorCode: string): void;
  onPong(stamp: number): void;
}

/** Reads the heads of all frames of a message. Throws RangeError when it is not made of whole frames. */
export function readHeads(message: Uint8Array, handlers: FrameHandlers): void {
  let at = 0;
  while (at < message.length) {
    const type = message[at]!;
    bytes = message;
    cursor = at + 1;
    const length = varint();
    const body = cursor;
    at = body + length;
    if (at > message.length) throw new RangeError("a frame is longer than its message");
    switch (type) {
      case FrameType.STATE: {
        varint();
        const tick = varint();
        varint();
        handlers.onState(tick, varint());
        break;
      }
      case FrameType.PONG:
        handlers.onPong(varint());
        break;
      case FrameType.EVENT:
        varint();
        handlers.onEvent(varint());
        break;
      case FrameType.REPLY: {
        varint();
        const actionSeq = varint();
        const chars = varint();
        handlers.onReply(actionSeq, Buffer.from(message.subarray(cursor, cursor + chars)).toString());
        break;
      }
      case FrameType.WELCOME:
        // A copy: what is read into is not the player's own.
        handlers.onWelcome(Welcome.decode(message.slice(body, at)));
        break;
    }
  }
}

// Of all that is read here one at a time, so that a frame costs no object.
let bytes: Uint8Array = new Uint8Array();
let cursor = 0;

function varint(): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes[cursor++];
    if (byte === undefined) throw new RangeError("a frame ends within a number");
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
}
