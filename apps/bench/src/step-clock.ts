import type { Clock } from "@warren/kernel";

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/** A clock that stands still until it is told to go on, and costs next to nothing. */
export class StepClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs = 1_000;

  monotonicMs = (): number => this.#nowMs;
  wallMs = (): number => this.#nowMs;

  after(delayMs: number, fn: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Runs what is due by then, earliest first. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers)
        if (timer.atMs <= untilMs && !(next && next.atMs <= timer.atMs)) next = timer;
      if (!next) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fn();
    }
    this.#nowMs = untilMs;
  }
}
