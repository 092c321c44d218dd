import { expect } from "vitest";
import type { Log, LogRecord } from "../log.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const bytesOf = (text: string) => encoder.encode(text);
export const textOf = (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes);

/** Polls until `check` no longer throws. `why` says what is waited for. */
export function eventually(
  why: string,
  check: () => void | Promise<void>,
  timeoutMs = 10_000,
): Promise<void> {
  return expect
    .poll(async () => await passes(check), { timeout: timeoutMs, interval: 20, message: why })
    .toBe("ok");
}

async function passes(check: () => void | Promise<void>): Promise<string> {
  try {
    await check();
    return "ok";
  } catch (error) {
    return String(error);
  }
}

/** Reads in the background until the test ends it. */
export function collect(log: Log, filter: string, fromSeq = 1) {
  const records: LogRecord[] = [];
  const stopping = new AbortController();
  const ended = (async () => {
    for await (const record of log.read({ fromSeq, filter, signal: stopping.signal })) records.push(record);
  })();
  return {
    records,
    ended,
    texts: () => records.map(({ bytes }) => textOf(bytes)),
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}
