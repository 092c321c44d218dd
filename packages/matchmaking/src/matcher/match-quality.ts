import type { Candidate } from "./candidate.ts";
import type { QueueRules } from "./queue-rules.ts";

const WEIGHTS = { balance: 0.5, spread: 0.3, latency: 0.2 };

/**
 * How good a match is by the queue's weights, 0 to 1: how alike its teams are and how near its tickets, each against the
 * widest of their windows, and how far the region is against what they accept. What the queue has no rule for does not count.
 */
export function matchQuality(
  { config }: QueueRules,
  members: readonly Candidate[],
  { apart, spread, worstMs }: { readonly apart: number; readonly spread: number; readonly worstMs: number },
): number {
  const weights = config.quality?.weights ?? WEIGHTS;
  let window = 0;
  let allowedMs = 0;
  for (const member of members) {
    if (member.window > window) window = member.window;
    if (member.allowedMs > allowedMs) allowedMs = member.allowedMs;
  }
  let sum = 0;
  let weight = 0;
  const count = (value: number, of: number) => {
    sum += value * of;
    weight += of;
  };
  if (config.skill && config.teams.count > 1) count(share(apart, window), weights.balance);
  if (config.skill) count(share(spread, window), weights.spread);
  if (config.latency) count(share(worstMs, allowedMs), weights.latency);
  return weight > 0 ? sum / weight : 1;
}

/** 1: nothing of what is allowed was needed; 0: all of it. */
function share(used: number, allowed: number): number {
  if (used <= 0) return 1;
  return allowed > 0 ? Math.max(0, 1 - used / allowed) : 0;
}
