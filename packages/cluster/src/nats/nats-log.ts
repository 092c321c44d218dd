import { millis, nuid } from "@nats-io/transport-node";
import { assertLogFilter, assertLogSubject, assertRecord, type LogRoot } from "../limits.ts";
import { type AppendOptions, type Log, type LogRecord, SequenceConflict } from "../log.ts";
import { type Link, UnsureConflict } from "./link.ts";
import { readStream } from "./read-stream.ts";
import { storedMessage } from "./stored-message.ts";
import { logStream, subjectPrefix } from "./streams.ts";

const LOG: LogRoot = "mm";
const MESSAGE_ID = "Nats-Msg-Id";

/** The logs, each a stream of JetStream. */
export class NatsLog implements Log {
  readonly #link: Link;
  readonly #prefix: string;

  constructor(link: Link) {
    this.#link = link;
    this.#prefix = subjectPrefix(link.cluster);
  }

  async append(
    subject: string,
    bytes: Uint8Array,
    { id, expectLastSubjectSeq }: AppendOptions = {},
  ): Promise<{ seq: number; duplicate: boolean }> {
    assertLogSubject(subject);
    assertRecord(bytes);
    // With an id of our own at least, a try that nobody answered can be made again.
    const ownId = id ?? nuid.next();
    try {
      const put = { id: ownId, expectLastSubjectSeq };
      const { seq, duplicate } = await this.#link.put(this.#prefix + subject, bytes, put);
      return { seq, duplicate: duplicate && id !== undefined };
    } catch (error) {
      // The server looks at the expectation before the id, so a repeat conflicts with its own record.
      const mayBeOwn = id !== undefined || error instanceof UnsureConflict;
      if (!(error instanceof SequenceConflict) || !mayBeOwn) throw error;
      const seq = await this.#ownRecord(subject, ownId, expectLastSubjectSeq ?? 0);
      if (seq === undefined) throw error;
      return { seq, duplicate: id !== undefined };
    }
  }

  async *read(options: { fromSeq: number; filter: string; signal: AbortSignal }): AsyncGenerator<LogRecord> {
    const stream = this.#streamOf(options.filter);
    const { fromSeq, signal } = options;
    const messages = readStream(this.#link, {
      stream,
      filter: this.#prefix + options.filter,
      fromSeq,
      signal,
    });
    for await (const { seq, subject, info, data } of messages) {
      yield {
        seq,
        subject: subject.slice(this.#prefix.length),
        timeMs: millis(info.timestampNanos),
        bytes: data,
      };
    }
  }

  async last(filter: string): Promise<LogRecord | undefined> {
    const message = await storedMessage(this.#link, this.#streamOf(filter), {
      last_by_subj: this.#prefix + filter,
    });
    if (!message) return undefined;
    const { seq, subject, timestamp, data } = message;
    return { seq, subject: subject.slice(this.#prefix.length), timeMs: Date.parse(timestamp), bytes: data };
  }

  async fill(): Promise<number> {
    const { state, config } = await this.#link.jsm.streams.info(logStream(this.#link.cluster, LOG));
    return config.max_bytes > 0 ? Math.min(1, state.bytes / config.max_bytes) : 0;
  }

  async trim(filter: string, belowSeq: number): Promise<void> {
    const stream = this.#streamOf(filter);
    // To the server, 0 is no bound at all.
    if (belowSeq > 1)
      await this.#link.jsm.streams.purge(stream, { filter: this.#prefix + filter, seq: belowSeq });
  }

  /** A record that took its place behind `expected` is the subject's next one: it is the append with this id or it is not. */
  async #ownRecord(subject: string, id: string, expected: number): Promise<number | undefined> {
    const stream = this.#streamOf(subject);
    const next = await storedMessage(this.#link, stream, {
      seq: expected + 1,
      next_by_subj: this.#prefix + subject,
    });
    return next?.header.get(MESSAGE_ID) === id ? next.seq : undefined;
  }

  #streamOf(filter: string): string {
    return logStream(this.#link.cluster, assertLogFilter(filter));
  }
}
