export { Ack, Hello, Leave, Resume, Resync, Welcome } from "../gen/session/warren/session/v1/session.ts";
export * from "../index.ts";
export { FrameType } from "./frame-type.ts";
export {
  type ActionFrame,
  type DownFrame,
  decodeDownMessage,
  decodeMessage,
  decodeUpMessage,
  type EventFrame,
  encodeFrame,
  encodeUpFrame,
  type Frame,
  type InputFrame,
  isUpFrame,
  type MessageFrame,
  type PingFrame,
  type PongFrame,
  type ReceivedFrame,
  type ReplyFrame,
  type StateFrame,
  type UpFrame,
  writeFrame,
} from "./frames.ts";
export {
  CLIENT_FRAMES_PER_MESSAGE_MAX,
  CLIENT_MESSAGE_BYTES_MAX,
  CLOSE_REASON_BYTES_MAX,
  HELLO_TIMEOUT_MS,
  SEAT_TOKEN_TTL_MS,
  SEEN_AT_PER_TICK,
} from "./limits.ts";
export { STATE_HEAD_BYTES_MAX, StateFrames } from "./state-frames.ts";
