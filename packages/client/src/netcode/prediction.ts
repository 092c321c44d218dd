import { InputError } from "@warren/kernel";
import { Blend, type Fields } from "./blend.ts";

/** An error is bled off so slowly that it is not seen, and so fast that the player does not steer by it. */
const SMOOTH_MS = 60;
/** Steps replayed at the most. */
const INPUTS_KEPT = 256;
const CORRECTIONS_KEPT = 256;

export interface PredictionOptions<M, Input> {
  /**
   * One step, the very one the room takes in a tick, from the room's own file. Answers the motion after it: a new one, or
   * the one it was given, which is its own to change.
   */
  step(motion: M, input: Input, dtMs: number): M;
  /** Which fields move between two steps, and how; and over which an error is bled off. */
  readonly fields: Fields<M>;
  /** A correction above this is shown at once. In units of the first two linear fields. @default never */
  readonly teleport?: number;
  /** Half of a correction is bled off in this time, ms. @default 60 */
  readonly smoothMs?: number;
}

/** How wrong the prediction was. */
export interface Correction {
  readonly atMs: number;
  /** How far the newest predicted step was moved, over the first two linear fields. */
  readonly distance: number;
  /** It was above `teleport`: the room put the player elsewhere. */
  readonly isTeleport: boolean;
}

/**
 * Where the player is after inputs the room has not answered yet: the room's value, and every later input once more.
 * A function of what it is told; all moments are of one monotonic clock, ms.
 */
export class Prediction<M extends object, Input> {
  /** The last corrections, at most 256, the newest last. Every state makes one, most often of 0. */
  readonly corrections: Correction[] = [];
  readonly #options: PredictionOptions<M, Input>;
  readonly #blend: Blend<M>;
  readonly #dtMs: number;
  /** Those the room has not taken yet. */
  #inputs: { readonly number: number; readonly input: Input }[] = [];
  #lastInput: Input | undefined;
  #number = 0;
  /** After the last step, and after the one before it; undefined: there is nothing to predict. */
  #head: M | undefined;
  #before: M | undefined;
  #fromMs = 0;
  #untilMs = 1;
  /** What is shown was this far from what is right, at a moment. */
  #error: readonly number[] = [];
  #errorAtMs = 0;

  constructor(tickHz: number, options: PredictionOptions<M, Input>) {
    this.#options = options;
    this.#blend = new Blend(options.fields);
    this.#dtMs = 1000 / tickHz;
  }

  /** After the last step; undefined while there is nothing to predict. */
  get head(): Readonly<M> | undefined {
    return this.#head;
  }

  /** The input of a step. Numbers that were left out are the input before once more, as in the room. */
  step(number: number, input: Input, fromMs: number, untilMs: number): void {
    const leftOut = Math.min(number - this.#number - 1, INPUTS_KEPT);
    const shown = leftOut > 0 ? this.at(fromMs) : undefined;
    for (let n = number - leftOut; n < number; n++) this.#take(n, this.#lastInput ?? input);
    this.#take(number, input);
    this.#lastInput = input;
    this.#number = number;
    this.#fromMs = fromMs;
    this.#untilMs = untilMs;
    if (shown) this.#bleedFrom(shown, fromMs);
  }

  /** The room's value after the input `consumed`; undefined: there is nothing to predict now, as for a player who is out. */
  stated(consumed: number, motion: M | undefined, nowMs: number): void {
    const shown = this.at(nowMs);
    const head = this.#head;
    this.#inputs = this.#inputs.filter(({ number }) => number > consumed);
    this.#head = this.#before = motion && { ...motion };
    this.#error = [];
    if (!this.#head) return;
    for (const { input } of this.#inputs) this.#move(input);
    if (!head || !shown) return;
    const distance = this.#blend.distance(head, this.#head);
    const isTeleport = distance > (this.#options.teleport ?? Number.POSITIVE_INFINITY);
    if (!isTeleport) this.#bleedFrom(shown, nowMs);
    this.corrections.push({ atMs: nowMs, distance, isTeleport });
    if (this.corrections.length > CORRECTIONS_KEPT) this.corrections.shift();
  }

  /** Forgets the inputs: the room counts anew, or goes on without them. */
  restart(number: number): void {
    this.#inputs = [];
    this.#number = number;
  }

  /** What to draw now, between the last two steps; undefined while there is nothing to predict. */
  at(nowMs: number): M | undefined {
    if (!this.#head) return undefined;
    const shown = this.#raw(nowMs);
    const left = 2 ** ((this.#errorAtMs - nowMs) / (this.#options.smoothMs ?? SMOOTH_MS));
    this.#blend.add(shown, this.#error, left);
    return shown;
  }

  /** How much of the last step is shown; below 0 when a picture's time is a little before the step. */
  partAt(nowMs: number): number {
    return Math.min(Math.max((nowMs - this.#fromMs) / (this.#untilMs - this.#fromMs), -1), 1);
  }

  #raw(nowMs: number): M {
    const head = this.#head as M;
    const shown = { ...head };
    this.#blend.between(this.#before as M, head, this.partAt(nowMs), shown);
    return shown;
  }

  /** What is shown goes on from where it was. */
  #bleedFrom(shown: M, nowMs: number): void {
    this.#error = this.#blend.difference(shown, this.#raw(nowMs));
    this.#errorAtMs = nowMs;
  }

  #take(number: number, input: Input): void {
    this.#inputs.push({ number, input });
    if (this.#inputs.length > INPUTS_KEPT) this.#inputs.shift();
    if (this.#head) this.#move(input);
  }

  #move(input: Input): void {
    this.#before = this.#head;
    // A copy, for a step that changes what it is given.
    const head: unknown = this.#options.step({ ...(this.#head as M) }, input, this.#dtMs);
    if (typeof head !== "object" || head === null)
      throw new InputError("what step answers", head, "the motion after the step");
    this.#head = head as M;
  }
}
