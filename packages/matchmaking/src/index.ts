export { type Changes, Fold, type Ticket, type TicketEvent, UnknownRecord } from "./fold.ts";
export { decodeFold, encodeFold } from "./fold-snapshot.ts";
export { expiredTickets, type NodeSpace, type OpenRoom, proposeMatches } from "./matcher.ts";
export { defineQueue, type QueueConfig, type QueueSource, type Step } from "./queue-config.ts";
export { type QueueStats, queueStats } from "./queue-stats.ts";
