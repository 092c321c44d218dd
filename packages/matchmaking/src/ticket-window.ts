import type { QueueConfig, Step } from "./queue-config.ts";
import type { Ticket } from "./ticket.ts";

/** How far from the ticket another may be to be matched with it, by what its own age allows. */
export interface TicketWindow {
  /** In the unit of the queue's skill; absent: skill does not matter. */
  readonly skill?: number;
  /** Of the region, ms; absent: regions do not matter. */
  readonly latencyMs?: number;
}

export function ticketWindow(config: QueueConfig, ticket: Ticket, nowMs: number): TicketWindow {
  const ageMs = Math.max(0, nowMs - ticket.postedAtMs);
  const { skill, latency } = config;
  return {
    ...(skill
      ? {
          skill:
            valueAt(skill.windows, ageMs, skill.interpolate) +
            skill.sigma * ticketSkill(config, ticket).sigma,
        }
      : {}),
    ...(latency ? { latencyMs: valueAt(latency.maxMs, ageMs, "step") } : {}),
  };
}

/** Mean of the players' skill and the mean of their uncertainty; 0 where the queue has no skill. */
export function ticketSkill(config: QueueConfig, ticket: Ticket): { mean: number; sigma: number } {
  const { skill, rating } = config;
  if (!skill) return { mean: 0, sigma: 0 };
  const rule = config.attributes[skill.attribute];
  const fallback = rule?.type === "number" ? rule.default : rating?.name === skill.attribute ? rating.mu : 0;
  let mean = 0;
  let sigma = 0;
  for (const { attributes } of ticket.players) {
    const found = attributes.find(({ name }) => name === skill.attribute);
    mean += typeof found?.value === "number" ? found.value : fallback;
    sigma += found?.sigma ?? 0;
  }
  return { mean: mean / ticket.players.length, sigma: sigma / ticket.players.length };
}

function valueAt(steps: readonly Step[], ageMs: number, between: "step" | "linear"): number {
  const next = steps.findIndex(({ atMs }) => atMs > ageMs);
  const before = steps[next < 0 ? steps.length - 1 : next - 1];
  if (!before) return 0;
  const after = next < 0 ? undefined : steps[next];
  if (!after || between === "step") return before.value;
  return before.value + ((ageMs - before.atMs) / (after.atMs - before.atMs)) * (after.value - before.value);
}
