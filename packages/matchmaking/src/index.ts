export { type Changes, Fold, type PlacedRoom, type Proposed, type Refused, UnknownRecord } from "./fold.ts";
export { decodeFold, encodeFold } from "./fold-snapshot.ts";
export { expiredTickets, Matcher } from "./matcher.ts";
export {
  type AttributeRule,
  defineQueue,
  type QueueConfig,
  type QueueSource,
  type Step,
} from "./queue-config.ts";
export { type QueueStats, queueStats } from "./queue-stats.ts";
export { type QueueWarning, queueWarnings } from "./queue-warnings.ts";
export type { NodeSpace, OpenRoom, Surroundings } from "./surroundings.ts";
export type {
  Attribute,
  EndCause,
  Latency,
  Ticket,
  TicketEvent,
  TicketPlayer,
  TicketStatus,
} from "./ticket.ts";
