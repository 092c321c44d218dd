import { setTimeout as pause } from "node:timers/promises";
import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
} from "@nats-io/jetstream";
import { type MsgHdrs, type NatsConnection, TimeoutError } from "@nats-io/transport-node";
import type { OnEvent } from "../event.ts";
import { SequenceConflict } from "../log.ts";

/** How long one request to JetStream may take, milliseconds. */
export const REQUEST_TIMEOUT_MS = 5_000;
/** How long one is tried again in all, milliseconds: servers call an election after 4 to 9 s without a leader. */
const ANSWER_TIMEOUT_MS = 9_000;

/** A try that is not answered in this time is made again: whoever had it is gone, and another leads. Milliseconds. */
export const TRY_TIMEOUT_MS = 1_500;
const RETRY_MS = 100;
/** "JetStream system temporarily unavailable": no leader of the cluster, or of the stream. */
const TEMPORARILY_UNAVAILABLE = 10_008;
/** "duplicate message id is in process": an earlier try, or another's write of the same, is on its way to the replicas. */
const ID_IN_PROCESS = 10_158;
/** How long requests wait for a lost connection, milliseconds. */
const RECONNECT_GRACE_MS = 2_000;

export interface PutOptions {
  readonly id?: string | undefined;
  readonly expectLastSubjectSeq?: number | undefined;
  readonly headers?: MsgHdrs;
}

/**
 * The client flushes what it has before it closes a connection that is stale. When that is more than the kernel takes,
 * it waits until TCP gives up, a quarter of an hour, and thinks that it is connected: no other server is tried.
 */
function dropSocket(nc: NatsConnection): void {
  // Not public, so it may be missing one day.
  const { protocol } = nc as unknown as { protocol?: { transport?: { socket?: { destroy(): void } } } };
  protocol?.transport?.socket?.destroy();
}

/** The connection that the four ports share, and what is known about it. */
export class Link {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly cluster: string;
  readonly onEvent: OnEvent;
  /** With timeouts of {@link TRY_TIMEOUT_MS}. */
  readonly #questions: JetStreamManager;
  readonly #closing = new AbortController();
  readonly #onConnection = new Set<() => void>();
  #connected = true;

  constructor(
    nc: NatsConnection,
    jsm: JetStreamManager,
    questions: JetStreamManager,
    cluster: string,
    onEvent: OnEvent,
  ) {
    this.nc = nc;
    this.jsm = jsm;
    this.#questions = questions;
    this.js = jsm.jetstream();
    this.cluster = cluster;
    this.onEvent = onEvent;
    void this.#follow();
  }

  get connected(): boolean {
    return this.#connected && !this.closed.aborted;
  }

  /** Aborts when the cluster is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Calls `fn` whenever the connection is lost, found again or closed. The result ends it. */
  onConnection(fn: () => void): () => void {
    this.#onConnection.add(fn);
    return () => this.#onConnection.delete(fn);
  }

  /**
   * Writes into a stream and answers when it is stored. What a repeat cannot double, since it has an id or an
   * expectation, is tried again while servers restart and elect; throws {@link UnsureConflict} when an earlier try may be
   * what it conflicts with. While disconnected for longer it rejects: the client would take the message and could lose
   * it without a word.
   */
  async put(
    subject: string,
    bytes: Uint8Array,
    options: PutOptions,
  ): Promise<{ seq: number; duplicate: boolean }> {
    const { id, expectLastSubjectSeq: expected, headers } = options;
    const isRepeatable = id !== undefined || expected !== undefined;
    let isUnsure = false;
    const write = async (timeout: number) => {
      try {
        const { seq, duplicate } = await this.js.publish(subject, bytes, {
          timeout: isRepeatable ? timeout : REQUEST_TIMEOUT_MS,
          ...(id !== undefined && { msgID: id }),
          ...(expected !== undefined && { expect: { lastSubjectSequence: expected } }),
          ...(headers && { headers }),
        });
        return { seq, duplicate };
      } catch (error) {
        if (isConflict(error)) {
          if (!isUnsure) throw new SequenceConflict(`${subject}: ${error.message}`);
          // The earlier try may still be on its way to the other servers; soon it is stored or it is not.
          throw error.code === JetStreamApiCodes.StreamWrongLastSequence
            ? new UnsureConflict(`${subject}: ${error.message}`)
            : new Unanswered(error);
        }
        if (isUnheard(error)) throw new Unanswered(error);
        if (!isRepeatable || !isUndecided(error)) throw error;
        isUnsure = true;
        throw new Unanswered(error);
      }
    };
    return this.#untilAnswered(write, subject);
  }

  /** What JetStream answers to a question that changes nothing: asked again while servers restart and elect. */
  ask<T>(question: (jsm: JetStreamManager) => Promise<T>, about: string): Promise<T> {
    return this.#untilAnswered(async () => {
      try {
        return await question(this.#questions);
      } catch (error) {
        throw isUnheard(error) || isUndecided(error) ? new Unanswered(error) : error;
      }
    }, about);
  }

  /** Tries again after every {@link Unanswered}, for {@link ANSWER_TIMEOUT_MS} in all. Told of once: elections take seconds. */
  async #untilAnswered<T>(tryOnce: (timeoutMs: number) => Promise<T>, about: string): Promise<T> {
    const untilMs = performance.now() + ANSWER_TIMEOUT_MS;
    for (let tries = 1; ; tries++) {
      if (!(await this.#connectedSoon()))
        throw new Error(`NATS cannot be reached; ${about} was not asked for`);
      try {
        return await tryOnce(Math.max(1, Math.min(TRY_TIMEOUT_MS, untilMs - performance.now())));
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        if (performance.now() + RETRY_MS > untilMs) throw error.cause;
        if (tries === 1) this.onEvent("nats asked again", { about, why: String(error.cause) });
      }
      await pause(RETRY_MS);
    }
  }

  /** False when the connection is not back in the time one takes that another server of the cluster gives. */
  async #connectedSoon(): Promise<boolean> {
    if (this.connected || this.closed.aborted) return this.connected;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        forget();
        resolve();
      };
      const timer = setTimeout(done, RECONNECT_GRACE_MS);
      const forget = this.onConnection(done);
    });
    return this.connected;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#tell();
    this.#onConnection.clear();
    await this.nc.close();
  }

  async #follow(): Promise<void> {
    for await (const { type, ...detail } of this.nc.status()) {
      if (type === "ping") continue;
      if (type === "staleConnection") dropSocket(this.nc);
      if (type === "disconnect") this.#connected = false;
      if (type === "reconnect") this.#connected = true;
      if (!this.closed.aborted) this.onEvent(`nats ${type}`, detail);
      if (type === "disconnect" || type === "reconnect") this.#tell();
    }
    this.#connected = false;
  }

  #tell(): void {
    for (const fn of [...this.#onConnection]) fn();
  }
}

/** A conflict that may be with an earlier try of the same write: look whose it is. */
export class UnsureConflict extends SequenceConflict {}

/** Worth another try. `cause` is what the client made of it. */
class Unanswered extends Error {
  constructor(cause: unknown) {
    super("unanswered", { cause });
  }
}

/** Nobody answered, or a server that knew of no leader or no end; whether it was done is not known. */
function isUndecided(error: unknown): boolean {
  return (
    error instanceof TimeoutError ||
    (error instanceof JetStreamApiError &&
      (error.code === TEMPORARILY_UNAVAILABLE || error.code === ID_IN_PROCESS))
  );
}

/** The client calls it so when nobody answered for the stream; it does not export the class. */
export function isUnheard(error: unknown): boolean {
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}

/** The second code is of a race with a write that is still on its way to the replicas. */
function isConflict(error: unknown): error is JetStreamApiError {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
