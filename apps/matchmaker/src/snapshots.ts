import type { Log } from "@warren/cluster";
import { decodeFold, encodeFold, Fold } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { SnapshotPart } from "@warren/protocol/services";

/** A snapshot is due after this many records, or this long after the last if there was anything new. */
const SNAPSHOT_RECORDS = 50_000;
const SNAPSHOT_MS = 60_000;
/** One that could not be written is not tried again at once: making it costs time that matching needs. */
const RETRY_MS = 5_000;
/** Fewer records are no reason for one. */
const SNAPSHOT_NEWS_MIN = 100;
const PART_BYTES_MAX = 900_000;

/** A snapshot in the log: the place of the last record in it, and of its own first part. */
interface Kept {
  readonly seq: number;
  readonly firstPartSeq: number;
}

/**
 * Snapshots of a domain's fold, so that the log can be trimmed and a replica starts quickly. The decider writes them;
 * everything below the last but one is forgotten, so a replica that is reading the last one is never cut off.
 */
export class Snapshots {
  readonly subject: string;
  readonly #log: Log;
  /** Complete snapshots as they came by, oldest first; at most two. */
  #kept: Kept[] = [];
  #collecting: { seq: number; firstPartSeq: number; parts: Uint8Array[] } | undefined;
  #writtenAtMs: number | undefined;

  constructor(log: Log, domain: string) {
    this.#log = log;
    this.subject = `mm.${domain}.s`;
  }

  /** The fold of the last complete snapshot, or an empty one. */
  async load(): Promise<Fold> {
    let fold = new Fold();
    const last = await this.#log.last(this.subject);
    if (!last) return fold;
    const reading = new AbortController();
    for await (const { seq, bytes } of this.#log.read({
      fromSeq: 1,
      filter: this.subject,
      signal: reading.signal,
    })) {
      const whole = this.passing(seq, bytes);
      if (whole) fold = decodeFold(whole);
      if (seq >= last.seq) break;
    }
    reading.abort();
    return fold;
  }

  /** A part came by in the log; answers the whole snapshot with its last part. */
  passing(seq: number, bytes: Uint8Array): Uint8Array | undefined {
    const part = SnapshotPart.decode(bytes);
    const foldSeq = Number(part.seq);
    if (part.part === 0) this.#collecting = { seq: foldSeq, firstPartSeq: seq, parts: [] };
    const collecting = this.#collecting;
    // Parts of two deciders do not mix: whoever lost leaves an incomplete one behind.
    if (collecting?.seq !== foldSeq || collecting.parts.length !== part.part || part.version > RECORD_VERSION)
      return undefined;
    collecting.parts.push(part.state);
    if (collecting.parts.length < part.parts) return undefined;
    this.#collecting = undefined;
    // One that was loaded at the start comes by again when the log is followed.
    const others = this.#kept.filter((kept) => kept.seq !== foldSeq);
    this.#kept = [...others, { seq: foldSeq, firstPartSeq: collecting.firstPartSeq }].slice(-2);
    return Buffer.concat(collecting.parts);
  }

  isDue(fold: Fold, nowMs: number): boolean {
    this.#writtenAtMs ??= nowMs;
    const news = fold.seq - (this.#kept.at(-1)?.seq ?? 0);
    if (news >= SNAPSHOT_RECORDS) return nowMs - this.#writtenAtMs >= RETRY_MS;
    // The snapshot itself and a quiet decider are no news.
    return news > SNAPSHOT_NEWS_MIN && nowMs - this.#writtenAtMs >= SNAPSHOT_MS;
  }

  /** Writes one, and trims the log below the last but one. */
  async write(fold: Fold, trimmed: { tickets: string; decider: string }, nowMs: number): Promise<void> {
    this.#writtenAtMs = nowMs;
    const json = encodeFold(fold);
    const { seq, deciderSeq } = fold;
    const parts = Math.ceil(json.length / PART_BYTES_MAX);
    for (let part = 0; part < parts; part++) {
      const piece = json.subarray(part * PART_BYTES_MAX, (part + 1) * PART_BYTES_MAX);
      const bytes = SnapshotPart.encode({
        version: RECORD_VERSION,
        seq: BigInt(seq),
        part,
        parts,
        state: Buffer.from(piece),
      });
      await this.#log.append(this.subject, bytes.finish());
    }
    const [lastButOne, last] = this.#kept;
    if (!lastButOne || !last) return;
    await this.#log.trim(trimmed.tickets, lastButOne.seq + 1);
    // The last record of the decider's subject is what the next one is fenced by.
    await this.#log.trim(trimmed.decider, Math.min(lastButOne.seq + 1, deciderSeq));
    await this.#log.trim(this.subject, lastButOne.firstPartSeq);
  }
}
