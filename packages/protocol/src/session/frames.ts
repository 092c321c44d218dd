import { ByteReader, ByteWriter, InputError, putVarint, varintBytes } from "@warren/kernel";
import { Ack, Hello, Leave, Resume, Resync, Welcome } from "../gen/session/warren/session/v1/session.ts";
import { WarrenError } from "../warren-error.ts";
import { FrameType } from "./frame-type.ts";

// A WebSocket message holds one or more frames: type byte, body length (varint), body.
// Control frames carry protobuf. Hot frames carry the varints below, in this order, then schema-encoded bytes.

/** Server to client. `baseTick` 0: a snapshot; else the delta from that tick. */
export interface StateFrame {
  epoch: number;
  tick: number;
  baseTick: number;
  /** The last number consumed of this player's inputs. */
  inputNumber: number;
  /** This player's inputs in the room's buffer after the tick. */
  inputsWaiting: number;
  payload: Uint8Array;
}
/** Server to client: reliable, ordered, numbered from 1 within the session. */
export interface EventFrame {
  epoch: number;
  eventSeq: number;
  tick: number;
  eventId: number;
  payload: Uint8Array;
}
/** Server to client: the one answer to an action. `errorCode` empty: executed. */
export interface ReplyFrame {
  epoch: number;
  actionSeq: number;
  errorCode: string;
  /** Result when executed, else the reason as UTF-8. */
  payload: Uint8Array;
}
/** Client to server: what the player holds down, numbered by the client's own tick. */
export interface InputFrame {
  generation: number;
  inputNumber: number;
  /** Highest eventSeq handled; cumulative. */
  eventSeq: number;
  /** The moment of the room that the player saw when the input was made, in 1/{@link SEEN_AT_PER_TICK} of a tick; 0: not said. */
  seenAt: number;
  payload: Uint8Array;
}
/** Client to server: executed once, in order, numbered from 1 within the seat. */
export interface ActionFrame {
  generation: number;
  actionSeq: number;
  /** Highest eventSeq handled; cumulative. */
  eventSeq: number;
  actionId: number;
  payload: Uint8Array;
}

/** Client to server: answered at once with PONG, by the session and not by the room. */
export interface PingFrame {
  generation: number;
  /** The client's own; comes back as it is. */
  stamp: number;
}
/** Server to client. */
export interface PongFrame {
  stamp: number;
}

/** Server to client: something for the player that is not of the room, from a backend or another room. At most once. */
export interface MessageFrame {
  /** Two with one id are the same message. */
  messageId: string;
  /** What it is about. */
  topic: string;
  /** JSON. */
  data: string;
}

export type UpFrame =
  | { type: typeof FrameType.HELLO; body: Hello }
  | { type: typeof FrameType.RESUME; body: Resume }
  | { type: typeof FrameType.LEAVE; body: Leave }
  | { type: typeof FrameType.ACK; body: Ack }
  | { type: typeof FrameType.INPUT; body: InputFrame }
  | { type: typeof FrameType.ACTION; body: ActionFrame }
  | { type: typeof FrameType.PING; body: PingFrame };

/**
 * What a server receives: as {@link UpFrame}, and payloads are readers, because a view of bytes costs as much as all the
 * rest of a small frame.
 */
export type ReceivedFrame =
  | Exclude<UpFrame, { type: typeof FrameType.INPUT | typeof FrameType.ACTION }>
  | { type: typeof FrameType.INPUT; body: Received<InputFrame> }
  | { type: typeof FrameType.ACTION; body: Received<ActionFrame> };
type Received<F> = Omit<F, "payload"> & { payload: ByteReader };

export type DownFrame =
  | { type: typeof FrameType.WELCOME; body: Welcome }
  | { type: typeof FrameType.RESYNC; body: Resync }
  | { type: typeof FrameType.STATE; body: StateFrame }
  | { type: typeof FrameType.EVENT; body: EventFrame }
  | { type: typeof FrameType.REPLY; body: ReplyFrame }
  | { type: typeof FrameType.PONG; body: PongFrame }
  | { type: typeof FrameType.MESSAGE; body: MessageFrame };

export type Frame = UpFrame | DownFrame;

const scratch = new ByteWriter(1024);
const NOTHING = new Uint8Array();

// Up and down are apart, so that a page does not download what only servers read and write.

export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  writeFrame(scratch.reset(), frame);
  return scratch.finish();
}

export function encodeUpFrame(frame: UpFrame): Uint8Array<ArrayBuffer> {
  writeWhole(scratch.reset(), frame, writeUp);
  return scratch.finish();
}

/** Appends a frame to others. */
export function writeFrame(out: ByteWriter, frame: Frame): void {
  if (isUpFrame(frame)) writeWhole(out, frame, writeUp);
  else writeWhole(out, frame, writeDown);
}

function writeWhole<F extends Frame>(
  out: ByteWriter,
  frame: F,
  writeBody: (out: ByteWriter, frame: F) => void,
): void {
  out.u8(frame.type);
  // The length is known afterwards, and mostly takes one byte.
  const at = out.reserve(1);
  writeBody(out, frame);
  const bodyBytes = out.length - at - 1;
  const from = at + varintBytes(bodyBytes);
  if (from > at + 1) {
    out.reserve(from - at - 1);
    out.buffer.copyWithin(from, at + 1, at + 1 + bodyBytes);
  }
  putVarint(out.buffer, at, bodyBytes);
}

function writeUp(out: ByteWriter, frame: UpFrame): void {
  switch (frame.type) {
    case FrameType.HELLO:
      return out.raw(Hello.encode(frame.body).finish());
    case FrameType.RESUME:
      return out.raw(Resume.encode(frame.body).finish());
    case FrameType.LEAVE:
      return out.raw(Leave.encode(frame.body).finish());
    case FrameType.ACK:
      return out.raw(Ack.encode(frame.body).finish());
    case FrameType.INPUT: {
      const { generation, inputNumber, eventSeq, seenAt, payload } = frame.body;
      return hot(out, [generation, inputNumber, eventSeq, seenAt], payload);
    }
    case FrameType.ACTION: {
      const { generation, actionSeq, eventSeq, actionId, payload } = frame.body;
      return hot(out, [generation, actionSeq, eventSeq, actionId], payload);
    }
    case FrameType.PING:
      return hot(out, [frame.body.generation, frame.body.stamp], NOTHING);
  }
}

function writeDown(out: ByteWriter, frame: DownFrame): void {
  switch (frame.type) {
    case FrameType.WELCOME:
      return out.raw(Welcome.encode(frame.body).finish());
    case FrameType.RESYNC:
      return out.raw(Resync.encode(frame.body).finish());
    case FrameType.STATE: {
      const { epoch, tick, baseTick, inputNumber, inputsWaiting, payload } = frame.body;
      return hot(out, [epoch, tick, baseTick, inputNumber, inputsWaiting], payload);
    }
    case FrameType.EVENT: {
      const { epoch, eventSeq, tick, eventId, payload } = frame.body;
      return hot(out, [epoch, eventSeq, tick, eventId], payload);
    }
    case FrameType.REPLY: {
      const { epoch, actionSeq, errorCode, payload } = frame.body;
      out.varint(epoch);
      out.varint(actionSeq);
      // Nearly always empty, and an empty text is the same byte.
      if (errorCode === "") out.u8(0);
      else out.string(errorCode);
      return out.raw(payload);
    }
    case FrameType.PONG:
      return hot(out, [frame.body.stamp], NOTHING);
    case FrameType.MESSAGE:
      out.string(frame.body.messageId);
      out.string(frame.body.topic);
      return out.string(frame.body.data);
  }
}

function hot(out: ByteWriter, header: readonly number[], payload: Uint8Array): void {
  for (const value of header) out.varint(value);
  out.raw(payload);
}

/** All frames of a message. Throws WarrenError PROTOCOL_VIOLATION, and nothing else, on any bytes. Payloads are views. */
export function decodeMessage(message: Uint8Array, framesMax: number): Frame[] {
  return decoded<Frame>(message, framesMax, (type, r) => (type < 0x40 ? readUp(type, r) : readDown(type, r)));
}

/** As {@link decodeMessage}, of a message from a client. */
export function decodeUpMessage(message: Uint8Array, framesMax: number): ReceivedFrame[] {
  return decoded(message, framesMax, readReceived);
}

/** As {@link decodeMessage}, of a message from a server. */
export function decodeDownMessage(message: Uint8Array, framesMax: number): DownFrame[] {
  return decoded(message, framesMax, readDown);
}

function decoded<F>(
  message: Uint8Array,
  framesMax: number,
  read: (type: number, body: ByteReader) => F,
): F[] {
  try {
    if (message.length === 0) throw new InputError("message", "empty", "at least one frame");
    const reader = new ByteReader(message);
    const frames: F[] = [];
    while (reader.left > 0) {
      if (frames.length === framesMax)
        throw new InputError("frames", `more than ${framesMax}`, `up to ${framesMax}`);
      frames.push(read(reader.u8(), reader.part(reader.varint())));
    }
    return frames;
  } catch (error) {
    const why = error instanceof InputError ? error.message : "a frame is damaged";
    throw new WarrenError("PROTOCOL_VIOLATION", why, { cause: error });
  }
}

function readUp(type: number, r: ByteReader): UpFrame {
  const frame = readReceived(type, r);
  if (frame.type === FrameType.INPUT)
    return { type: frame.type, body: { ...frame.body, payload: frame.body.payload.rest() } };
  if (frame.type === FrameType.ACTION)
    return { type: frame.type, body: { ...frame.body, payload: frame.body.payload.rest() } };
  return frame;
}

function readReceived(type: number, r: ByteReader): ReceivedFrame {
  switch (type) {
    case FrameType.HELLO:
      return { type, body: Hello.decode(r.rest()) };
    case FrameType.RESUME:
      return { type, body: Resume.decode(r.rest()) };
    case FrameType.LEAVE:
      return { type, body: Leave.decode(r.rest()) };
    case FrameType.ACK:
      return { type, body: Ack.decode(r.rest()) };
    case FrameType.INPUT:
      return {
        type,
        body: {
          generation: r.varint(),
          inputNumber: r.varint(),
          eventSeq: r.varint(),
          seenAt: r.varint(),
          payload: r,
        },
      };
    case FrameType.ACTION:
      return {
        type,
        body: {
          generation: r.varint(),
          actionSeq: r.varint(),
          eventSeq: r.varint(),
          actionId: r.varint(),
          payload: r,
        },
      };
    case FrameType.PING: {
      const body = { generation: r.varint(), stamp: r.varint() };
      r.end();
      return { type, body };
    }
    default:
      return unknownFrame(type);
  }
}

function readDown(type: number, r: ByteReader): DownFrame {
  switch (type) {
    case FrameType.WELCOME:
      return { type, body: Welcome.decode(r.rest()) };
    case FrameType.RESYNC:
      return { type, body: Resync.decode(r.rest()) };
    case FrameType.STATE:
      return {
        type,
        body: {
          epoch: r.varint(),
          tick: r.varint(),
          baseTick: r.varint(),
          inputNumber: r.varint(),
          inputsWaiting: r.varint(),
          payload: r.rest(),
        },
      };
    case FrameType.EVENT:
      return {
        type,
        body: {
          epoch: r.varint(),
          eventSeq: r.varint(),
          tick: r.varint(),
          eventId: r.varint(),
          payload: r.rest(),
        },
      };
    case FrameType.REPLY:
      return {
        type,
        body: { epoch: r.varint(), actionSeq: r.varint(), errorCode: r.string(), payload: r.rest() },
      };
    case FrameType.PONG: {
      const body = { stamp: r.varint() };
      r.end();
      return { type, body };
    }
    case FrameType.MESSAGE: {
      const body = { messageId: r.string(), topic: r.string(), data: r.string() };
      r.end();
      return { type, body };
    }
    default:
      return unknownFrame(type);
  }
}

function unknownFrame(type: number): never {
  throw new InputError("frame type", `0x${type.toString(16)}`, "a type of docs/protocol.md");
}

/** Whether a frame may come from a client. */
export function isUpFrame(frame: Frame): frame is UpFrame {
  return frame.type < 0x40;
}
