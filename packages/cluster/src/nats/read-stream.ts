import { setTimeout as pause } from "node:timers/promises";
import {
  type ConsumerMessages,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JsMsg,
} from "@nats-io/jetstream";
import type { Link } from "./link.ts";

/**
 * Most records that are held unread; the server sends more only as they are taken. A server cuts off a client for whom
 * it holds 64 MiB, so that many of the large ones (parts of a snapshot, 300 kB) have to be fewer.
 */
const UNREAD_MAX = 150;
/** Two missed heartbeats of this length make the reader ask again, milliseconds. The server takes no less. */
const HEARTBEAT_MS = 500;
const PULL_EXPIRES_MS = 10_000;
/** Consumers of readers that vanished are removed by the server after this. */
const INACTIVE_MS = 30_000;
const RETRY_MS = 250;

export interface ReadStreamOptions {
  readonly stream: string;
  readonly filter: string;
  /** Undefined: what every subject has last, then what comes. */
  readonly fromSeq?: number;
  readonly signal: AbortSignal;
  /** Told at each (re-)start how many messages are there to come before live ones. */
  readonly onOpen?: (pending: number) => void;
}

/**
 * Messages of a stream in order, then live ones, until the signal aborts. The client's ordered consumer checks that
 * none is missing; after every lost connection, and when heartbeats stay away since the server that had it is gone, a
 * new one is made behind the last message that was taken: the client itself would first ask for the old one, and then
 * wait for its next pull to expire.
 * Throws when the stream has lost messages that were read before: what was built from them is not true any more.
 */
export async function* readStream(link: Link, options: ReadStreamOptions): AsyncGenerator<JsMsg> {
  const ended = AbortSignal.any([options.signal, link.closed]);
  let next = options.fromSeq;
  let read = 0;
  while (!ended.aborted) {
    if (!link.connected) {
      // Asking now would only wait for its timeout, long after the connection is back.
      await retryPause(ended);
      continue;
    }
    try {
      const last = await lastSeq(link, options.stream);
      if (last === undefined || last < read) throw new LostRecords(options.stream, read, last);
      const messages = await open(link, options, next);
      const stop = () => messages.stop();
      ended.addEventListener("abort", stop);
      const forget = link.onConnection(stop);
      void stopWhenSilent(messages);
      try {
        if (ended.aborted || !link.connected) stop();
        for await (const message of messages) {
          if (ended.aborted) return;
          if (message.seq <= read) continue;
          read = message.seq;
          next = read + 1;
          yield message;
        }
      } finally {
        forget();
        ended.removeEventListener("abort", stop);
        stop();
      }
    } catch (error) {
      if (error instanceof LostRecords) throw error;
      if (!ended.aborted) link.onEvent("reading failed; trying again", { stream: options.stream, error });
    }
    await retryPause(ended);
  }
}

async function stopWhenSilent(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) if (type === "heartbeats_missed") messages.stop();
}

/** A stream ends before a record that was read from it: its disk lost the end of it, or it was made anew. */
export class LostRecords extends Error {
  override readonly name = "LostRecords";

  constructor(stream: string, read: number, last: number | undefined) {
    super(
      `stream ${stream} ${last === undefined ? "is gone" : `ends at ${last}`}; ${read} was read from it before`,
    );
  }
}

/** Undefined: there is no such stream, though there was one when we connected. */
async function lastSeq(link: Link, stream: string): Promise<number | undefined> {
  try {
    return (await link.ask((jsm) => jsm.streams.info(stream), stream)).state.last_seq;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}

async function open(link: Link, { stream, filter, onOpen }: ReadStreamOptions, fromSeq: number | undefined) {
  const from =
    fromSeq === undefined
      ? { deliver_policy: DeliverPolicy.LastPerSubject }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, fromSeq) };
  const options = { filter_subjects: filter, inactive_threshold: INACTIVE_MS, ...from };
  const consumer = await link.ask((jsm) => jsm.jetstream().consumers.get(stream, options), stream);
  const { num_pending } = await consumer.info(true);
  onOpen?.(num_pending);
  return consumer.consume({
    max_messages: UNREAD_MAX,
    expires: PULL_EXPIRES_MS,
    idle_heartbeat: HEARTBEAT_MS,
  });
}

/** Resolves when it may be tried again, or when nobody wants it any more. */
export async function retryPause(ended: AbortSignal): Promise<void> {
  await pause(RETRY_MS, undefined, { signal: ended }).catch(() => {});
}
