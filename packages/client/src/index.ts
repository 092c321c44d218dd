export { closeIsResumable, type ErrorCode, WarrenError } from "@warren/protocol/session";
export { type RoomWireSchema, wireSchemaOf } from "@warren/schema";
export { ClientRoom, type RoomStatus } from "./client-room.ts";
export { type KeyValueStorage, memoryStorage } from "./identity.ts";
export type { GameShape, InputOf, JoinOf, StateViewIn } from "./types.ts";
export { type PlayStatus, Warren, type WarrenOptions } from "./warren.ts";
