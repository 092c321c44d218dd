export { Connection } from "./connection.ts";
export {
  type AnyActions,
  type AnyEvents,
  type AnyRoomDefinition,
  defineRoom,
  type LeaveReason,
  type Player,
  Refusal,
  type Room,
  type RoomDefinition,
  type RoomSource,
} from "./definition.ts";
export type { MatchReport, MatchResult } from "./match-report.ts";
export { SOCKET_BUFFERED_BYTES_MAX, type Socket } from "./outbox.ts";
export type { AskedPlayers, PlayersWanted } from "./player-request.ts";
export { Replication, type StateReader } from "./replication.ts";
export type { RewindFields, RewindKind, SeenRows } from "./rewind-fields.ts";
export {
  type ReportedResult,
  RoomHost,
  type RoomHostOptions,
  type RoomSummary,
  type RoomTell,
} from "./room-host.ts";
export type { RoomDown, RoomInfo, RoomLink, ShownState, StatePublication } from "./room-link.ts";
export type { RoomSpec, SeatSpec } from "./room-spec.ts";
export { type Admission, SessionHost } from "./session-host.ts";
export type { TellResult } from "./tells.ts";
