/**
 * A map that can be saved as it is at one moment while it goes on being changed: each row is saved when its turn
 * comes, or just before its first change. A row that is changed in place has to be touched before.
 */
export class Table<K, V> extends Map<K, V> {
  /** While a save runs: rows that were saved, or did not exist when it started. */
  #saved: Set<K> | undefined;
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
    if (this.#saved === undefined || this.#saved.has(key)) return;
    this.#saved.add(key);
    const row = this.get(key);
    if (row !== undefined) this.#onEarly(key, row);
  }

  /** From here on rows are handed over before they change. Throws while another save runs. */
  startSave(onEarly: (key: K, row: V) => void): void {
    if (this.#saved) throw new Error("a save of this table is already running");
    this.#saved = new Set();
    this.#onEarly = onEarly;
  }

  /** The rows of the moment the save started, as far as they were not handed over. */
  *unsaved(): Generator<[K, V]> {
    for (const entry of this) {
      if (!this.#saved || this.#saved.has(entry[0])) continue;
      this.#saved.add(entry[0]);
      yield entry;
    }
  }

  endSave(): void {
    this.#saved = undefined;
    this.#onEarly = () => {};
  }
}
