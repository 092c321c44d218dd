export { type Explanation, explainTicket } from "./explain.ts";
export {
  type Changes,
  checkRecordVersion,
  Fold,
  type Proposed,
  type Refused,
  type Result,
  UnknownRecord,
} from "./fold.ts";
export { decodeFold, encodeFold } from "./fold-snapshot.ts";
export {
  LOBBY_SIZE_MAX,
  type Lobby,
  type LobbyMember,
  type LobbyRefused,
  MEMBER_SILENT_MS,
} from "./lobbies.ts";
export { Matcher } from "./matcher.ts";
export {
  type AttributeRule,
  defineQueue,
  type QueueConfig,
  type QueueSource,
  type Step,
} from "./queue-config.ts";
export { type QueueStats, queueStats } from "./queue-stats.ts";
export { type QueueWarning, queueWarnings } from "./queue-warnings.ts";
export type { PlacedRoom, Superseded } from "./seats.ts";
export type { NodeSpace, OpenRoom, Surroundings } from "./surroundings.ts";
export {
  type Attribute,
  type EndCause,
  isFinal,
  type Latency,
  matchOf,
  type Ticket,
  type TicketEvent,
  type TicketPlayer,
  type TicketStatus,
} from "./ticket.ts";
export { type TicketWindow, ticketWindow } from "./ticket-window.ts";
export { type Eta, type SkillDecile, WaitStats } from "./wait-stats.ts";
