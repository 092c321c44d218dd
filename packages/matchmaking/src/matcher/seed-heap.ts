import { type Candidate, isBefore } from "./candidate.ts";

/** Candidates that are to be tried as seeds, who goes first on top. Those that are gone meanwhile are passed over. */
export class SeedHeap {
  #heap: Candidate[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(candidate: Candidate): void {
    if (candidate.isSeed) return;
    candidate.isSeed = true;
    const heap = this.#heap;
    let at = heap.length;
    heap.push(candidate);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(candidate, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = candidate;
  }

  pop(): Candidate | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (!top) return undefined;
      this.#drop();
      top.isSeed = false;
      if (top.state === "waiting") return top;
    }
  }

  /** Forgets who is gone, when they are most of it: nobody pops while there is no space for rooms. */
  compact(waiting: number): void {
    if (this.#heap.length <= 2 * waiting + 1_000) return;
    const all = this.#heap;
    this.#heap = [];
    for (const candidate of all) {
      candidate.isSeed = false;
      if (candidate.state === "waiting") this.push(candidate);
    }
  }

  #drop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const length = heap.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
