import { type Clock, systemClock } from "@warren/kernel";
import { InputPacer } from "./input-pacer.ts";
import { listen } from "./listen.ts";
import { type Correction, Prediction, type PredictionOptions } from "./prediction.ts";
import { tickClock } from "./room-clock.ts";
import type { InputSink, StateSource } from "./room-port.ts";
import type { TickClock } from "./tick-clock.ts";

export interface PredictOptions<S, M, Input> extends PredictionOptions<M, Input> {
  /** Where the player is by the room's state; undefined: nowhere, as while being out. */
  read(state: S): M | undefined;
}

/**
 * The player's own motion, ahead of the room: what is pressed is seen at the next step and not after the way there and
 * back. `const me = predict(room, { read, step, fields }); me.start(() => controls.input())`, then draw `me.at(nowMs)`.
 * Listens to the room until `stop`, or until the room has ended. Throws InputError for a room without ticks.
 */
export function predict<S, Input, M extends object>(
  room: StateSource<S> & InputSink<Input>,
  options: PredictOptions<S, M, Input>,
  clock: Clock = systemClock,
): Predicted<S, Input, M> {
  return new Predicted(room, options, clock);
}

type Sample<M, Input> = (motion: Readonly<M> | undefined) => Input;

/** Made by {@link predict}. Moments are of `performance.now()`, ms. */
export class Predicted<S, Input, M extends object> {
  readonly #room: StateSource<S> & InputSink<Input>;
  readonly #read: (state: S) => M | undefined;
  readonly #clock: Clock;
  readonly #ticks: TickClock;
  readonly #pacer: InputPacer;
  readonly #prediction: Prediction<M, Input>;
  #sample: Sample<M, Input> | undefined;
  #input: Input | undefined;
  #isStepping = false;
  #cancel = () => {};
  /** Takes it off the room; undefined: it is. */
  #off: (() => void) | undefined;

  /** @internal */
  constructor(room: StateSource<S> & InputSink<Input>, options: PredictOptions<S, M, Input>, clock: Clock) {
    this.#room = room;
    this.#read = (state) => options.read(state);
    this.#clock = clock;
    this.#ticks = tickClock(room, clock);
    this.#pacer = new InputPacer(room.tickHz);
    this.#prediction = new Prediction(room.tickHz, options);
    this.#listen();
  }

  /**
   * Samples an input every tick, the first one at once, sends it, and steps with it. `sample` is given where the player is by then, undefined
   * while there is nothing to predict. Nothing is sent while offline. After `stop` it begins again.
   */
  start(sample: Sample<M, Input>): this {
    this.#listen();
    this.#sample = sample;
    if (this.#room.status === "online") this.#begin();
    return this;
  }

  /** Takes it off the room: nothing is sampled and sent any more, and `at` stays where it is. Done when the room ends. */
  stop(): void {
    this.#sample = undefined;
    this.#pause();
    this.#off?.();
    this.#off = undefined;
  }

  /** What to draw now; undefined while there is nothing to predict. */
  at(nowMs: number): Readonly<M> | undefined {
    this.#stepUntil(nowMs);
    return this.#prediction.at(nowMs);
  }

  /** The tick at which the room will take the last step. */
  get headTick(): number {
    return this.#room.tick - this.#room.consumedInput + this.#pacer.number;
  }

  /** The tick at which the room will be where `at` is now; most often not a whole one. */
  tickAt(nowMs: number): number {
    return this.headTick - 1 + this.#prediction.partAt(nowMs);
  }

  /** The input of the last step. */
  get input(): Input | undefined {
    return this.#input;
  }

  /** How wrong the last predictions were, one for each state, the newest last; at most 256. */
  get corrections(): readonly Correction[] {
    return this.#prediction.corrections;
  }

  #listen(): void {
    if (this.#off) return;
    this.#stated();
    this.#off = listen(
      this.#room,
      () => this.#stated(),
      (status) => {
        if (status === "ended") this.stop();
        else if (status === "online" && this.#sample) this.#begin();
        else this.#pause();
      },
    );
  }

  #begin(): void {
    const { inputNumber, consumedInput } = this.#room;
    const last = Math.max(inputNumber, consumedInput);
    this.#prediction.restart(last);
    this.#pacer.start(this.#clock.monotonicMs(), last);
    this.#cancel();
    this.#loop();
  }

  #pause(): void {
    this.#pacer.stop();
    this.#cancel();
  }

  #stated(): void {
    const { consumedInput, inputsWaiting, state } = this.#room;
    const nowMs = this.#clock.monotonicMs();
    this.#pacer.stated(consumedInput, inputsWaiting, nowMs, this.#ticks.rttMinMs);
    this.#prediction.stated(consumedInput, this.#read(state), nowMs);
  }

  #loop(): void {
    try {
      this.#stepUntil(this.#clock.monotonicMs());
    } finally {
      const { nextMs } = this.#pacer;
      if (nextMs !== undefined)
        this.#cancel = this.#clock.after(Math.max(0, nextMs - this.#clock.monotonicMs()), () => this.#loop());
    }
  }

  #stepUntil(nowMs: number): void {
    // `sample` may ask where the player is: that must not begin the next step within this one.
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      this.#takeSteps(nowMs);
    } finally {
      this.#isStepping = false;
    }
  }

  #takeSteps(nowMs: number): void {
    for (let step = this.#pacer.take(nowMs); step; step = this.#pacer.take(nowMs)) {
      const input = (this.#sample as Sample<M, Input>)(this.#prediction.head);
      this.#input = input;
      // The page may have sent inputs of its own.
      const next = Math.max(step.number, this.#room.inputNumber + 1);
      const number = this.#room.send(input, this.#ticks.shown ?? this.#room.tick, next);
      if (number === 0) return;
      this.#prediction.step(number, input, step.fromMs, step.untilMs);
    }
  }
}
