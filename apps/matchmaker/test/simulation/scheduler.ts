import type { Clock, Prng } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";

/** One life of a process. What it waits for when it dies never comes. */
export class Life {
  isAlive = true;
  /** Stopped until then, without knowing it: what it waits for comes later. */
  stoppedUntilMs = 0;
}

interface Job {
  readonly life: Life | undefined;
  readonly run: () => void;
}

interface Timer extends Job {
  readonly atMs: number;
}

/** How often what goes wrong does, in percent. */
const LOST_REQUEST = 4;
const LATE_REQUEST = 3;
const LOST_ANSWER = 4;
const REPEATED_REQUEST = 3;

/**
 * Decides what happens next, by one seed: which answer arrives, which timer runs, which request is lost. Between two
 * steps everything that can run without another answer has run.
 */
export class Scheduler {
  nowMs = 1_000_000;
  hasFaults = true;
  steps = 0;
  readonly prng: Prng;
  readonly #jobs: Job[] = [];
  readonly #timers: Timer[] = [];

  constructor(prng: Prng) {
    this.prng = prng;
  }

  chance(percent: number): boolean {
    return this.hasFaults && this.prng.int(0, 99) < percent;
  }

  /** Something that will happen, sometime; of a life that ended: never. */
  add(life: Life | undefined, run: () => void): void {
    this.#jobs.push({ life, run });
  }

  /** Runs one thing that can happen now, and all that follows from it at once. False: there is nothing. */
  async step(): Promise<boolean> {
    while (this.#jobs.length > 0) {
      const at = this.prng.int(0, this.#jobs.length - 1);
      const job = this.#jobs[at] as Job;
      const last = this.#jobs.pop() as Job;
      if (job !== last) this.#jobs[at] = last;
      if (job.life && !job.life.isAlive) continue;
      if (job.life && job.life.stoppedUntilMs > this.nowMs) {
        this.#timers.push({ ...job, atMs: job.life.stoppedUntilMs });
        continue;
      }
      this.steps++;
      job.run();
      await settled();
      return true;
    }
    return false;
  }

  /** Time passes; what becomes due may run from now on, in any order. */
  pass(ms: number): void {
    this.nowMs += ms;
    for (let at = this.#timers.length - 1; at >= 0; at--) {
      const timer = this.#timers[at] as Timer;
      if (timer.atMs > this.nowMs && timer.life?.isAlive !== false) continue;
      const last = this.#timers.pop() as Timer;
      if (timer !== last) this.#timers[at] = last;
      if (timer.life?.isAlive !== false) this.#jobs.push(timer);
    }
  }

  /** How long until the next timer. */
  get nextTimerMs(): number {
    let atMs = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers) if (timer.life?.isAlive !== false) atMs = Math.min(atMs, timer.atMs);
    return atMs - this.nowMs;
  }

  after(life: Life | undefined, delayMs: number, fn: () => void): () => void {
    let isCancelled = false;
    const timer = { life, atMs: this.nowMs + Math.max(0, delayMs), run: () => void (isCancelled || fn()) };
    this.#timers.push(timer);
    return () => {
      isCancelled = true;
      const at = this.#timers.indexOf(timer);
      const last = at < 0 ? undefined : (this.#timers.pop() as Timer);
      if (last && last !== timer) this.#timers[at] = last;
    };
  }

  clockOf(life: Life): Clock {
    return {
      monotonicMs: () => this.nowMs,
      wallMs: () => this.nowMs,
      after: (delayMs, fn) => this.after(life, delayMs, fn),
    };
  }

  turn(life: Life): Promise<void> {
    return new Promise((resolve) => this.add(life, resolve));
  }

  /**
   * A request over a network: it may be lost, come late, come twice, or its answer may be lost; then it fails with
   * UNAVAILABLE. Its effect happens in one step, at some time, also when the one who asked is dead by then.
   */
  call<T>(life: Life, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = () =>
        this.add(life, () => reject(new WarrenError("UNAVAILABLE", "lost by the simulation")));
      this.add(undefined, () => {
        if (this.chance(LOST_REQUEST)) return fail();
        if (this.chance(LATE_REQUEST)) {
          fail();
          return this.after(undefined, this.prng.int(0, 3_000), () => void attempt(effect));
        }
        const outcome = attempt(effect);
        if (this.chance(REPEATED_REQUEST))
          this.after(undefined, this.prng.int(0, 2_000), () => void attempt(effect));
        if (this.chance(LOST_ANSWER)) return fail();
        this.add(life, () => ("error" in outcome ? reject(outcome.error) : resolve(outcome.value)));
        return undefined;
      });
    });
  }
}

function attempt<T>(effect: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: effect() };
  } catch (error) {
    if (error instanceof Problem) throw error;
    return { error };
  }
}

/** A promise that was broken; ends the run. */
export class Problem extends Error {
  override readonly name = "Problem";
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
