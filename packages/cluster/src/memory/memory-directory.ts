import type { Directory, DirectoryEntry, DirectoryKind } from "../directory.ts";
import { assertKey, assertValue } from "../limits.ts";
import { sameBytes } from "../same-bytes.ts";

/** Keys with compare-and-set in one process: every method is one turn, so nothing races inside it. */
export class MemoryDirectory implements Directory {
  readonly #entries: Record<DirectoryKind, Map<string, DirectoryEntry>> = {
    own: new Map(),
    code: new Map(),
    rating: new Map(),
    presence: new Map(),
  };
  /** Entries that say the same share their bytes, as do those of all players of a node. */
  readonly #lastValue: Partial<Record<DirectoryKind, Uint8Array>> = {};
  readonly #lastRevision: Record<DirectoryKind, number> = { own: 0, code: 0, rating: 0, presence: 0 };

  async claim(
    kind: DirectoryKind,
    key: string,
    value: Uint8Array,
    replaces?: number,
  ): Promise<number | undefined> {
    assertKey(key);
    assertValue(value);
    if (this.#entries[kind].get(key)?.revision !== replaces) return undefined;
    const revision = this.#nextRevision(kind);
    if (!sameBytes(this.#lastValue[kind], value)) this.#lastValue[kind] = value.slice();
    this.#entries[kind].set(key, { revision, value: this.#lastValue[kind]! });
    return revision;
  }

  async get(kind: DirectoryKind, key: string): Promise<DirectoryEntry | undefined> {
    assertKey(key);
    return this.#entries[kind].get(key);
  }

  async remove(kind: DirectoryKind, key: string, revision: number): Promise<boolean> {
    assertKey(key);
    if (this.#entries[kind].get(key)?.revision !== revision) return false;
    this.#nextRevision(kind); // as on NATS, where a removal is a write
    return this.#entries[kind].delete(key);
  }

  #nextRevision(kind: DirectoryKind): number {
    this.#lastRevision[kind] += 1;
    return this.#lastRevision[kind];
  }
}
