import { headers, type MsgHdrs, nuid } from "@nats-io/transport-node";
import { SequenceConflict } from "../log.ts";
import { type Link, UnsureConflict } from "./link.ts";
import { storedMessage } from "./stored-message.ts";
import { type BucketName, bucketPrefix, bucketStream, MARKER_TTL_MS } from "./streams.ts";

/** Says which write a value is of, so that a writer whose answer got lost knows its own. */
const MARK = "Warren-Write";
const OPERATION = "KV-Operation";
/** The server's own sign that a value got too old. */
const MARKER_REASON = "Nats-Marker-Reason";
const CREATE_TRIES = 4;

export interface BucketEntry {
  readonly seq: number;
  readonly value: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** It only says that the key is gone; after {@link MARKER_TTL_MS} it is gone as well. */
  readonly gone: boolean;
}

/**
 * Keys with compare-and-set, laid out as NATS's own key-value buckets. Not its client, whose writes cannot carry
 * headers and whose watches queue without bound.
 */
export class Bucket {
  readonly stream: string;
  readonly filter: string;
  readonly #link: Link;
  readonly #prefix: string;

  constructor(link: Link, name: BucketName) {
    this.#link = link;
    this.stream = bucketStream(link.cluster, name);
    this.#prefix = bucketPrefix(link.cluster, name);
    this.filter = `${this.#prefix}>`;
  }

  keyOf(subject: string): string {
    return subject.slice(this.#prefix.length);
  }

  /** The entry's seq, or undefined when the key's last one is not `expected`. */
  async replace(
    key: string,
    value: Uint8Array,
    expected: number,
    own?: MsgHdrs,
  ): Promise<number | undefined> {
    const marked = own ?? headers();
    const mark = nuid.next();
    marked.set(MARK, mark);
    try {
      const put = { expectLastSubjectSeq: expected, headers: marked };
      return (await this.#link.put(this.#prefix + key, value, put)).seq;
    } catch (error) {
      if (!(error instanceof SequenceConflict)) throw error;
      if (!(error instanceof UnsureConflict)) return undefined;
      const last = await this.get(key);
      return last?.headers?.get(MARK) === mark ? last.seq : undefined;
    }
  }

  /** The new entry's seq, or undefined when the key exists. A key of which only a sign is left does not. */
  async create(key: string, value: Uint8Array, own?: () => MsgHdrs): Promise<number | undefined> {
    let expected = 0;
    for (let tries = 0; tries < CREATE_TRIES; tries += 1) {
      const seq = await this.replace(key, value, expected, own?.());
      if (seq !== undefined) return seq;
      const last = await this.get(key);
      if (last && !last.gone) return undefined;
      expected = last?.seq ?? 0;
    }
    return undefined;
  }

  async get(key: string): Promise<BucketEntry | undefined> {
    const message = await storedMessage(this.#link, this.stream, { last_by_subj: this.#prefix + key });
    if (!message) return undefined;
    return { seq: message.seq, value: message.data, headers: message.header, gone: isGone(message.header) };
  }

  /** Takes the key away if its last seq is `expected`. */
  async remove(key: string, expected: number): Promise<boolean> {
    const sign = headers();
    sign.set(OPERATION, "PURGE");
    sign.set("Nats-Rollup", "sub");
    sign.set("Nats-TTL", `${MARKER_TTL_MS / 1_000}s`);
    return (await this.replace(key, new Uint8Array(), expected, sign)) !== undefined;
  }
}

export function isGone(of: MsgHdrs | undefined): boolean {
  if (!of) return false;
  return of.has(MARKER_REASON) || ["DEL", "PURGE"].includes(of.get(OPERATION));
}
