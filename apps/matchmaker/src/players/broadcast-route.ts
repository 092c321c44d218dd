import { randomUUID } from "node:crypto";
import { InputError } from "@warren/kernel";
import { checkedMessage } from "@warren/protocol";
import type { PlayerTeller } from "./player-teller.ts";

/** `{ topic, data }` → `{ messageId }`: everyone who is connected to a room is told. */
export function broadcastRoute(teller: PlayerTeller): (body: unknown) => { messageId: string } {
  return (body) => {
    if (typeof body !== "object" || body === null) throw new InputError("body", body, "{ topic, data }");
    const { topic, data, ...more } = body as Record<string, unknown>;
    const [other] = Object.keys(more);
    if (other !== undefined) throw new InputError(other, more[other], "topic, data");
    const messageId = randomUUID();
    teller.broadcast(checkedMessage(messageId, topic as string, data));
    return { messageId };
  };
}
