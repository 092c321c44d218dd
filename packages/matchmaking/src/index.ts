export {
  type Changes,
  checkRecordVersion,
  Fold,
  type Proposed,
  type Refused,
  type Result,
  UnknownRecord,
} from "./fold/fold.ts";
export { decodeFold, encodeFold } from "./fold/fold-snapshot.ts";
export {
  LOBBY_SIZE_MAX,
  type Lobby,
  type LobbyMember,
  type LobbyRefused,
  MEMBER_SILENT_MS,
} from "./fold/lobbies.ts";
export type { PlacedRoom, Superseded } from "./fold/seats.ts";
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
} from "./fold/ticket.ts";
export { type Explanation, explainTicket } from "./matcher/explain.ts";
export { Matcher } from "./matcher/matcher.ts";
export { rolesText, withoutRole } from "./matcher/party-roles.ts";
export type { NodeSpace, OpenRoom, Surroundings } from "./matcher/surroundings.ts";
export {
  type AttributeRule,
  defineQueue,
  type QueueConfig,
  type QueueSource,
  type Step,
} from "./queue/queue-config.ts";
export { type QueueWarning, queueWarnings } from "./queue/queue-warnings.ts";
export { type QueueStats, queueStats } from "./stats/queue-stats.ts";
export { type TicketWindow, ticketWindow } from "./stats/ticket-window.ts";
export { type Eta, type SkillDecile, WaitStats } from "./stats/wait-stats.ts";
