import { assert } from "@warren/kernel";

/** Largest record of a log or message of the bus, bytes. Below nats-server's default `max_payload` of 1 MiB, which counts headers too. */
export const RECORD_BYTES_MAX = 1_000_000;
/** Largest value of a lease or directory entry, bytes. */
export const VALUE_BYTES_MAX = 65_536;
/** Longest key or subject as callers write it, characters. */
export const NAME_CHARS_MAX = 200;
/** How long a log remembers the ids of appends, milliseconds. */
export const DUPLICATE_WINDOW_MS = 120_000;

const SUBJECT = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
/** Keys may have capitals too: join codes do. */
const KEY = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const FILTER = /^[a-z0-9_-]+(\.([a-z0-9_-]+|\*))*(\.>)?$/;

/**
 * First tokens of what is kept in a log. A subject below one of them is never for the bus,
 * else a message that nobody meant to keep would be a record.
 */
const LOG_ROOTS = ["mm"] as const;
export type LogRoot = (typeof LOG_ROOTS)[number];

export function assertLogSubject(subject: string): LogRoot {
  assertSubject(subject);
  return logRoot(subject);
}

export function assertLogFilter(filter: string): LogRoot {
  assertFilter(filter);
  return logRoot(filter);
}

export function assertBusSubject(subject: string): void {
  assertSubject(subject);
  assertOffLog(subject);
}

export function assertBusFilter(filter: string): void {
  assertFilter(filter);
  assertOffLog(filter);
}

export function assertKey(key: string): void {
  assert(
    KEY.test(key) && key.length <= NAME_CHARS_MAX,
    `key ${JSON.stringify(key)} is not 1 to ${NAME_CHARS_MAX} characters of A-Z a-z 0-9 _ - with single dots between`,
  );
}

export function assertRecord(bytes: Uint8Array): void {
  assert(bytes.length <= RECORD_BYTES_MAX, `a record has ${bytes.length} bytes; at most ${RECORD_BYTES_MAX}`);
}

export function assertValue(value: Uint8Array): void {
  assert(value.length <= VALUE_BYTES_MAX, `a value has ${value.length} bytes; at most ${VALUE_BYTES_MAX}`);
}

/** Whether `filter` (`*` one token, `>` the rest, at least one) takes `subject`. */
export function subjectMatches(filter: string, subject: string): boolean {
  // As nearly all are.
  if (!filter.includes("*") && filter !== ">")
    return filter.endsWith(".>") ? subject.startsWith(filter.slice(0, -1)) : subject === filter;
  const wanted = filter.split(".");
  const tokens = subject.split(".");
  if (wanted.at(-1) === ">") {
    wanted.pop();
    if (tokens.length <= wanted.length) return false;
  } else if (tokens.length !== wanted.length) return false;
  return wanted.every((token, at) => token === "*" || token === tokens[at]);
}

function assertSubject(subject: string): void {
  assert(
    SUBJECT.test(subject) && subject.length <= NAME_CHARS_MAX,
    `subject ${JSON.stringify(subject)} is not 1 to ${NAME_CHARS_MAX} characters of a-z 0-9 _ - with single dots between`,
  );
}

function assertFilter(filter: string): void {
  assert(
    FILTER.test(filter) && filter.length <= NAME_CHARS_MAX,
    `filter ${JSON.stringify(filter)} is not tokens of a-z 0-9 _ - or *, the first without *, the last perhaps >`,
  );
}

function logRoot(subject: string): LogRoot {
  const first = subject.slice(0, `${subject}.`.indexOf("."));
  const root = LOG_ROOTS.find((known) => known === first);
  assert(
    root,
    `no log keeps ${JSON.stringify(subject)}; the first token must be one of: ${LOG_ROOTS.join(", ")}`,
  );
  return root;
}

function assertOffLog(subject: string): void {
  const root = LOG_ROOTS.find((known) => subject === known || subject.startsWith(`${known}.`));
  assert(!root, `${JSON.stringify(subject)} is a log's subject, not the bus's`);
}
