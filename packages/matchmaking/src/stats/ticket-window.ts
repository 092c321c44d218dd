import type { Ticket } from "../fold/ticket.ts";
import { QueueRules } from "../matcher/queue-rules.ts";
import type { QueueConfig } from "../queue/queue-config.ts";

/** How far from the ticket another may be to be matched with it, by what its own age allows. */
export interface TicketWindow {
  /** In the unit of the queue's skill; absent: skill does not matter. */
  readonly skill?: number;
  /** Of the region, ms; absent: regions do not matter. */
  readonly latencyMs?: number;
}

export function ticketWindow(config: QueueConfig, ticket: Ticket, nowMs: number): TicketWindow {
  const ageMs = Math.max(0, nowMs - ticket.postedAtMs);
  const rules = rulesOf(config);
  return {
    ...(config.skill && { skill: rules.windowAt(ageMs) + rules.extraWindowOf(ticket) }),
    ...(config.latency && { latencyMs: rules.allowedMsAt(ageMs) }),
  };
}

/** What the ticket counts as; 0 where the queue has no skill. */
export function ticketSkill(config: QueueConfig, ticket: Ticket): number {
  return rulesOf(config).skillOf(ticket);
}

const compiled = new WeakMap<QueueConfig, QueueRules>();

/** Compiled once for each configuration. */
function rulesOf(config: QueueConfig): QueueRules {
  const rules = compiled.get(config) ?? new QueueRules("", config);
  compiled.set(config, rules);
  return rules;
}
