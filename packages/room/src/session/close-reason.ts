import type { ErrorCode } from "@warren/protocol";
import { CLOSE_REASON_BYTES_MAX } from "@warren/protocol/session";

const encoder = new TextEncoder();

/** `CODE: message`, cut on a character so that it fits into a close frame. */
export function closeReason(code: ErrorCode, message: string): string {
  const text = `${code}: ${message}`;
  if (fits(text)) return text;
  const characters = [...text].slice(0, CLOSE_REASON_BYTES_MAX);
  while (!fits(`${characters.join("")}…`)) characters.pop();
  return `${characters.join("")}…`;
}

function fits(text: string): boolean {
  return encoder.encode(text).length <= CLOSE_REASON_BYTES_MAX;
}
