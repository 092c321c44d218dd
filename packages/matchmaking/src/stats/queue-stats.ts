import type { Fold } from "../fold/fold.ts";
import type { SkillDecile, WaitStats } from "./wait-stats.ts";

export interface QueueStats {
  /** Tickets that wait. */
  readonly open: number;
  /** Tickets whose players are asked whether they accept a match. */
  readonly proposed: number;
  /** Tickets whose match is being placed. */
  readonly placing: number;
  /** How long the oldest open ticket has waited, ms; 0: none. */
  readonly oldestMs: number;
  /** The same by skill, lowest first; `open` of one: tickets that wait. */
  readonly deciles: readonly (SkillDecile & { readonly open: number })[];
}

export function queueStats(fold: Fold, queue: string, waits: WaitStats, nowMs: number): QueueStats {
  let open = 0;
  let oldestMs = 0;
  const deciles = waits.deciles(queue, nowMs).map((decile) => ({ ...decile, open: 0 }));
  for (const ticket of fold.open) {
    if (!ticket.queues.includes(queue)) continue;
    open++;
    oldestMs = Math.max(oldestMs, nowMs - ticket.postedAtMs);
    const decile = deciles.length > 0 ? deciles[waits.decileOf(queue, ticket, nowMs)] : undefined;
    if (decile) decile.open++;
  }
  let proposed = 0;
  for (const { match } of fold.proposed.values()) if (match.queue === queue) proposed += match.tickets.length;
  let placing = 0;
  for (const match of fold.placing.values()) if (match.queue === queue) placing += match.tickets.length;
  return { open, proposed, placing, oldestMs: Math.round(oldestMs), deciles };
}
