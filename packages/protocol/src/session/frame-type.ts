/** First byte of every frame. 0x01–0x3f go up (client to server), 0x41–0x7f down. */
export const FrameType = {
  HELLO: 0x01,
  RESUME: 0x02,
  LEAVE: 0x03,
  ACK: 0x04,
  INPUT: 0x10,
  ACTION: 0x11,
  PING: 0x12,
  WELCOME: 0x41,
  RESYNC: 0x42,
  STATE: 0x50,
  EVENT: 0x51,
  REPLY: 0x52,
  PONG: 0x53,
  MESSAGE: 0x54,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];
