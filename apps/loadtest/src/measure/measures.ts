import type { RunSecond, Timing } from "../result.ts";
import { Histogram } from "./histogram.ts";
import { type Counts, NO_COUNTS, type Part, TIMINGS } from "./part.ts";

/** What the players of one process do, counted since it was last taken. */
export class Measures {
  /** Of now, not since. */
  readonly now = { queueing: 0, joining: 0, playing: 0 };
  readonly counts: Counts = { ...NO_COUNTS };
  readonly timings: Readonly<Record<Timing, Histogram>> = {
    joinMs: new Histogram(),
    matchMs: new Histogram(),
    rttMs: new Histogram(),
    tickGapMs: new Histogram(),
  };
  #errors: Record<string, number> = {};
  #playingSinceMs = performance.now();

  error(code: string): void {
    this.#errors[code] = (this.#errors[code] ?? 0) + 1;
  }

  /** One more plays, or one less. */
  playing(change: 1 | -1): void {
    this.#countPlayed();
    this.now.playing += change;
  }

  take(second: number, index: number, generator: RunSecond["generator"]): Part {
    this.#countPlayed();
    const part = {
      second,
      index,
      counts: { ...this.counts },
      now: { ...this.now },
      errors: this.#errors,
      timings: Object.fromEntries(
        TIMINGS.map((name) => [name, this.timings[name].packed()]),
      ) as Part["timings"],
      generator,
    };
    Object.assign(this.counts, NO_COUNTS);
    this.#errors = {};
    for (const name of TIMINGS) this.timings[name].reset();
    return part;
  }

  #countPlayed(): void {
    const nowMs = performance.now();
    this.counts.playedMs += (nowMs - this.#playingSinceMs) * this.now.playing;
    this.#playingSinceMs = nowMs;
  }
}
