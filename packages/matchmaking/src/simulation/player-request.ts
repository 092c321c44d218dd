import type { TicketPlayer } from "@warren/protocol/services";
import type { QueueConfig } from "../queue/queue-config.ts";

/** What a player asks to be matched by, as REST takes it. */
export interface PlayerRequest {
  readonly attributes: Readonly<Record<string, number | string | readonly string[]>>;
  readonly latencies: Readonly<Record<string, number>>;
}

/**
 * What a made-up player may say of itself: a trusted attribute has its default when only the player speaks, and a rating
 * is kept by Warren.
 */
export function playerRequest(config: QueueConfig, player: TicketPlayer): PlayerRequest {
  const own = player.attributes.flatMap(({ name, value }) => {
    if (!value || config.attributes[name]?.trusted !== false) return [];
    return [[name, value.$case === "set" ? value.value.values : value.value] as const];
  });
  return {
    attributes: Object.fromEntries(own),
    latencies: Object.fromEntries(player.latencies.map(({ region, ms }) => [region, ms])),
  };
}
