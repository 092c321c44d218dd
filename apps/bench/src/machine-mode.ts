import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { median } from "./stats.ts";

/**
 * Some virtual machines have two speeds that no load figure shows, for seconds at a time; they differ by up to a
 * factor of three, and in how long a cache line takes from one core to another. `busy`: other processes had the cores.
 * `mixed`: it changed during the round. `unknown`: nobody looked.
 */
export type Mode = "fast" | "slow" | "busy" | "mixed" | "unknown";

const PROBE_MS = 100;
const SLOW_FROM_NS = 280;
const BUSY_FROM_NS = 1_000;
/** Few: where other processes have the cores, each can take as long as a turn of the scheduler. */
const BOUNCES_PER_SLICE = 50;

/** What the two threads share: whether to play, and the ball. */
export const PLAY = 0;
export const BALL = 1;

/** Measures how long a cache line takes from one core to another and back, by bouncing one atomic between two threads. */
export class SpeedProbe {
  readonly #cells = new Int32Array(new SharedArrayBuffer(256));
  readonly #worker = new Worker(new URL("./bounce.js", import.meta.url), { workerData: this.#cells });
  #ball = 0;

  /** Starts the other thread, and lets both warm up. */
  static async start(): Promise<SpeedProbe> {
    const probe = new SpeedProbe();
    await once(probe.#worker, "message");
    probe.#worker.unref();
    probe.roundTripNs();
    return probe;
  }

  /** Median round trip in nanoseconds. Takes a tenth of a second, or longer on a busy machine; the calling thread spins meanwhile. */
  roundTripNs(): number {
    const cells = this.#cells;
    Atomics.store(cells, PLAY, 1);
    Atomics.notify(cells, PLAY);
    this.#bounce(1);
    const slicesNs: number[] = [];
    const startedMs = performance.now();
    for (let nowMs = startedMs; nowMs - startedMs < PROBE_MS; ) {
      this.#bounce(BOUNCES_PER_SLICE);
      const endMs = performance.now();
      slicesNs.push(((endMs - nowMs) * 1e6) / BOUNCES_PER_SLICE);
      nowMs = endMs;
    }
    Atomics.store(cells, PLAY, 0);
    return median(slicesNs);
  }

  #bounce(times: number): void {
    const cells = this.#cells;
    for (let i = 0; i < times; i++) {
      this.#ball = (this.#ball + 2) & 0xffffff;
      Atomics.store(cells, BALL, this.#ball + 1);
      while (Atomics.load(cells, BALL) !== this.#ball) {}
    }
  }

  close(): void {
    void this.#worker.terminate();
  }
}

/** The mode of a round, from what was measured before and after it. */
export function modeOf(beforeNs: number, afterNs: number): Mode {
  const before = speedOf(beforeNs);
  return before === speedOf(afterNs) ? before : "mixed";
}

function speedOf(roundTripNs: number): Mode {
  if (roundTripNs >= BUSY_FROM_NS) return "busy";
  return roundTripNs >= SLOW_FROM_NS ? "slow" : "fast";
}
