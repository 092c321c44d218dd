const CAPACITY_MIN = 16;
/** An empty log keeps arrays for so many moves. */
const CAPACITY_KEPT_MAX = 65_536;

/** For {@link MoveLog.push}: a row in no area, because it is only now born. */
export const NOWHERE = -1;

/**
 * Rows that left an area, or were born, in the order of ticks. Kept until the oldest reader has passed: so no row is
 * missed, and none stays. A move takes 12 bytes, because one reader who stands still makes the log long.
 */
export class MoveLog {
  #tick = new Int32Array(CAPACITY_MIN);
  #slot = new Int32Array(CAPACITY_MIN);
  #from = new Int32Array(CAPACITY_MIN);
  #start = 0;
  #end = 0;

  /** Moves are from {@link start} to `end - 1`. */
  get start(): number {
    return this.#start;
  }
  get end(): number {
    return this.#end;
  }
  slot(i: number): number {
    return this.#slot[i]!;
  }
  /** Area before; NOWHERE: the row was born. */
  from(i: number): number {
    return this.#from[i]!;
  }

  push(tick: number, slot: number, from: number): void {
    if (this.#end === this.#tick.length) this.#makeRoom();
    this.#tick[this.#end] = tick;
    this.#slot[this.#end] = slot;
    this.#from[this.#end++] = from;
  }

  /** The first move after a tick. */
  firstAfter(tick: number): number {
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tick[middle]! > tick) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Forgets the moves up to a tick. */
  forget(tick: number): void {
    this.#start = this.firstAfter(tick);
    if (this.#start < this.#end) return;
    this.#start = this.#end = 0;
    if (this.#tick.length > CAPACITY_KEPT_MAX) this.#makeRoom();
  }

  /** To the front of arrays twice as long as what there is. */
  #makeRoom(): void {
    const capacity = Math.max(CAPACITY_MIN, 2 * (this.#end - this.#start));
    const moved = (old: Int32Array) => {
      const made = new Int32Array(capacity);
      made.set(old.subarray(this.#start, this.#end));
      return made;
    };
    this.#tick = moved(this.#tick);
    this.#slot = moved(this.#slot);
    this.#from = moved(this.#from);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
