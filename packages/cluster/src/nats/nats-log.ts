import { millis } from "@nats-io/transport-node";
import { assertLogFilter, assertLogSubject, assertRecord } from "../limits.ts";
import type { AppendOptions, Log, LogRecord } from "../log.ts";
import { lastMessage } from "./last-message.ts";
import type { Link } from "./link.ts";
import { readStream } from "./read-stream.ts";
import { logStream, subjectPrefix } from "./streams.ts";

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
    return this.#link.put(this.#prefix + subject, bytes, { id, expectLastSubjectSeq });
  }

  async *read(options: { fromSeq: number; filter: string; signal: AbortSignal }): AsyncGenerator<LogRecord> {
    const stream = this.#streamOf(options.filter);
    const { fromSeq, signal } = options;
    const messages = readStream(this.#link, { stream, filter: this.#prefix + options.filter, fromSeq, signal });
    for await (const { seq, subject, info, data } of messages) {
      yield { seq, subject: subject.slice(this.#prefix.length), timeMs: millis(info.timestampNanos), bytes: data };
    }
  }

  async last(filter: string): Promise<LogRecord | undefined> {
    const message = await lastMessage(this.#link, this.#streamOf(filter), this.#prefix + filter);
    if (!message) return undefined;
    const { seq, subject, timestamp, data } = message;
    return { seq, subject: subject.slice(this.#prefix.length), timeMs: Date.parse(timestamp), bytes: data };
  }

  async trim(filter: string, belowSeq: number): Promise<void> {
    const stream = this.#streamOf(filter);
    // To the server, 0 is no bound at all.
    if (belowSeq > 1) await this.#link.jsm.streams.purge(stream, { filter: this.#prefix + filter, seq: belowSeq });
  }

  #streamOf(filter: string): string {
    return logStream(this.#link.cluster, assertLogFilter(filter));
  }
}
