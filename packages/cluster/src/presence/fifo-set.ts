/**
 * A queue in which each item is once. Taken by one iterator that goes on: a new one for every item would step over all
 * that were taken before, which the engine keeps for a while.
 */
export class FifoSet<T> {
  readonly #items = new Set<T>();
  #next: IterableIterator<T> | undefined;

  get size(): number {
    return this.#items.size;
  }

  add(item: T): void {
    this.#items.add(item);
  }

  take(): T | undefined {
    if (this.#items.size === 0) return undefined;
    this.#next ??= this.#items.values();
    const { value, done } = this.#next.next();
    if (done) {
      this.#next = undefined;
      return this.take();
    }
    this.#items.delete(value);
    return value;
  }
}
