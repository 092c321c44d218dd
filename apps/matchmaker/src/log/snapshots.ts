import type { Log } from "@warren/cluster";
import type { Clock } from "@warren/kernel";
import { checkRecordVersion, decodeFold, encodeFold, Fold } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { SnapshotPart } from "@warren/protocol/services";

/** A snapshot is due after this many records, or this long after the last if there was anything new. */
const SNAPSHOT_RECORDS = 50_000;
const SNAPSHOT_MS = 60_000;
/** One that could not be written is not tried again at once: making it costs time that matching needs. */
const RETRY_MS = 5_000;
/** The time between two when the log is short of room. */
const FILLING_MS = 30_000;
/** Fewer records are no reason for one. */
const SNAPSHOT_NEWS_MIN = 100;
/**
 * Text of one part; its bytes are at most three times as many. Far below what a log takes in one record: a server cuts
 * off a reader for whom it holds too many bytes, and a part is the least that is decoded in one go.
 */
const PART_CHARS = 100_000;
/** A snapshot is made and read in slices of this length; between them others get the processor. */
const SLICE_MS = 4;
/** Rows between two looks at the clock. */
const ROWS_PER_LOOK = 16;

/** A snapshot in the log: the place of the last record in it, of its own first part, and how many parts it has. */
interface Kept {
  readonly seq: number;
  readonly firstPartSeq: number;
  readonly parts: number;
}

/**
 * Snapshots of a domain's fold, so that the log can be trimmed and a replica starts quickly. The decider writes them;
 * everything below the last but one is forgotten, so a replica that is reading the last one is never cut off.
 */
export class Snapshots {
  readonly subject: string;
  readonly #log: Log;
  readonly #clock: Clock;
  /** Complete snapshots as they came by, oldest first; at most two. */
  #kept: Kept[] = [];
  #coming: Kept | undefined;
  #triedAtMs: number | undefined;
  #writing = false;

  constructor(log: Log, domain: string, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.subject = `mm.${domain}.s`;
  }

  /** The fold of the last complete snapshot, or an empty one. Throws UnknownRecord when this build cannot read it. */
  async load(): Promise<Fold> {
    const last = await this.#log.last(this.subject);
    if (!last) return new Fold();
    const { version, seq, parts } = SnapshotPart.decode(last.bytes);
    checkRecordVersion(version, `the snapshot at ${last.seq}`);
    // Parts have their places behind what they are of. Those of the one before are only needed when it was left off.
    const newest = parts > 0 ? await this.#whole(Math.min(Number(seq) + 1, last.seq), last.seq) : undefined;
    const whole = newest ?? (await this.#whole(1, last.seq));
    if (!whole) return new Fold();
    const decoding = decodeFold(texts(whole));
    for (let sliceEndMs = this.#clock.monotonicMs() + SLICE_MS; ; ) {
      const { done, value } = decoding.next();
      if (done) return value;
      if (this.#clock.monotonicMs() <= sliceEndMs) continue;
      await othersTurn();
      sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
    }
  }

  /** The parts of the last complete snapshot between these places. */
  async #whole(fromSeq: number, toSeq: number): Promise<Uint8Array[] | undefined> {
    let whole: Uint8Array[] | undefined;
    let coming: Uint8Array[] = [];
    const reading = new AbortController();
    for await (const { seq, bytes } of this.#log.read({
      fromSeq,
      filter: this.subject,
      signal: reading.signal,
    })) {
      const part = SnapshotPart.decode(bytes);
      checkRecordVersion(part.version, `the snapshot at ${seq}`);
      const passed = this.#passing(seq, part);
      if (part.part === 0) coming = [];
      if (passed !== "stray") coming.push(part.state);
      if (passed === "last") whole = coming;
      if (seq >= toSeq) break;
    }
    reading.abort();
    return whole;
  }

  /** A part came by in the log. */
  passing(seq: number, bytes: Uint8Array): void {
    this.#passing(seq, SnapshotPart.decode(bytes));
  }

  #passing(place: number, { seq, part, parts }: SnapshotPart): "stray" | "part" | "last" {
    const foldSeq = Number(seq);
    if (part === 0) this.#coming = { seq: foldSeq, firstPartSeq: place, parts: 0 };
    // Parts of two deciders do not mix: whoever lost leaves an incomplete one behind.
    if (this.#coming?.seq !== foldSeq || this.#coming.parts !== part) return "stray";
    const coming = { ...this.#coming, parts: part + 1 };
    this.#coming = coming;
    if (parts !== coming.parts) return "part";
    this.#coming = undefined;
    // One that was loaded at the start comes by again when the log is followed.
    this.#kept = [...this.#kept.filter((kept) => kept.seq !== foldSeq), coming].slice(-2);
    return "last";
  }

  /** `isFilling`: the log is short of room, and only two snapshots after what fills it take that away. */
  isDue(fold: Fold, nowMs: number, isFilling = false): boolean {
    if (this.#writing) return false;
    this.#triedAtMs ??= nowMs;
    if (isFilling) return nowMs - this.#triedAtMs >= FILLING_MS;
    const last = this.#kept.at(-1);
    // The snapshot itself and a quiet decider are no news.
    const news = fold.seq - (last ? last.seq + last.parts : 0);
    if (news >= SNAPSHOT_RECORDS) return nowMs - this.#triedAtMs >= RETRY_MS;
    return news > SNAPSHOT_NEWS_MIN && nowMs - this.#triedAtMs >= SNAPSHOT_MS;
  }

  /**
   * Writes one, and trims the log below the last but one. The snapshot is of the moment of the call; the fold may go
   * on meanwhile. Does nothing while another is being written.
   */
  async write(fold: Fold, trimmed: { tickets: string; decider: string }, nowMs: number): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    this.#triedAtMs = nowMs;
    const { deciderSeq } = fold;
    try {
      await this.#writeParts(fold);
    } finally {
      this.#writing = false;
    }
    const [lastButOne, last] = this.#kept;
    if (!lastButOne || !last) return;
    await this.#log.trim(trimmed.tickets, lastButOne.seq + 1);
    // The last record of the decider's subject is what the next one is fenced by.
    await this.#log.trim(trimmed.decider, Math.min(lastButOne.seq + 1, deciderSeq));
    await this.#log.trim(this.subject, lastButOne.firstPartSeq);
  }

  /** Each part is appended as soon as it is made; only the last one says how many there are. */
  async #writeParts(fold: Fold): Promise<void> {
    const seq = BigInt(fold.seq);
    let part = 0;
    const append = async (state: Buffer, isLast: boolean) => {
      const parts = isLast ? part + 1 : 0;
      const bytes = SnapshotPart.encode({ version: RECORD_VERSION, seq, part: part++, parts, state });
      await this.#log.append(this.subject, bytes.finish());
    };
    let text = "";
    let rows = 0;
    let sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
    for (const line of encodeFold(fold)) {
      // Parts end where lines end.
      if (text.length + line.length > PART_CHARS && text !== "") {
        await append(Buffer.from(text), false);
        text = "";
      }
      text += line;
      if (++rows % ROWS_PER_LOOK === 0 && this.#clock.monotonicMs() > sliceEndMs) {
        await othersTurn();
        sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
      }
    }
    await append(Buffer.from(text), true);
  }
}

/** Of parts, which end where lines end; each is let go of as soon as it is read. */
function* texts(parts: Uint8Array[]): Generator<string> {
  for (let part = parts.shift(); part; part = parts.shift())
    yield Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString();
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
