import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** How often the event loop is looked at, ms. */
const LOOK_MS = 10;
const NS_PER_MS = 1e6;

/** Above it there is not enough left of a core for timers to be on time. */
export const GENERATOR_CPU_MAX = 0.85;
/** Above it times are the generator's own. */
export const GENERATOR_LAG_MS_MAX = 20;

/** How busy this process is. */
export class GeneratorLoad {
  readonly #second = monitorEventLoopDelay({ resolution: LOOK_MS });
  readonly #whole = monitorEventLoopDelay({ resolution: LOOK_MS });
  #cpu = process.cpuUsage();
  #atMs = performance.now();

  constructor() {
    this.#second.enable();
    this.#whole.enable();
  }

  /** Since it was last taken. */
  take(): { cpu: number; lagMsP99: number } {
    const nowMs = performance.now();
    const { user, system } = process.cpuUsage(this.#cpu);
    const cpu = (user + system) / 1_000 / Math.max(1, nowMs - this.#atMs);
    this.#cpu = process.cpuUsage();
    this.#atMs = nowMs;
    const load = { cpu: round(cpu), lagMsP99: lagMsP99(this.#second) };
    this.#second.reset();
    return load;
  }

  /** Of the whole run. */
  lagMsP99(): number {
    return lagMsP99(this.#whole);
  }

  end(): void {
    this.#second.disable();
    this.#whole.disable();
  }
}

/** Whether a generator that is so busy is the limit. */
export function isSaturated({ cpu, lagMsP99 }: { cpu: number; lagMsP99: number }): boolean {
  return cpu > GENERATOR_CPU_MAX || lagMsP99 > GENERATOR_LAG_MS_MAX;
}

/** It measures from one look to the next, so that nothing but the interval itself is no lag. */
function lagMsP99(looks: IntervalHistogram): number {
  return round(Math.max(0, looks.percentile(99) / NS_PER_MS - LOOK_MS));
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
