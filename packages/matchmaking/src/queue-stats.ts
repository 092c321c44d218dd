import type { Fold } from "./fold.ts";

export interface QueueStats {
  /** Tickets that wait. */
  readonly open: number;
  /** Tickets whose match is being placed. */
  readonly placing: number;
  /** How long the oldest open ticket has waited, ms; 0: none. */
  readonly oldestMs: number;
}

export function queueStats(fold: Fold, queue: string, nowMs: number): QueueStats {
  let open = 0;
  let oldestMs = 0;
  for (const ticket of fold.open) {
    if (!ticket.queues.includes(queue)) continue;
    open++;
    oldestMs = Math.max(oldestMs, nowMs - ticket.postedAtMs);
  }
  let placing = 0;
  for (const match of fold.placing.values()) if (match.queue === queue) placing += match.tickets.length;
  return { open, placing, oldestMs: Math.round(oldestMs) };
}
