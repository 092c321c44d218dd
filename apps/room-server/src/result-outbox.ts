import type { Clock } from "@warren/kernel";
import { ERRORS, WarrenError } from "@warren/protocol";
import type { ResultReported } from "@warren/protocol/services";
import type { Logger } from "@warren/service";
import type { RoomServerMetrics } from "./metrics.ts";

/** Results that wait for a replica; more are dropped. */
export const RESULTS_WAITING_MAX = 10_000;
/** A result that no replica has taken for this long is dropped. */
export const RESULT_KEPT_MS = 600_000;
/** Results told in one call. */
export const RESULTS_PER_CALL_MAX = 500;
/** How long a stop waits for what was not told yet. */
export const RESULTS_FLUSH_MS = 1_500;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5_000;

interface Waiting {
  readonly result: ResultReported;
  readonly sinceMs: number;
}

/**
 * Results of matches on their way to a replica, which puts them into the log. Each is kept until a replica has
 * acknowledged it: told at least once, by any replica that is connected, another one after a failure.
 *
 *   waiting ──call──▶ acknowledged        waiting ──10 min, refused for good, or too many──▶ dropped
 *      ▲────failed──┘
 */
export class ResultOutbox {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: Pick<RoomServerMetrics, "resultsDropped" | "resultsWaiting">;
  readonly #replicas: () => readonly string[];
  readonly #tell: (address: string, results: readonly ResultReported[]) => Promise<void>;
  readonly #waiting = new Map<string, Waiting>();
  #telling = false;
  #failures = 0;
  #perCall = RESULTS_PER_CALL_MAX;
  #cancelRetry = () => {};
  #onEmpty = () => {};

  constructor(options: {
    clock: Clock;
    log: Logger;
    metrics: Pick<RoomServerMetrics, "resultsDropped" | "resultsWaiting">;
    /** Addresses of the replicas that are connected. */
    replicas: () => readonly string[];
    /** Resolves when all of the results are in the log. */
    tell: (address: string, results: readonly ResultReported[]) => Promise<void>;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#replicas = options.replicas;
    this.#tell = options.tell;
  }

  add(result: ResultReported): void {
    if (this.#waiting.size >= RESULTS_WAITING_MAX)
      return this.#dropped(result, `${RESULTS_WAITING_MAX} wait already`);
    this.#waiting.set(result.matchId, { result, sinceMs: this.#clock.monotonicMs() });
    // After a failure the next try has its time.
    if (this.#failures === 0 || this.#waiting.size === 1) this.wake();
    else this.#count();
  }

  /** Another replica is connected. */
  wake(): void {
    this.#cancelRetry();
    if (!this.#telling) void this.#tellAll();
  }

  /** Resolves when nothing waits, after 1.5 s in any case; what waits then is lost. */
  async flush(): Promise<void> {
    if (this.#waiting.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(RESULTS_FLUSH_MS, resolve);
        this.#onEmpty = () => {
          cancel();
          resolve();
        };
        this.wake();
      });
    }
    this.#cancelRetry();
    for (const { result } of this.#waiting.values()) this.#drop(result, "the node has stopped");
  }

  async #tellAll(): Promise<void> {
    this.#telling = true;
    let isDone = false;
    while (!isDone) {
      this.#dropOld();
      isDone = this.#waiting.size === 0 || !(await this.#tellSome());
      this.#count();
    }
    this.#telling = false;
    if (this.#waiting.size === 0) return this.#onEmpty();
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#failures - 1, 10));
    this.#cancelRetry = this.#clock.after(delayMs, () => this.wake());
  }

  /** Answers whether a replica has taken them. */
  async #tellSome(): Promise<boolean> {
    const replicas = this.#replicas();
    const replica = replicas[this.#failures % replicas.length];
    const results = [...this.#waiting.values()].slice(0, this.#perCall).map(({ result }) => result);
    try {
      if (replica === undefined) throw new WarrenError("UNAVAILABLE", "No matchmaker is connected.");
      await this.#tell(replica, results);
    } catch (error) {
      this.#failures++;
      const { code, message } = WarrenError.from(error);
      this.#log.warn(
        { event: "results.not_taken", replica, code, waiting: this.#waiting.size },
        `results of matches could not be told: ${message}`,
      );
      // One of them will never be taken: which one shows when they go one by one.
      if (ERRORS[code].retry !== "never") return false;
      if (results.length === 1) this.#drop(results[0]!, message);
      this.#perCall = 1;
      return false;
    }
    this.#failures = 0;
    this.#perCall = RESULTS_PER_CALL_MAX;
    for (const { matchId } of results) this.#waiting.delete(matchId);
    return true;
  }

  #dropOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const { result, sinceMs } of this.#waiting.values()) {
      if (nowMs - sinceMs < RESULT_KEPT_MS) break;
      this.#drop(result, "no matchmaker took it in time");
    }
  }

  #drop(result: ResultReported, why: string): void {
    this.#waiting.delete(result.matchId);
    this.#dropped(result, why);
  }

  #dropped({ matchId, roomId }: ResultReported, why: string): void {
    this.#metrics.resultsDropped.inc();
    this.#count();
    this.#log.error({ event: "result.dropped", matchId, roomId }, `the result of a match is lost: ${why}`);
  }

  #count(): void {
    this.#metrics.resultsWaiting.set(this.#waiting.size);
  }
}
