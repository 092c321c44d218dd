import { isSaturated } from "../measure/generator-load.ts";
import { Histogram } from "../measure/histogram.ts";
import { type Counts, NO_COUNTS, type Part, TIMINGS } from "../measure/part.ts";
import type { RunReport, RunResult, RunSecond, Timing } from "../result.ts";
import type { Arrivals } from "../scenario.ts";

const MS_PER_SECOND = 1_000;
/** In a longer run one bad second, such as of a collection of garbage, is in the charts and no verdict on all of it. */
const SATURATED_SHARE_MAX = 0.1;

type Histograms = Record<Timing, Histogram>;

interface Second {
  readonly parts: Part[];
  told: boolean;
}

/** Puts together what generators counted: seconds as soon as all have told of them, and in the end the whole. */
export class Merge {
  readonly #arrivals: Arrivals;
  /** Seconds in which players were to come and play; what comes later is their leaving. */
  readonly #secondsMax: number;
  readonly #seconds: Second[] = [];
  readonly #lastOf: number[];
  readonly #whole: Histograms = histograms();
  /** By code, so far. */
  readonly errors: Record<string, number> = {};
  #lagMsP99 = 0;

  constructor(generators: number, arrivals: Arrivals, durationMs: number) {
    this.#arrivals = arrivals;
    this.#secondsMax = Math.ceil(durationMs / MS_PER_SECOND);
    this.#lastOf = Array.from({ length: generators }, () => -1);
  }

  /** Answers the seconds that are whole with it, in order. */
  add(part: Part): RunSecond[] {
    for (let second = this.#seconds.length; second <= part.second; second++)
      this.#seconds.push({ parts: [], told: false });
    this.#seconds[part.second]!.parts.push(part);
    this.#lastOf[part.index] = Math.max(this.#lastOf[part.index]!, part.second);
    for (const name of TIMINGS) this.#whole[name].add(part.timings[name]);
    for (const [code, count] of Object.entries(part.errors))
      this.errors[code] = (this.errors[code] ?? 0) + count;
    return this.#wholeSeconds();
  }

  /** A generator that has nothing more to tell. `lagMsP99`: of its whole run. */
  ended(generator: number, lagMsP99: number): RunSecond[] {
    this.#lastOf[generator] = Number.POSITIVE_INFINITY;
    this.#lagMsP99 = Math.max(this.#lagMsP99, lagMsP99);
    return this.#wholeSeconds();
  }

  /**
   * Those of the run itself. While all leave there is too little to measure, and it would be the end of every curve; what
   * was counted then is in the last second.
   */
  seconds(): RunSecond[] {
    const seconds = this.#seconds.map((_, second) => this.#second(second));
    const leaving = seconds.splice(this.#secondsMax);
    const last = seconds.at(-1);
    for (const { players, errors } of last ? leaving : []) {
      last!.players.arrived += players.arrived;
      last!.players.left += players.left;
      last!.errors += errors;
    }
    return seconds;
  }

  histograms(): RunReport["histograms"] {
    return mapped((name) => this.#whole[name].bars());
  }

  result(): RunResult {
    const all = this.#seconds.flatMap(({ parts }) => parts);
    const counts = summed(all);
    const running = this.#seconds.slice(0, this.#secondsMax);
    const busy = running.filter(({ parts }) =>
      parts.some(({ now, counts: { states } }) => now.playing + states > 0),
    );
    const states = summed(busy.flatMap(({ parts }) => parts)).states;
    const generators = this.#loads();
    const saturated = running.filter(({ parts }) => parts.some(({ generator }) => isSaturated(generator)));
    return {
      players: "players" in this.#arrivals ? this.#arrivals.players : counts.arrived,
      stages: { queued: counts.queued, matched: counts.matched, joined: counts.joined, left: counts.left },
      errors: this.errors,
      ...mapped((name) => this.#whole[name].quantiles()),
      statesPerSecond: rounded(states / Math.max(1, busy.length)),
      bytesPerPlayerPerSecond: rounded(counts.bytes / Math.max(1, counts.playedMs / MS_PER_SECOND)),
      generator: {
        cpu: rounded(Math.max(0, ...generators)),
        lagMsP99: this.#lagMsP99,
        saturated: saturated.length > running.length * SATURATED_SHARE_MAX,
      },
    };
  }

  /** CPU of each generator, on average over its seconds. */
  #loads(): number[] {
    const sums = new Map<number, { cpu: number; count: number }>();
    for (const { parts } of this.#seconds.slice(0, this.#secondsMax))
      for (const { generator, index } of parts) {
        const sum = sums.get(index) ?? { cpu: 0, count: 0 };
        sums.set(index, { cpu: sum.cpu + generator.cpu, count: sum.count + 1 });
      }
    return [...sums.values()].map(({ cpu, count }) => cpu / count);
  }

  #wholeSeconds(): RunSecond[] {
    const whole = Math.min(...this.#lastOf, this.#seconds.length - 1);
    const told: RunSecond[] = [];
    for (let second = 0; second <= whole; second++) {
      const found = this.#seconds[second]!;
      if (found.told) continue;
      found.told = true;
      told.push(this.#second(second));
    }
    return told;
  }

  #second(second: number): RunSecond {
    const { parts } = this.#seconds[second]!;
    const counts = summed(parts);
    const timings = histograms();
    for (const part of parts) for (const name of TIMINGS) timings[name].add(part.timings[name]);
    const now = (name: keyof Part["now"]) => parts.reduce((sum, part) => sum + part.now[name], 0);
    return {
      second,
      players: {
        arrived: counts.arrived,
        queueing: now("queueing"),
        joining: now("joining"),
        playing: now("playing"),
        left: counts.left,
      },
      joinsPerSecond: counts.joined,
      intendedPerSecond: counts.intended,
      joinMs: timings.joinMs.quantiles(),
      rttMs: timings.rttMs.quantiles(),
      statesPerSecond: counts.states,
      bytesPerSecond: counts.bytes,
      errors: parts.flatMap(({ errors }) => Object.values(errors)).reduce((sum, count) => sum + count, 0),
      generator: {
        cpu: Math.max(0, ...parts.map(({ generator }) => generator.cpu)),
        lagMsP99: Math.max(0, ...parts.map(({ generator }) => generator.lagMsP99)),
      },
    };
  }
}

function summed(parts: readonly Part[]): Counts {
  const sum: Counts = { ...NO_COUNTS };
  for (const { counts } of parts)
    for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += counts[name];
  return sum;
}

function histograms(): Histograms {
  return mapped(() => new Histogram());
}

function mapped<T>(make: (name: Timing) => T): Record<Timing, T> {
  return Object.fromEntries(TIMINGS.map((name) => [name, make(name)])) as Record<Timing, T>;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
