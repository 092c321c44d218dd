import type { PlayerId } from "@warren/kernel";
import type { TicketPlayer as PostedPlayer } from "@warren/protocol/services";
import { onePlayer } from "./one-of-a-kind.ts";
import type { TicketPlayer } from "./ticket.ts";

/** A player of a record as the fold keeps it. */
export function ticketPlayerOf({ playerId, joinJson, attributes, latencies }: PostedPlayer): TicketPlayer {
  return onePlayer({
    id: playerId as PlayerId,
    joinJson,
    attributes: attributes.map(({ name, value, sigma }) => ({
      name,
      value: value === undefined ? 0 : value.$case === "set" ? value.value.values : value.value,
      sigma,
    })),
    latencies,
  });
}
