/** Small sets instead of one: growing a big one would hold up everybody for some ten milliseconds. */
const SHARDS = 32;

/**
 * A map that can be saved as it is at one moment while it goes on being changed: each row is saved when its turn
 * comes, or just before its first change. A row that is changed in place has to be touched before.
 */
export class Table<K extends string, V> extends Map<K, V> {
  /** While a save runs: rows that were saved, or did not exist when it started. */
  #saved: Set<K>[] | undefined;
  #onEarly: (key: K, row: V) => void = () => {};

  override set(key: K, row: V): this {
    this.touch(key);
    return super.set(key, row);
  }

  override delete(key: K): boolean {
    this.touch(key);
    return super.delete(key);
  }

  /** Before a row is changed in place. */
  touch(key: K): void {
    if (this.#saved === undefined || !this.#isFirst(this.#saved, key)) return;
    const row = this.get(key);
    if (row !== undefined) this.#onEarly(key, row);
  }

  /** From here on rows are handed over before they change. Throws while another save runs. */
  startSave(onEarly: (key: K, row: V) => void): void {
    if (this.#saved) throw new Error("a save of this table is already running");
    this.#saved = [];
    this.#onEarly = onEarly;
  }

  /** The rows of the moment the save started, as far as they were not handed over. */
  *unsaved(): Generator<[K, V]> {
    for (const entry of this) if (this.#saved && this.#isFirst(this.#saved, entry[0])) yield entry;
  }

  endSave(): void {
    this.#saved = undefined;
    this.#onEarly = () => {};
  }

  /** Whether the key was not saved yet; from now on it is. */
  #isFirst(saved: Set<K>[], key: K): boolean {
    const at = key.length === 0 ? 0 : key.charCodeAt(key.length - 1) % SHARDS;
    saved[at] ??= new Set();
    const shard = saved[at];
    if (shard.has(key)) return false;
    shard.add(key);
    return true;
  }
}
