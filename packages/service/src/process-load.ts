import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

const SAMPLE_MS = 1_000;
/** The event loop is asked this often, which wakes an idle process; a loop that is late by less is not late. */
const LAG_RESOLUTION_MS = 40;
/**
 * Lag is of the last one to two windows: a single stall is no sign of load, and is below the percentile in a window
 * this long. The first window does not count: a process that starts stalls.
 */
const LAG_WINDOW_SAMPLES = 5;

/** How busy a process is. */
export interface ProcessLoad {
  /** Share of one core used in the last second; 1: all of it. */
  readonly cpu: number;
  /** How late the event loop was in the last 5 to 10 s, 99th percentile, ms; 0 in the first 10 s. */
  readonly loopLagMs: number;
  /** Resident memory, MiB. */
  readonly memoryMib: number;
}

/** Measures this process once a second, until it is closed. */
export class ProcessMeter {
  #load: ProcessLoad = { cpu: 0, loopLagMs: 0, memoryMib: memoryMib() };
  /** Of the window before and this one. */
  #older: IntervalHistogram | undefined;
  #newer = delayHistogram();
  #samples = 0;
  #cpu = process.cpuUsage();
  #atMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    this.#timer.unref();
  }

  get load(): ProcessLoad {
    return this.#load;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#older?.disable();
    this.#newer.disable();
  }

  #sample(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const nowMs = performance.now();
    const lagMs = (this.#older?.percentile(99) ?? 0) / 1e6 - LAG_RESOLUTION_MS;
    this.#load = {
      cpu: (user + system) / 1000 / (nowMs - this.#atMs),
      loopLagMs: Math.max(0, Math.round(lagMs * 10) / 10),
      memoryMib: memoryMib(),
    };
    this.#cpu = process.cpuUsage();
    this.#atMs = nowMs;
    if (++this.#samples % LAG_WINDOW_SAMPLES > 0) return;
    this.#older?.disable();
    // It goes on recording: what is told is of this moment too.
    if (this.#samples > LAG_WINDOW_SAMPLES) this.#older = this.#newer;
    else this.#newer.disable();
    this.#newer = delayHistogram();
  }
}

function delayHistogram() {
  const histogram = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

function memoryMib(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576);
}
