import type { MessageFrame } from "@warren/protocol/session";

/** The part of a room that messages come by; a ClientRoom is one. */
interface MessageSource {
  /** @internal */
  readonly onMessage: Set<(message: MessageFrame) => void>;
}

/**
 * Calls `listener` for every message to the player from outside of the room: from a backend, another room, or the
 * operator. What was sent while the player had no connection does not come. A page with two rooms open gets it in both, with
 * the same `messageId`. The result takes the listener off again.
 */
export function onMessage(
  room: MessageSource,
  listener: (topic: string, data: unknown, messageId: string) => void,
): () => void {
  const tell = ({ topic, data, messageId }: MessageFrame) => listener(topic, JSON.parse(data), messageId);
  room.onMessage.add(tell);
  return () => void room.onMessage.delete(tell);
}
