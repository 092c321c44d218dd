export { type Bus, NoAnswer } from "./bus.ts";
export type { Cluster } from "./cluster.ts";
export { type Directory, type DirectoryEntry, type DirectoryKind, PRESENCE_TTL_MS } from "./directory.ts";
export type { OnEvent } from "./event.ts";
export { type HeldLease, LEASE_TTL_MS, type Lease, type LeaseKind } from "./lease.ts";
export { NAME_CHARS_MAX, RECORD_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";
export { type AppendOptions, type Log, type LogRecord, SequenceConflict } from "./log.ts";
export { decodeNodeRecord, encodeNodeRecord, type NodeRecord, pingUrlOf } from "./node-record.ts";
export { decodeRoomClaim, encodeRoomClaim, type RoomClaim } from "./room-claim.ts";
