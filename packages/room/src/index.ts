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
export type { MatchReport, MatchResult } from "./match/match-report.ts";
export type { AskedPlayers, PlayersWanted } from "./match/player-request.ts";
export {
  type ReportedResult,
  RoomHost,
  type RoomHostOptions,
  type RoomSummary,
  type RoomTell,
} from "./room/room-host.ts";
export type { RoomDown, RoomInfo, RoomLink, ShownState, StatePublication } from "./room/room-link.ts";
export type { RoomSpec, SeatSpec } from "./room/room-spec.ts";
export type { TellResult } from "./room/tells.ts";
export { Connection } from "./session/connection.ts";
export { SOCKET_BUFFERED_BYTES_MAX, type Socket } from "./session/outbox.ts";
export { type Admission, SessionHost } from "./session/session-host.ts";
export { Replication, type StateReader } from "./state/replication.ts";
export type { RewindFields, RewindKind, SeenRows } from "./state/rewind-fields.ts";
