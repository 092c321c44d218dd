export { assert } from "./assert.ts";
export { base32 } from "./base32.ts";
export { ByteReader } from "./byte-reader.ts";
export { ByteWriter } from "./byte-writer.ts";
export { type Clock, systemClock } from "./clock.ts";
export { exponential, logNormal, normal, weighted } from "./draw.ts";
export { DueHeap } from "./due-heap.ts";
export { fingerprint } from "./fingerprint.ts";
export {
  type Epoch,
  type LobbyId,
  type MatchId,
  type NodeId,
  type PlayerId,
  parseEpoch,
  parseLobbyId,
  parseMatchId,
  parseName,
  parseNodeId,
  parsePlayerId,
  parseReplicaId,
  parseRoomId,
  parseSessionId,
  parseTicketId,
  type ReplicaId,
  type RoomId,
  randomId,
  type SessionId,
  type TicketId,
} from "./ids.ts";
export { InputError } from "./input-error.ts";
export { Prng } from "./prng.ts";
export { randomBytes } from "./random-bytes.ts";
export { putVarint, varintBytes } from "./varint.ts";
export { wholeNumber } from "./whole-number.ts";
