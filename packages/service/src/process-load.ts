import { type Histogram, monitorEventLoopDelay } from "node:perf_hooks";

const SAMPLE_MS = 1_000;
/**
 * The event loop of a process that works is asked this often. Asking wakes an idle one, which is not asked: whoever works
 * less than a tenth of a second is late by no more than that.
 */
const LAG_RESOLUTION_MS = 20;
const WORKS_CPU_MIN = 0.1;
/** Others may have the processor while this one waits for it: then its own samples come late. */
const SAMPLE_LATE_MS = 50;
/** Lag is of the last whole window. The first one does not count: a process that starts stalls. */
const LAG_WINDOW_SAMPLES = 5;
/** So many stalls in a window are no sign of load. */
const STALLS_MAX = 2;

/** How busy a process is. */
export interface ProcessLoad {
  /** Share of one core used in the last second; 1: all of it. */
  readonly cpu: number;
  /** How late the event loop was in the last whole 5 s but for the two longest stalls, ms; 0 in the first 10 s, and of one that hardly works. */
  readonly loopLagMs: number;
  /** Resident memory, MiB. */
  readonly memoryMib: number;
}

/** Measures this process once a second, until it is closed. */
export class ProcessMeter {
  #load: ProcessLoad = { cpu: 0, loopLagMs: 0, memoryMib: memoryMib() };
  readonly #delays = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  #lagMs = 0;
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
    this.#delays.disable();
  }

  #sample(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#atMs;
    const cpu = (user + system) / 1000 / elapsedMs;
    if (++this.#samples % LAG_WINDOW_SAMPLES === 0) this.#endWindow();
    if (cpu >= WORKS_CPU_MIN || elapsedMs > SAMPLE_MS + SAMPLE_LATE_MS) this.#delays.enable();
    else this.#delays.disable();
    this.#load = { cpu, loopLagMs: this.#lagMs, memoryMib: memoryMib() };
    this.#cpu = process.cpuUsage();
    this.#atMs = nowMs;
  }

  #endWindow(): void {
    if (this.#samples > LAG_WINDOW_SAMPLES) this.#lagMs = lagMsOf(this.#delays);
    this.#delays.reset();
  }
}

/** Of the times between two looks at the loop, ns, however few there were. */
export function lagMsOf(looks: Pick<Histogram, "count" | "percentile">): number {
  const { count } = looks;
  if (count <= STALLS_MAX) return 0;
  const betweenMs = looks.percentile(100 * (1 - STALLS_MAX / count)) / 1e6;
  return Math.max(0, Math.round((betweenMs - LAG_RESOLUTION_MS) * 10) / 10);
}

function memoryMib(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576);
}
