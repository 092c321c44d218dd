import { type Clock, DueHeap } from "@warren/kernel";

/** Timers come at whole milliseconds: what is due within half of one is run now, and not by another timer. */
const EARLY_MS = 0.5;

/** What is run at its own times. */
export interface Runnable {
  /** When next, monotonic ms; infinite: never. Only the queue sets it. */
  dueMs: number;
}

/** Runs many things, each when it is due, with one timer for all of them. */
export class RunQueue<Item extends Runnable> {
  readonly #clock: Clock;
  readonly #run: (item: Item, nowMs: number) => void;
  /** An item is in it once for every time it was to be run at; only the last of these still holds. */
  readonly #heap = new DueHeap<Item>();
  /** When the timer comes; infinite: there is none. */
  #alarmMs = Number.POSITIVE_INFINITY;
  #cancelAlarm = () => {};

  /** `run` is told what time it is: never before the item's. */
  constructor(clock: Clock, run: (item: Item, nowMs: number) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Runs the item once at this time, in place of any other that was set for it. */
  set(item: Item, dueMs: number): void {
    if (item.dueMs === dueMs) return;
    item.dueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#heap.push(dueMs, item);
    this.#setAlarm();
  }

  #setAlarm(): void {
    const { nextMs } = this.#heap;
    if (nextMs >= this.#alarmMs) return;
    this.#cancelAlarm();
    this.#alarmMs = nextMs;
    const delayMs = Math.max(0, Math.round(nextMs - this.#clock.monotonicMs()));
    this.#cancelAlarm = this.#clock.after(delayMs, () => this.#runDue());
  }

  #runDue(): void {
    // No other is wanted until all are run.
    this.#alarmMs = Number.NEGATIVE_INFINITY;
    try {
      // What becomes due meanwhile waits for the next turn, after what came from sockets; also one that is always behind.
      const untilMs = this.#clock.monotonicMs() + EARLY_MS;
      for (let left = this.#heap.size; left > 0; left--) {
        const item = this.#heap.pop(untilMs);
        if (!item) break;
        const { dueMs } = item;
        if (dueMs > untilMs) continue;
        item.dueMs = Number.POSITIVE_INFINITY;
        this.#run(item, Math.max(dueMs, this.#clock.monotonicMs()));
      }
    } finally {
      this.#alarmMs = Number.POSITIVE_INFINITY;
      this.#setAlarm();
    }
  }
}
