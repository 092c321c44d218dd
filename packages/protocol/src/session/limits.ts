/** A message from a client, in bytes; a larger one closes with FRAME_TOO_LARGE. */
export const CLIENT_MESSAGE_BYTES_MAX = 16 * 1024;
/** Frames in one message from a client. */
export const CLIENT_FRAMES_PER_MESSAGE_MAX = 64;
/** First frame after the socket opens; later it closes with HELLO_TIMEOUT. */
export const HELLO_TIMEOUT_MS = 5_000;
/** How long a seat token is good for. */
export const SEAT_TOKEN_TTL_MS = 30_000;
/** Parts of a tick in INPUT's `seenAt`: tick 130.5 is 2,088. */
export const SEEN_AT_PER_TICK = 16;
/** UTF-8 bytes of a close reason (RFC 6455: a close frame holds 125, two are the code). */
export const CLOSE_REASON_BYTES_MAX = 123;
