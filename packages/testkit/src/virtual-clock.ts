import type { Clock } from "@warren/kernel";

/** A clock that stands still until it is told to go on. Timers run in order of time, each at its own time. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #timers: { atMs: number; fn: () => void }[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  monotonicMs = (): number => this.#nowMs;
  wallMs = (): number => this.#nowMs;

  after(delayMs: number, fn: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass, and runs what becomes due. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#timers.sort((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > untilMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fn();
    }
    this.#nowMs = untilMs;
  }

  /** Time passes while the process is busy: timers run late, all at the end. */
  stall(ms: number): void {
    this.#nowMs += ms;
    this.advance(0);
  }
}
