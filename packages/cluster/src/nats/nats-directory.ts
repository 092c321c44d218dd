import type { Directory, DirectoryEntry, DirectoryKind } from "../directory.ts";
import { assertKey, assertValue } from "../limits.ts";
import { Bucket } from "./bucket.ts";
import type { Link } from "./link.ts";

/** A bucket a kind; the revision is the stream's sequence, which never goes back. */
export class NatsDirectory implements Directory {
  readonly #buckets: Record<DirectoryKind, Bucket>;

  constructor(link: Link) {
    this.#buckets = {
      own: new Bucket(link, "own"),
      code: new Bucket(link, "code"),
      rating: new Bucket(link, "rating"),
      presence: new Bucket(link, "presence"),
    };
  }

  async claim(
    kind: DirectoryKind,
    key: string,
    value: Uint8Array,
    replaces?: number,
  ): Promise<number | undefined> {
    assertKey(key);
    assertValue(value);
    const bucket = this.#buckets[kind];
    return replaces === undefined ? bucket.create(key, value) : bucket.replace(key, value, replaces);
  }

  async get(kind: DirectoryKind, key: string): Promise<DirectoryEntry | undefined> {
    assertKey(key);
    const entry = await this.#buckets[kind].get(key);
    return entry && !entry.gone ? { revision: entry.seq, value: entry.value } : undefined;
  }

  async remove(kind: DirectoryKind, key: string, revision: number): Promise<boolean> {
    assertKey(key);
    return this.#buckets[kind].remove(key, revision);
  }
}
