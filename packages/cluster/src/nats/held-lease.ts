import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { HeldLease } from "../lease.ts";
import { assertValue } from "../limits.ts";
import type { Bucket } from "./bucket.ts";

/** Says whose a lease is, so that a holder knows its own write whose answer got lost. */
const HOLDER = "Warren-Holder";

export class NatsHeldLease implements HeldLease {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #holder: string;
  #value: Uint8Array;
  /** Undefined: lost or given back, for good. */
  #seq: number | undefined;
  /** One write at a time, else two renewals of one holder would race each other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(bucket: Bucket, key: string, value: Uint8Array, holder: string, seq: number) {
    this.#bucket = bucket;
    this.#key = key;
    this.#value = value;
    this.#holder = holder;
    this.#seq = seq;
  }

  static async acquire(
    bucket: Bucket,
    key: string,
    value: Uint8Array,
    holder: string,
  ): Promise<NatsHeldLease | undefined> {
    const seq = await bucket.create(key, value, () => holderHeader(holder));
    return seq === undefined ? undefined : new NatsHeldLease(bucket, key, value, holder, seq);
  }

  renew(value?: Uint8Array): Promise<boolean> {
    return this.#inTurn(async () => {
      if (value) {
        assertValue(value);
        this.#value = value.slice();
      }
      this.#seq = await this.#write((expected) =>
        this.#bucket.replace(this.#key, this.#value, expected, holderHeader(this.#holder)),
      );
      return this.#seq !== undefined;
    });
  }

  release(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write(async (expected) =>
        (await this.#bucket.remove(this.#key, expected)) ? expected : undefined,
      );
      this.#seq = undefined;
    });
  }

  /** Tries `write` on the seq we know; if another is there and it is ours, on that. */
  async #write(write: (expected: number) => Promise<number | undefined>): Promise<number | undefined> {
    if (this.#seq === undefined) return undefined;
    const seq = await write(this.#seq);
    if (seq !== undefined) return seq;
    const last = await this.#bucket.get(this.#key);
    if (!last || last.gone || last.headers?.get(HOLDER) !== this.#holder) return undefined;
    return write(last.seq);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function holderHeader(holder: string): MsgHdrs {
  const made = headers();
  made.set(HOLDER, holder);
  return made;
}
