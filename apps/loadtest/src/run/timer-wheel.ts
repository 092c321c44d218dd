const SLOT_MS = 4;
const SLOTS = 4_096;

/** Something that is to happen, once or again and again. */
export class Timer {
  dueMs: number;
  readonly periodMs: number;
  #run: ((intendedMs: number) => void) | undefined;

  constructor(dueMs: number, periodMs: number, run: (intendedMs: number) => void) {
    this.dueMs = dueMs;
    this.periodMs = periodMs;
    this.#run = run;
  }

  get stopped(): boolean {
    return this.#run === undefined;
  }

  stop(): void {
    this.#run = undefined;
  }

  fire(): void {
    const run = this.#run;
    if (this.periodMs === 0) this.#run = undefined;
    run?.(this.dueMs);
  }
}

/**
 * All timers of a process behind one of Node's: thousands of players have tens of thousands of them. Times are those of
 * `performance.now()`; what runs is told when it was to run.
 */
export class TimerWheel {
  readonly #slots: Timer[][] = Array.from({ length: SLOTS }, () => []);
  readonly #interval: NodeJS.Timeout;
  readonly #nowMs: () => number;
  /** All before it is done. */
  #slot: number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#slot = Math.floor(nowMs() / SLOT_MS);
    this.#interval = setInterval(() => this.turn(), SLOT_MS);
  }

  at(dueMs: number, run: (intendedMs: number) => void): Timer {
    return this.#put(new Timer(dueMs, 0, run));
  }

  /** What was missed is made up for, each time with the time at which it was due. */
  every(firstMs: number, periodMs: number, run: (intendedMs: number) => void): Timer {
    return this.#put(new Timer(firstMs, periodMs, run));
  }

  /** Runs what is due. @internal */
  turn(): void {
    const now = this.#nowMs();
    const last = Math.floor(now / SLOT_MS);
    const first = Math.max(this.#slot, last - SLOTS + 1);
    // What is set meanwhile and due already runs in this turn's last slot, or in the next turn.
    this.#slot = last;
    for (let slot = first; slot <= last; slot++) {
      const timers = this.#slots[slot % SLOTS]!;
      if (timers.length === 0) continue;
      this.#slots[slot % SLOTS] = [];
      for (const timer of timers) this.#run(timer, now);
    }
  }

  end(): void {
    clearInterval(this.#interval);
  }

  #run(timer: Timer, now: number): void {
    while (!timer.stopped && timer.dueMs <= now) {
      timer.fire();
      timer.dueMs += timer.periodMs;
    }
    if (!timer.stopped) this.#put(timer);
  }

  #put(timer: Timer): Timer {
    this.#slots[Math.max(this.#slot, Math.floor(timer.dueMs / SLOT_MS)) % SLOTS]!.push(timer);
    return timer;
  }
}
