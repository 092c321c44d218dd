import type { Figures, Runner } from "../benchmark.ts";
import { clockCostMs } from "../clock-cost.ts";
import { checkShown, type Flight, type Step } from "../flight.ts";
import { FrameShelf } from "../frame-shelf.ts";
import { perTick, type Totals, warmUp } from "../legs.ts";
import { Pendulum } from "../pendulum.ts";
import type { StateSubject } from "./state-subject.ts";

/** One for all runners of a process. */
const shelf = new FrameShelf();

/** Flies there and back with one subject, and measures each part of a tick for itself. */
export class StateRunner implements Runner {
  readonly #subject: StateSubject;
  readonly #flight: Flight;
  readonly #pendulum: Pendulum;
  readonly #legs: number;

  constructor(subject: StateSubject, flight: Flight, warmUpMs: number, roundMs: number) {
    this.#subject = subject;
    this.#flight = flight;
    this.#pendulum = new Pendulum(flight);
    subject.decode(subject.snapshot());
    this.#legs = warmUp(() => this.#leg(), warmUpMs, roundMs);
  }

  round(): Figures {
    const { mutateMs, encodeMs, decodeMs, bytes } = perTick(() => this.#leg(), this.#legs);
    const clockMs = clockCostMs();
    const mutate = Math.max(0, mutateMs! - clockMs) * 1e6;
    const encode = Math.max(0, encodeMs! - clockMs) * 1e6;
    return { mutate, encode, tick: mutate + encode, decode: decodeMs! * 1e6, bytes: bytes! };
  }

  #leg(): Totals {
    const subject = this.#subject;
    const steps = this.#pendulum.nextLeg();
    let mutateMs = 0;
    let encodeMs = 0;
    shelf.clear();
    for (const step of steps) {
      const startMs = performance.now();
      subject.mutate(step);
      const mutatedMs = performance.now();
      const bytes = subject.encode();
      const encodedMs = performance.now();
      mutateMs += mutatedMs - startMs;
      encodeMs += encodedMs - mutatedMs;
      shelf.put(bytes);
    }
    const frames = shelf.frames();
    const startMs = performance.now();
    for (let i = 0; i < frames.length; i++) subject.decode(frames[i]!);
    const decodeMs = performance.now() - startMs;
    this.#check(steps.at(-1)!);
    return { mutateMs, encodeMs, decodeMs, bytes: shelf.bytes, ticks: steps.length };
  }

  #check(step: Step): void {
    const { names } = this.#flight;
    const subject = this.#subject;
    if (subject.shownCount() !== names.length)
      throw new Error(`${subject.shownCount()} entities are shown; there are ${names.length}`);
    for (let i = 0; i < names.length; i++) checkShown(subject.shown(i), step, i, names[i]!, subject.quantum);
  }
}
