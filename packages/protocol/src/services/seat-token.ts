import { createHmac, timingSafeEqual } from "node:crypto";
import {
  ByteReader,
  ByteWriter,
  type PlayerId,
  parsePlayerId,
  parseRoomId,
  type RoomId,
  randomBytes,
} from "@warren/kernel";
import { SEAT_TOKEN_TTL_MS } from "../session/limits.ts";
import { WarrenError } from "../warren-error.ts";

// token = base64url(claims . hmac); claims = purpose (a byte), room, player, expiry (varint ms since 1970), nonce
const MAC_BYTES = 32;
const NONCE_BYTES = 9;
/** Longest token that is looked at, characters; one of the longest ids has some 270. Nodes hand on what they cannot prove. */
const TOKEN_CHARS_MAX = 512;

/** What its bearer was sent to do. */
const PURPOSES = ["play", "watch"] as const;
export type SeatPurpose = (typeof PURPOSES)[number];

/** What a seat token proves: who its bearer is, and which room they were sent to. */
export interface SeatClaims {
  readonly purpose: SeatPurpose;
  readonly room: RoomId;
  readonly player: PlayerId;
  readonly expiresAtMs: number;
  /** Tells two tokens apart; each works once. */
  readonly nonce: string;
}

const out = new ByteWriter(256);

/** Makes a token for 30 s with the secret of the node that runs the room. 2 µs. */
export function mintSeatToken(
  secret: Uint8Array,
  room: RoomId,
  player: PlayerId,
  wallMs: number,
  purpose: SeatPurpose = "play",
): string {
  out.reset().u8(PURPOSES.indexOf(purpose));
  out.string(room);
  out.string(player);
  out.varint(Math.floor(wallMs) + SEAT_TOKEN_TTL_MS);
  out.bytes(randomBytes(NONCE_BYTES));
  out.raw(mac(secret, out.view()));
  return Buffer.from(out.buffer.buffer, 0, out.length).toString("base64url");
}

/** Throws SEAT_TOKEN_INVALID or SEAT_TOKEN_EXPIRED. Whether it was used before, the node remembers. */
export function openSeatToken(secret: Uint8Array, token: string, wallMs: number): SeatClaims {
  const bytes = bytesOf(token);
  const claims = claimsOf(bytes);
  const given = bytes.subarray(claims.length);
  if (given.length !== MAC_BYTES || !timingSafeEqual(given, mac(secret, claims)))
    throw new WarrenError("SEAT_TOKEN_INVALID");
  const reader = new ByteReader(claims);
  const purpose = PURPOSES[reader.u8()];
  if (!purpose) throw new WarrenError("SEAT_TOKEN_INVALID");
  const room = parseRoomId(reader.string());
  const player = parsePlayerId(reader.string());
  const expiresAtMs = reader.varint();
  const nonce = Buffer.from(reader.bytes()).toString("base64url");
  if (wallMs > expiresAtMs) throw new WarrenError("SEAT_TOKEN_EXPIRED");
  return { purpose, room, player, expiresAtMs, nonce };
}

/**
 * What a token says of itself; nothing is proven by that. A node that does not run the room asks the one that does.
 * Throws SEAT_TOKEN_INVALID.
 */
export function readSeatToken(token: string): Pick<SeatClaims, "purpose" | "room"> {
  try {
    const reader = new ByteReader(claimsOf(bytesOf(token)));
    const purpose = PURPOSES[reader.u8()];
    if (purpose) return { purpose, room: parseRoomId(reader.string()) };
  } catch (error) {
    throw new WarrenError("SEAT_TOKEN_INVALID", undefined, { cause: error });
  }
  throw new WarrenError("SEAT_TOKEN_INVALID");
}

function bytesOf(token: string): Buffer {
  if (token.length > TOKEN_CHARS_MAX) throw new WarrenError("SEAT_TOKEN_INVALID");
  return Buffer.from(token, "base64url");
}

function claimsOf(token: Buffer): Buffer {
  return token.subarray(0, Math.max(0, token.length - MAC_BYTES));
}

function mac(secret: Uint8Array, claims: Uint8Array): Buffer {
  return createHmac("sha256", secret).update(claims).digest();
}
