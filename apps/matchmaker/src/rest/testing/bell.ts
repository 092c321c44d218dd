import type { Clock } from "@warren/kernel";

/** A clock whose timers ring when told to. */
export class Bell implements Clock {
  readonly #timers = new Set<() => void>();
  monotonicMs = () => 0;
  wallMs = () => 0;
  after(_delayMs: number, fn: () => void): () => void {
    this.#timers.add(fn);
    return () => this.#timers.delete(fn);
  }
  ring(): void {
    for (const fn of [...this.#timers]) if (this.#timers.delete(fn)) fn();
  }
  get count(): number {
    return this.#timers.size;
  }
}
