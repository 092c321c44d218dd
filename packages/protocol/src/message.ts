import { InputError } from "@warren/kernel";

/** Longest id of a message, characters. */
export const MESSAGE_ID_CHARS_MAX = 64;
/** Longest topic of a message, characters. */
export const MESSAGE_TOPIC_CHARS_MAX = 64;
/** What a message may carry, bytes of its JSON. */
export const MESSAGE_DATA_BYTES_MAX = 8 * 1024;

/** Something for a player that is not of the player's room: from a backend, from another room, from the operator. */
export interface Message {
  /** Two with one id are the same message. */
  readonly messageId: string;
  /** What it is about. */
  readonly topic: string;
  /** JSON. */
  readonly data: string;
}

/** A message of plain data. Throws InputError for a text that is empty or too long, and data that is no JSON or too large. */
export function checkedMessage(messageId: string, topic: string, data: unknown, field = ""): Message {
  checkText(`${field}messageId`, messageId, MESSAGE_ID_CHARS_MAX);
  checkText(`${field}topic`, topic, MESSAGE_TOPIC_CHARS_MAX);
  const json = jsonOf(data);
  if (json === undefined) throw new InputError(`${field}data`, data, "plain JSON");
  const bytes = new TextEncoder().encode(json).length;
  if (bytes > MESSAGE_DATA_BYTES_MAX)
    throw new InputError(`${field}data`, `${bytes} bytes of JSON`, `at most ${MESSAGE_DATA_BYTES_MAX}`);
  return { messageId, topic, data: json };
}

function checkText(field: string, text: unknown, charsMax: number): void {
  if (typeof text === "string" && text.length > 0 && text.length <= charsMax) return;
  throw new InputError(field, text, `1 to ${charsMax} characters`);
}

function jsonOf(data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch {
    // A circle, or a bigint.
    return undefined;
  }
}
