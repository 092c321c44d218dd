import { type AppendOptions, type Log, type LogRecord, SequenceConflict } from "@warren/cluster";
import type { Life, Scheduler } from "./scheduler.ts";

/** Ids are remembered this long, as on NATS. */
const ID_MS = 120_000;

/** The one log all replicas share. What was trimmed stays in {@link history}, for the checker. */
export class SimulatedLog {
  readonly history: LogRecord[] = [];
  readonly #scheduler: Scheduler;
  readonly #isFenced: boolean;
  readonly #rewrite: (subject: string, bytes: Uint8Array) => Uint8Array;
  /** Ascending by seq. */
  #records: LogRecord[] = [];
  readonly #lastOf = new Map<string, LogRecord>();
  readonly #ids = new Map<string, { readonly seq: number; readonly atMs: number }>();
  #readers: (() => void)[] = [];

  constructor(
    scheduler: Scheduler,
    options: { isFenced: boolean; rewrite: (subject: string, bytes: Uint8Array) => Uint8Array },
  ) {
    this.#scheduler = scheduler;
    this.#isFenced = options.isFenced;
    this.#rewrite = options.rewrite;
  }

  /** The log as one process sees it. */
  of(life: Life): Log {
    return {
      append: (subject, bytes, options = {}) =>
        this.#scheduler.call(life, () => this.#append(subject, bytes, options)),
      read: (options) => ({ [Symbol.asyncIterator]: () => this.#read(life, options) }),
      last: (filter) => this.#scheduler.call(life, () => this.#last(filter)),
      fill: async () => 0,
      trim: (filter, belowSeq) => this.#scheduler.call(life, () => this.#trim(filter, belowSeq)),
    };
  }

  #append(subject: string, sent: Uint8Array, { id, expectLastSubjectSeq: expected }: AppendOptions) {
    const { nowMs, prng } = this.#scheduler;
    const known = id === undefined ? undefined : this.#ids.get(id);
    if (known && nowMs - known.atMs < ID_MS) return { seq: known.seq, duplicate: true };
    const last = this.#lastOf.get(subject)?.seq ?? 0;
    if (this.#isFenced && expected !== undefined && expected !== last)
      throw new SequenceConflict(`last of ${subject} is ${last}, expected ${expected}`);
    const seq = this.history.length + 1;
    // The log's clock is a wall clock: it may go back.
    const timeMs = nowMs - prng.int(0, 40);
    const record = { seq, subject, timeMs, bytes: this.#rewrite(subject, sent) };
    this.history.push(record);
    this.#records.push(record);
    this.#lastOf.set(subject, record);
    if (id !== undefined) this.#ids.set(id, { seq, atMs: nowMs });
    for (const wake of this.#readers.splice(0)) wake();
    return { seq, duplicate: false };
  }

  #last(filter: string): LogRecord | undefined {
    return filter.endsWith(">") ? this.#records.at(-1) : this.#lastOf.get(filter);
  }

  #trim(filter: string, belowSeq: number): void {
    this.#records = this.#records.filter(({ seq, subject }) => seq >= belowSeq || subject !== filter);
  }

  #read(life: Life, { fromSeq, filter, signal }: Parameters<Log["read"]>[0]): AsyncIterator<LogRecord> {
    let next = fromSeq;
    /** Records that come with the one before. */
    let together = 0;
    const isMatch = filter.endsWith(">") ? () => true : (subject: string) => subject === filter;
    const take = (): LogRecord | undefined => {
      // Most readers are near the end.
      let at = this.#records.length;
      while (at > 0 && this.#records[at - 1]!.seq >= next) at--;
      for (; at < this.#records.length; at++)
        if (isMatch(this.#records[at]!.subject)) return this.#records[at];
      return undefined;
    };
    const deliver = (record: LogRecord) => {
      next = record.seq + 1;
      return { done: false as const, value: record };
    };
    return {
      next: () => {
        if (signal.aborted) return Promise.resolve({ done: true, value: undefined });
        const record = together-- > 0 ? take() : undefined;
        if (record) return Promise.resolve(deliver(record));
        return new Promise((resolve) => {
          const wait = () => {
            if (!life.isAlive) return;
            if (!take()) return void this.#readers.push(wait);
            this.#scheduler.add(life, () => {
              const record = take();
              if (!record) return wait();
              together = this.#scheduler.prng.int(0, 7);
              resolve(deliver(record));
            });
          };
          wait();
        });
      },
      return: () => Promise.resolve({ done: true, value: undefined }),
    };
  }
}
