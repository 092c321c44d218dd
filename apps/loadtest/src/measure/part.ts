import type { RunSecond, Timing } from "../result.ts";
import type { PackedHistogram } from "./histogram.ts";

export const TIMINGS = ["joinMs", "matchMs", "rttMs", "tickGapMs"] as const satisfies readonly Timing[];

export type Counts = Record<
  "intended" | "arrived" | "queued" | "matched" | "joined" | "left" | "states" | "bytes" | "playedMs",
  number
>;

/** What one generator process counted in a second. */
export interface Part {
  /** From 0; when the process was held up, of the last second it is about. */
  readonly second: number;
  /** Which of the generators. */
  readonly index: number;
  readonly counts: Counts;
  /** At its end. */
  readonly now: Pick<RunSecond["players"], "queueing" | "joining" | "playing">;
  readonly errors: Readonly<Record<string, number>>;
  readonly timings: Readonly<Record<Timing, PackedHistogram>>;
  readonly generator: RunSecond["generator"];
}

export const NO_COUNTS: Readonly<Counts> = {
  intended: 0,
  arrived: 0,
  queued: 0,
  matched: 0,
  joined: 0,
  left: 0,
  states: 0,
  bytes: 0,
  playedMs: 0,
};
