import { type Candidate, isBefore } from "./candidate.ts";

/**
 * Candidates that are to be tried as seeds, who goes first on top. Those that are gone meanwhile are passed over.
 * Who comes in order, as newcomers do, stands in a line; a heap is for the others.
 */
export class SeedQueue {
  #line: Candidate[] = [];
  /** Place in the line of its first. */
  #first = 0;
  #heap: Candidate[] = [];

  push(candidate: Candidate): void {
    if (candidate.isSeed) return;
    candidate.isSeed = true;
    const last = this.#line.at(-1);
    if (last && isBefore(candidate, last)) this.#lift(candidate);
    else this.#line.push(candidate);
  }

  pop(): Candidate | undefined {
    for (;;) {
      const first = this.#line[this.#first];
      const top = this.#heap[0];
      const next = first && top ? (isBefore(first, top) ? first : top) : (first ?? top);
      if (!next) return undefined;
      if (next === first) this.#step();
      else this.#drop();
      next.isSeed = false;
      if (next.state === "waiting") return next;
    }
  }

  /** Forgets who is gone, when they are most of it: nobody pops while there is no space for rooms. */
  compact(waiting: number): void {
    if (this.#line.length - this.#first + this.#heap.length <= 2 * waiting + 1_000) return;
    const waits = ({ state }: Candidate) => state === "waiting";
    this.#line = this.#line.slice(this.#first).filter(waits);
    this.#first = 0;
    const lifted = this.#heap.filter(waits);
    this.#heap = [];
    for (const candidate of lifted) this.#lift(candidate);
  }

  #step(): void {
    this.#first++;
    if (this.#first === this.#line.length) this.#line = [];
    else if (this.#first < 1_024 || 2 * this.#first < this.#line.length) return;
    else this.#line = this.#line.slice(this.#first);
    this.#first = 0;
  }

  #lift(candidate: Candidate): void {
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
