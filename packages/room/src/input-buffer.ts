import type { Type } from "@warren/schema";

/**
 * Inputs of one player that wait for their tick. The room consumes exactly one a tick; late ones (a number not
 * above the last consumed or waiting) are ignored, and when the buffer is full the oldest is dropped.
 */
export class InputBuffer {
  /** The input consumed for this tick. */
  current: unknown;
  /** Number of the last input consumed; 0: none yet. */
  consumedNumber = 0;
  readonly #waiting: { number: number; value: unknown }[] = [];
  readonly #type: Type<unknown>;
  readonly #max: number;
  readonly #whenEmpty: "repeat" | "idle";

  constructor(type: Type<unknown>, max: number, whenEmpty: "repeat" | "idle") {
    this.#type = type;
    this.#max = max;
    this.#whenEmpty = whenEmpty;
    this.current = type.initial();
  }

  push(number: number, value: unknown): void {
    const last = this.#waiting.at(-1)?.number ?? this.consumedNumber;
    if (number <= last) return;
    if (this.#waiting.length === this.#max) this.#waiting.shift();
    this.#waiting.push({ number, value });
  }

  /** Takes the next input, or repeats or idles. */
  consume(): void {
    const next = this.#waiting.shift();
    if (next) {
      this.current = next.value;
      this.consumedNumber = next.number;
    } else if (this.#whenEmpty === "idle") {
      this.current = this.#type.initial();
    }
  }

  /** Forgets what is held and what waits: a new session numbers from 1 again. */
  reset(): void {
    this.#waiting.length = 0;
    this.consumedNumber = 0;
    this.current = this.#type.initial();
  }

  /** Lets go of the controls without forgetting the numbers: the player is away. */
  idle(): void {
    this.#waiting.length = 0;
    this.current = this.#type.initial();
  }
}
