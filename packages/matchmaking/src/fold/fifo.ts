/** Entries before the first that are kept until there is a reason to copy the others. */
const TAKEN_MAX = 1_024;

/** First in, first out. Taking the first is O(1), however many there are. */
export class Fifo<T> {
  #entries: (T | undefined)[] = [];
  #taken = 0;

  get size(): number {
    return this.#entries.length - this.#taken;
  }

  get first(): T | undefined {
    return this.#entries[this.#taken];
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  shift(): void {
    if (this.size === 0) return;
    this.#entries[this.#taken++] = undefined;
    if (this.#taken < TAKEN_MAX || this.#taken * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#taken);
    this.#taken = 0;
  }
}
