import { ERRORS, isErrorCode, type Retry } from "@warren/protocol";

/** What the operating system says to a generator, and what is usually behind it. */
const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Nothing listens at the address, or its backlog is full.",
  ECONNRESET: "The other side cut the connection without a close.",
  EPIPE: "The other side had closed the connection already.",
  ETIMEDOUT: "The other side did not answer at all.",
  EMFILE: "The generator has no file handles left; raise `ulimit -n`.",
  ENFILE: "The machine has no file handles left.",
  EADDRNOTAVAIL: "The generator has no local ports left.",
  ENOTFOUND: "The host name is not known.",
};

const ADVICE: Readonly<Record<Retry, string>> = {
  never: "the same request cannot succeed",
  later: "may be repeated after a pause",
  resume: "the client comes back by itself",
  reseat: "the client asks for a fresh seat",
};

/** One sentence for the one who reads a report; a code from outside of the error table is said to be one. */
export function meaningOf(code: string): string {
  if (isErrorCode(code)) return ERRORS[code].text;
  return SYSTEM[code] ?? "Not a code of Warren's error table.";
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
