/** What has to be looked at when its time has come, soonest first. Entries are never taken out early: who takes one out asks whether it still matters. */
export class DueHeap<Item> {
  readonly #items: Item[] = [];
  readonly #dueMs: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** When the first is due; infinite when there is none. */
  get nextMs(): number {
    return this.#dueMs[0] ?? Number.POSITIVE_INFINITY;
  }

  push(dueMs: number, item: Item): void {
    let at = this.#items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#dueMs[parent]! <= dueMs) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#dueMs[at] = dueMs;
    this.#items[at] = item;
  }

  /** The first, if it is due. */
  pop(nowMs: number): Item | undefined {
    if (this.nextMs > nowMs) return undefined;
    const first = this.#items[0];
    const item = this.#items.pop() as Item;
    const dueMs = this.#dueMs.pop() as number;
    const size = this.#items.length;
    if (size === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#dueMs[child + 1]! < this.#dueMs[child]!) child++;
      if (this.#dueMs[child]! >= dueMs) break;
      this.#move(child, at);
      at = child;
    }
    this.#dueMs[at] = dueMs;
    this.#items[at] = item;
    return first;
  }

  #move(from: number, to: number): void {
    this.#dueMs[to] = this.#dueMs[from]!;
    this.#items[to] = this.#items[from] as Item;
  }
}
