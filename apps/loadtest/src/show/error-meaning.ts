import { ERRORS, isErrorCode, type Retry } from "@warren/protocol";
import type { OWN_CODES } from "../player/step-error.ts";

/** What is not in the error table, because no server says it. */
const OWN: Readonly<Record<keyof typeof OWN_CODES, string>> = {
  TIMEOUT: "No answer came in time.",
  CONNECTION: "The connection could not be had, or was lost without a close.",
  TICKET_CANCELLED: "The ticket was cancelled, though the player had not asked for it.",
  TICKET_EXPIRED: "No match was found before the ticket's time was over.",
  PROTOCOL: "An answer was not what the protocol says.",
  SCENARIO: "The scenario itself threw an error: mend it first.",
};

const ADVICE: Readonly<Record<Retry, string>> = {
  never: "The same request cannot succeed.",
  later: "It may be repeated after a pause.",
  resume: "A client comes back by itself.",
  reseat: "A client asks for a fresh seat.",
};

/** One sentence for the one who reads a report; a code from outside of the error table is said to be one. */
export function meaningOf(code: string): string {
  if (isErrorCode(code)) return ERRORS[code].text;
  return Object.hasOwn(OWN, code) ? OWN[code as keyof typeof OWN] : "Not a code of Warren's error table.";
}

/** What a client does after it. */
export function adviceOf(code: string): string | undefined {
  return isErrorCode(code) ? ADVICE[ERRORS[code].retry] : undefined;
}

/** The most frequent first. */
export function byCount(errors: Readonly<Record<string, number>>): [code: string, count: number][] {
  return Object.entries(errors)
    .filter(([, count]) => count > 0)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

export function errorsTotal(errors: Readonly<Record<string, number>>): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}
