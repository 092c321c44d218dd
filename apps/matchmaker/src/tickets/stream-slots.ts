import { WarrenError } from "@warren/protocol";
import type { MatchmakerConfig } from "../config.ts";
import type { MatchmakerMetrics } from "../metrics.ts";

/** Event streams of all kinds, of REST and gRPC, counted against one limit. */
export class StreamSlots {
  readonly #config: MatchmakerConfig;
  readonly #metrics: MatchmakerMetrics;
  #open = 0;

  constructor(config: MatchmakerConfig, metrics: MatchmakerMetrics) {
    this.#config = config;
    this.#metrics = metrics;
  }

  /** A place for one stream; what it answers gives it back. Throws RATE_LIMITED. */
  take(): () => void {
    if (this.#open >= this.#config.streamsMax)
      throw new WarrenError("RATE_LIMITED", `${this.#open} event streams are open, as many as accepted`, {
        details: { field: "streams", limit: this.#config.streamsMax },
      });
    this.#metrics.streams.set(++this.#open);
    return () => this.#metrics.streams.set(--this.#open);
  }
}
