import type { Clock, NodeId, PlayerId } from "@warren/kernel";
import type { Message } from "@warren/protocol";
import { MessageOutcome, PlayerMessage, PlayerMessageAnswer } from "@warren/protocol/services";
import { type Bus, NoAnswer } from "../bus.ts";
import type { PlayerNodes } from "./player-nodes.ts";

/** How long one node may take to answer. */
export const TELL_ANSWER_MS = 500;
/** How long a message is tried in all. */
export const TELL_MS_MAX = 2_000;
/** Between two tries of what nobody answered. */
export const TELL_PAUSE_MS = 200;

/** `offline`: the player has no session with a socket. `unknown`: not everyone could be asked; the same id may be tried again. */
export type Told = "delivered" | "offline" | "unknown";

export interface TellWays {
  readonly bus: Bus;
  readonly players: PlayerNodes;
  readonly clock: Clock;
  /** The node that asks, which is told without a detour: answers whether a session with a socket has it. */
  readonly here?: { readonly nodeId: NodeId; deliver(player: PlayerId, message: Message): boolean };
}

/** Subject a node is told messages on. */
export const messageSubject = (node: NodeId) => `node.${node}.message`;
/** Subject every node is told messages for everyone on. */
export const BROADCAST_SUBJECT = "broadcast";

/**
 * Brings a message to all sessions of a player, wherever they are; delivered when any node says so. Presence is asked
 * once more when nobody has the player, and nodes that do not answer are asked again: sessions know the id.
 */
export async function tellPlayer(ways: TellWays, player: PlayerId, message: Message): Promise<Told> {
  const { players, clock, here } = ways;
  const endMs = clock.monotonicMs() + TELL_MS_MAX;
  const request = PlayerMessage.encode({
    playerId: player,
    messageId: message.messageId,
    topic: message.topic,
    dataJson: message.data,
  }).finish();
  const elsewhere = async (read: Promise<NodeId[]>) => (await read).filter((node) => node !== here?.nodeId);

  const isHere = here?.deliver(player, message) ?? false;
  let isRefreshed = false;
  let unanswered: NodeId[] | undefined;
  for (;;) {
    try {
      const nodes = unanswered ?? (await elsewhere(players.of(player)));
      const outcomes = await Promise.all(nodes.map((node) => ask(ways, node, request, endMs)));
      if (isHere || outcomes.includes("OK")) return "delivered";
      unanswered = nodes.filter((_, i) => outcomes[i] === undefined);
      if (!isRefreshed) {
        isRefreshed = true;
        unanswered = await elsewhere(players.refreshed(player));
        if (unanswered.length > 0) continue;
      }
      if (unanswered.length === 0) return "offline";
    } catch {
      // The directory cannot be reached.
      if (isHere) return "delivered";
      unanswered = undefined;
    }
    if (clock.monotonicMs() + TELL_PAUSE_MS >= endMs) return "unknown";
    await new Promise<void>((resolve) => clock.after(TELL_PAUSE_MS, resolve));
  }
}

/** Undefined: no answer. */
async function ask(
  { bus, clock }: TellWays,
  node: NodeId,
  request: Uint8Array,
  endMs: number,
): Promise<"OK" | "NOT_HERE" | undefined> {
  const timeoutMs = Math.max(1, Math.min(TELL_ANSWER_MS, endMs - clock.monotonicMs()));
  try {
    const answer = await bus.request(messageSubject(node), request, timeoutMs);
    const { outcome } = PlayerMessageAnswer.decode(answer);
    if (outcome === MessageOutcome.OK) return "OK";
    return outcome === MessageOutcome.NOT_HERE ? "NOT_HERE" : undefined;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}
