import type { ErrorCode } from "@warren/protocol";
import { CLOSE_REASON_BYTES_MAX } from "@warren/protocol/session";

const encoder = new TextEncoder();

/** `CODE: message`, cut on a character so that it fits into a close frame. */
export function closeReason(code: ErrorCode, message: string): string {
  let text = `${code}: ${message}`;
  while (encoder.encode(text).length > CLOSE_REASON_BYTES_MAX) {
    text = [...text].slice(0, -2).join("");
    text = `${text.slice(0, -1)}…`;
  }
  return text;
}
