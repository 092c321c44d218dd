import type { Figures, Runner } from "../benchmark.ts";
import { clockCostMs } from "../clock-cost.ts";
import { checkShown, type Moment } from "../flight.ts";
import { FrameShelf } from "../frame-shelf.ts";
import { perTick, type Totals, warmUp } from "../legs.ts";
import { Pendulum } from "../pendulum.ts";
import type { Send } from "../send.ts";
import type { InterestOptions, InterestSubject } from "./interest-subject.ts";

/** Flies there and back with one subject and all its clients, and checks what the watched ones show after each leg. */
export class InterestRunner implements Runner {
  readonly #subject: InterestSubject;
  readonly #options: InterestOptions;
  readonly #pendulum: Pendulum;
  readonly #shelves: readonly (FrameShelf | undefined)[];
  readonly #legs: number;
  #bytes = 0;

  constructor(subject: InterestSubject, options: InterestOptions, warmUpMs: number, roundMs: number) {
    this.#subject = subject;
    this.#options = options;
    this.#pendulum = new Pendulum(options.flight);
    this.#shelves = Array.from({ length: options.clients }, (_, client) =>
      options.watched.includes(client) ? new FrameShelf() : undefined,
    );
    subject.start(this.#send);
    this.#decode();
    for (const client of options.watched) this.#check(client, options.flight.start);
    this.#legs = warmUp(() => this.#leg(), warmUpMs, roundMs);
  }

  round(): Figures {
    const { mutateMs, lookMs, encodeMs, decodeMs, bytes } = perTick(() => this.#leg(), this.#legs);
    const clockMs = clockCostMs();
    const mutate = Math.max(0, mutateMs! - clockMs) * 1e3;
    const look = Math.max(0, lookMs! - clockMs) * 1e3;
    const encode = Math.max(0, encodeMs! - clockMs) * 1e3;
    const decode = (decodeMs! * 1e3) / this.#options.watched.length;
    return { mutate, look, encode, tick: mutate + look + encode, decode, bytes: bytes! };
  }

  /** What a transport would take. */
  readonly #send: Send = (client, bytes) => {
    this.#bytes += bytes.length;
    this.#shelves[client]?.put(bytes);
  };

  #leg(): Totals {
    const subject = this.#subject;
    const steps = this.#pendulum.nextLeg();
    let mutateMs = 0;
    let lookMs = 0;
    let encodeMs = 0;
    this.#bytes = 0;
    for (const step of steps) {
      const startMs = performance.now();
      subject.mutate(step);
      const mutatedMs = performance.now();
      subject.look(step);
      const lookedMs = performance.now();
      subject.encode(this.#send);
      const encodedMs = performance.now();
      mutateMs += mutatedMs - startMs;
      lookMs += lookedMs - mutatedMs;
      encodeMs += encodedMs - lookedMs;
    }
    const bytes = this.#bytes;
    const decodeMs = this.#decode();
    for (const client of this.#options.watched) this.#check(client, steps.at(-1)!);
    return { mutateMs, lookMs, encodeMs, decodeMs, bytes, ticks: steps.length };
  }

  /** All watched clients read what they were sent. Answers how long it took, in milliseconds. */
  #decode(): number {
    let decodeMs = 0;
    for (const client of this.#options.watched) {
      const shelf = this.#shelves[client]!;
      const frames = shelf.frames();
      const startMs = performance.now();
      for (const frame of frames) this.#subject.decode(client, frame);
      decodeMs += performance.now() - startMs;
      shelf.clear();
    }
    return decodeMs;
  }

  #check(client: number, at: Moment): void {
    const { grid, flight } = this.#options;
    const { quantum } = this.#subject;
    let count = 0;
    grid.checkShown({ x: at.x[client]!, y: at.y[client]! }, at, quantum.position, (i) => {
      return this.#subject.shown(client, i) !== undefined;
    });
    flight.names.forEach((name, i) => {
      const shown = this.#subject.shown(client, i);
      if (shown === undefined) return;
      count++;
      checkShown(shown, at, i, name, quantum);
    });
    if (this.#subject.shownCount(client) !== count)
      throw new Error(
        `client ${client} shows ${this.#subject.shownCount(client)} entities; ${count} are known`,
      );
  }
}
