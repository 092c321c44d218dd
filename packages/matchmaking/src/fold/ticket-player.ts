import type { PlayerId } from "@warren/kernel";
import type { Attribute as PostedAttribute, TicketPlayer as PostedPlayer } from "@warren/protocol/services";
import { oneAttributes, oneLatencies, oneWord } from "./one-of-a-kind.ts";
import type { Attribute, TicketPlayer } from "./ticket.ts";

/** A player of a record as the fold keeps it. */
export function ticketPlayerOf({ playerId, joinJson, attributes, latencies }: PostedPlayer): TicketPlayer {
  return heldPlayer(playerId as PlayerId, joinJson, attributes.map(heldAttribute), latencies);
}

/** In little memory. */
export function heldPlayer(
  id: PlayerId,
  joinJson: string,
  attributes: TicketPlayer["attributes"],
  latencies: TicketPlayer["latencies"],
): TicketPlayer {
  return {
    id,
    joinJson: joinJson.length <= 2 ? oneWord(joinJson) : joinJson,
    attributes: oneAttributes(attributes),
    latencies: oneLatencies(latencies),
  };
}

function heldAttribute({ name, value, sigma }: PostedAttribute): Attribute {
  return { name, value: heldValue(value), sigma: finite(sigma) };
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

/** A snapshot is JSON, which has no other numbers, nor a negative zero: a fold must not differ from what is restored of it. */
export function finite(value: number): number {
  return Number.isFinite(value) ? value + 0 : 0;
}
