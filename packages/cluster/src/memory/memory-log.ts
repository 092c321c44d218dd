import type { Clock } from "@warren/kernel";
import {
  assertLogFilter,
  assertLogSubject,
  assertRecord,
  DUPLICATE_WINDOW_MS,
  subjectMatches,
} from "../limits.ts";
import { type AppendOptions, type Log, type LogRecord, SequenceConflict } from "../log.ts";

/** A log that lives as long as its process. `closed` ends all reads. */
export class MemoryLog implements Log {
  readonly #clock: Clock;
  readonly #closed: AbortSignal;
  /** Ascending by seq; trimmed records are taken out. */
  #records: LogRecord[] = [];
  #lastSeq = 0;
  /** In order of time, so the old ones are at the front. */
  readonly #ids = new Map<string, { seq: number; atMs: number }>();
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, closed: AbortSignal) {
    this.#clock = clock;
    this.#closed = closed;
  }

  async append(
    subject: string,
    bytes: Uint8Array,
    options: AppendOptions = {},
  ): Promise<{ seq: number; duplicate: boolean }> {
    assertLogSubject(subject);
    assertRecord(bytes);
    if (this.#closed.aborted) throw new Error("the cluster is closed");
    const { id, expectLastSubjectSeq: expected } = options;
    const known = id === undefined ? undefined : this.#known(id);
    // Before the expectation, as on NATS: a repeat must find its own record, which it would else conflict with.
    if (known !== undefined) return { seq: known, duplicate: true };
    const last = expected === undefined ? undefined : (this.#last(subject)?.seq ?? 0);
    if (last !== expected) throw new SequenceConflict(`last of ${subject} is ${last}, expected ${expected}`);
    this.#lastSeq += 1;
    const seq = this.#lastSeq;
    this.#records.push({ seq, subject, timeMs: this.#clock.wallMs(), bytes: copied(bytes) });
    if (id !== undefined) this.#ids.set(id, { seq, atMs: this.#clock.monotonicMs() });
    for (const wake of [...this.#waiting]) wake();
    return { seq, duplicate: false };
  }

  async *read(options: { fromSeq: number; filter: string; signal: AbortSignal }): AsyncGenerator<LogRecord> {
    assertLogFilter(options.filter);
    const ended = AbortSignal.any([options.signal, this.#closed]);
    let next = options.fromSeq;
    while (!ended.aborted) {
      const record = this.#firstFrom(next, options.filter);
      if (record) {
        next = record.seq + 1;
        yield record;
      } else {
        next = Math.max(next, this.#lastSeq + 1);
        await this.#appended(ended);
      }
    }
  }

  async last(filter: string): Promise<LogRecord | undefined> {
    assertLogFilter(filter);
    return this.#last(filter);
  }

  /** Memory has no limit of its own. */
  async fill(): Promise<number> {
    return 0;
  }

  async trim(filter: string, belowSeq: number): Promise<void> {
    assertLogFilter(filter);
    this.#records = this.#records.filter(
      ({ seq, subject }) => seq >= belowSeq || !subjectMatches(filter, subject),
    );
  }

  #last(filter: string): LogRecord | undefined {
    return this.#records.findLast(({ subject }) => subjectMatches(filter, subject));
  }

  #firstFrom(seq: number, filter: string): LogRecord | undefined {
    for (let at = this.#indexOf(seq); at < this.#records.length; at += 1) {
      const record = this.#records[at]!;
      if (subjectMatches(filter, record.subject)) return record;
    }
    return undefined;
  }

  /** Where the first record at or after `seq` is. Readers come here for every record, so it halves. */
  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#records[middle]!.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #known(id: string): number | undefined {
    const oldestMs = this.#clock.monotonicMs() - DUPLICATE_WINDOW_MS;
    for (const [old, { atMs }] of this.#ids) {
      if (atMs > oldestMs) break;
      this.#ids.delete(old);
    }
    return this.#ids.get(id)?.seq;
  }

  #appended(ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        ended.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      ended.addEventListener("abort", wake);
    });
  }
}

/** Small ones share blocks of memory: one of its own weighs more than most records. */
function copied(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(bytes);
  return new Uint8Array(buffer, byteOffset, length);
}
