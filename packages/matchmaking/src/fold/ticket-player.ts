import type { PlayerId } from "@warren/kernel";
import type { Attribute as PostedAttribute, TicketPlayer as PostedPlayer } from "@warren/protocol/services";
import { onePlayer } from "./one-of-a-kind.ts";
import type { Attribute, TicketPlayer } from "./ticket.ts";

/** A player of a record as the fold keeps it. */
export function ticketPlayerOf({ playerId, joinJson, attributes, latencies }: PostedPlayer): TicketPlayer {
  return onePlayer({
    id: playerId as PlayerId,
    joinJson,
    attributes: attributes.map(({ name, value, sigma }) => ({
      name,
      value: heldValue(value),
      sigma: finite(sigma),
    })),
    latencies,
  });
}

function heldValue(value: PostedAttribute["value"]): Attribute["value"] {
  switch (value?.$case) {
    case "text":
      return value.value;
    case "set":
      return value.value.values;
    default:
      return finite(value?.value ?? 0);
  }
}

/** A snapshot is JSON, which has no other numbers: a fold must not differ from what is restored of it. */
export function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
