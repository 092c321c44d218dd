/** One record of a log, in the one order all readers see. */
export interface LogRecord {
  /** Position, from 1; higher is later. Gaps are allowed. */
  readonly seq: number;
  readonly subject: string;
  /** When the log took it, by the log's own clock, milliseconds. */
  readonly timeMs: number;
  readonly bytes: Uint8Array;
}

export interface AppendOptions {
  /** Two appends with one id within two minutes make one record; the second answers `duplicate`. */
  readonly id?: string;
  /** Fails with {@link SequenceConflict} unless this is the seq of the subject's last record (0: none). */
  readonly expectLastSubjectSeq?: number;
}

/** Somebody else appended to the subject first. */
export class SequenceConflict extends Error {
  override readonly name = "SequenceConflict";
}

/** An ordered log of records on subjects (`mm.main.d`). A full log refuses; it never forgets. */
export interface Log {
  /**
   * Appends durably. Rejects with {@link SequenceConflict}, or with any other error when the outcome is unknown
   * (then look for the record, or repeat with the same id).
   */
  append(
    subject: string,
    bytes: Uint8Array,
    options?: AppendOptions,
  ): Promise<{ seq: number; duplicate: boolean }>;
  /**
   * Every record from `fromSeq` on that matches `filter` (`*` one token, `>` the rest), then live ones, in order,
   * without gaps, until `signal` aborts. Survives reconnects. At most some thousand records are held unread.
   */
  read(options: { fromSeq: number; filter: string; signal: AbortSignal }): AsyncIterable<LogRecord>;
  /** The last record that matches, or undefined. A read after it sees everything appended before the call. */
  last(filter: string): Promise<LogRecord | undefined>;
  /** How full it is, 0 to 1: at 1 it refuses. */
  fill(): Promise<number>;
  /** Forgets records below `belowSeq` that match. The last record of a subject that is fenced must stay: filter it out. */
  trim(filter: string, belowSeq: number): Promise<void>;
}
