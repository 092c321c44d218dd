import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
} from "@nats-io/jetstream";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import type { OnEvent } from "../event.ts";
import { SequenceConflict } from "../log.ts";

/** How long a request to JetStream may take, milliseconds. A new leader is elected in this time or soon after. */
export const REQUEST_TIMEOUT_MS = 5_000;

const RETRY_MS = 100;

export interface PutOptions {
  readonly id?: string | undefined;
  readonly expectLastSubjectSeq?: number | undefined;
  readonly headers?: MsgHdrs;
}

/** The connection that the four ports share, and what is known about it. */
export class Link {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly cluster: string;
  readonly onEvent: OnEvent;
  readonly #closing = new AbortController();
  readonly #onConnection = new Set<() => void>();
  #connected = true;

  constructor(nc: NatsConnection, jsm: JetStreamManager, cluster: string, onEvent: OnEvent) {
    this.nc = nc;
    this.jsm = jsm;
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
   * Writes into a stream and answers when it is stored. While disconnected it rejects at once: the client would
   * take the message and could lose it without a word.
   */
  async put(
    subject: string,
    bytes: Uint8Array,
    options: PutOptions,
  ): Promise<{ seq: number; duplicate: boolean }> {
    const { id, expectLastSubjectSeq: expected, headers } = options;
    const untilMs = performance.now() + REQUEST_TIMEOUT_MS;
    for (;;) {
      if (!this.connected) throw new Error(`NATS cannot be reached; nothing was written to ${subject}`);
      try {
        const { seq, duplicate } = await this.js.publish(subject, bytes, {
          ...(id !== undefined && { msgID: id }),
          ...(expected !== undefined && { expect: { lastSubjectSequence: expected } }),
          ...(headers && { headers }),
        });
        return { seq, duplicate };
      } catch (error) {
        if (isConflict(error)) throw new SequenceConflict(`${subject}: ${error.message}`);
        // Nobody took it, since the stream has no leader right now: one is being elected.
        if (!isUnheard(error) || performance.now() > untilMs) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
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
