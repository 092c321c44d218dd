import { SEEN_AT_PER_TICK } from "@warren/protocol/session";
import type { Type } from "@warren/schema";

/** A player's last input is repeated for so long, in ms; then its controls are let go of. */
export const INPUT_REPEAT_MS_MAX = 1_000;

interface Input {
  readonly number: number;
  readonly value: unknown;
  readonly seenAt: number;
}

const NONE: Input[] = [];

/**
 * Inputs of one player that wait for their tick. From the first input on every tick consumes one *number*: the input
 * of that number, or, when it is not there, what stands in for it. So `consumedNumber` counts the steps the room has
 * taken with this player's inputs, and a client that replays all above it is exact.
 *
 * The buffer reaches `max` numbers back from the highest received. What falls out of it counts as consumed: the oldest
 * inputs when it is full, and most of a gap when a client jumps ahead.
 *
 * Stands in: the last input that came too late for its number or fell out of the buffer, for one tick, if none later was
 * used; else the last input again, `repeatsMax` times in a row, and then the type's initial value. So a key that is let
 * go of in an input that is late is let go of late, and one that is held when the page freezes is not held for ever.
 */
export class InputBuffer {
  /** The input consumed for this tick. */
  current: unknown;
  /** The moment the player saw when it made `current`, in 1/SEEN_AT_PER_TICK of a tick; 0: not said. */
  seenAt = 0;
  /** The last number consumed; 0: none yet. */
  consumedNumber = 0;
  /** False until the first input of a session or after its return: nothing is consumed. */
  #isCounting = false;
  #receivedNumber = 0;
  /** Undefined: none was ever pushed. */
  #waiting: Input[] | undefined;
  #late: Input | undefined;
  readonly #type: Type<unknown>;
  readonly #max: number;
  readonly #repeatsMax: number;
  #repeats = 0;

  /** `repeatsMax`: how many ticks in a row the last input stands in for those that are not there; 0: none. */
  constructor(type: Type<unknown>, max: number, repeatsMax: number) {
    this.#type = type;
    this.#max = max;
    this.#repeatsMax = repeatsMax;
    this.current = type.initial();
  }

  /** Inputs in the buffer. */
  get waiting(): number {
    return this.#waiting?.length ?? 0;
  }

  /** Takes an input in. Ignored if its number is not above all received before. */
  push(number: number, value: unknown, seenAt: number): void {
    if (number <= this.#receivedNumber) return;
    this.#receivedNumber = number;
    if (!this.#isCounting) {
      this.#isCounting = true;
      this.#skipTo(number - 1);
    }
    const input = { number, value, seenAt };
    if (number <= this.consumedNumber) {
      this.#late = input;
      return;
    }
    this.#waiting ??= [];
    this.#waiting.push(input);
    this.#skipTo(number - this.#max);
  }

  /** Takes one number: its input, or what stands in. */
  consume(): void {
    if (!this.#isCounting) return;
    this.consumedNumber++;
    const input = this.#waiting?.[0]?.number === this.consumedNumber ? this.#waiting.shift() : this.#late;
    this.#late = undefined;
    if (input) {
      this.current = input.value;
      this.seenAt = input.seenAt;
      this.#repeats = 0;
    } else {
      if (++this.#repeats > this.#repeatsMax) this.current = this.#type.initial();
      // What the player sees goes on with the room.
      if (this.seenAt > 0) this.seenAt += SEEN_AT_PER_TICK;
    }
  }

  /** Forgets everything: a new session numbers from 1 again. */
  reset(): void {
    this.idle();
    this.consumedNumber = this.#receivedNumber = 0;
  }

  /** Lets go of the controls and stops counting, without forgetting the numbers: the player is away. */
  idle(): void {
    this.#isCounting = false;
    this.#waiting = undefined;
    this.#late = undefined;
    this.current = this.#type.initial();
    this.seenAt = 0;
  }

  #skipTo(number: number): void {
    this.consumedNumber = Math.max(this.consumedNumber, number);
    const waiting = this.#waiting ?? NONE;
    while (waiting[0] && waiting[0].number <= this.consumedNumber) this.#late = waiting.shift();
  }
}
