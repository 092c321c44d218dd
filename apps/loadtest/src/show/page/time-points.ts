import type { Quantiles, RunSecond } from "../../result.ts";
import { clockText } from "./axis.ts";

/** Drawn points: more than a screen has room for only make a file large. */
const POINTS_MAX = 360;

/** Some seconds of a run, drawn as one point. */
export interface TimePoint {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly seconds: readonly RunSecond[];
}

export interface TimePoints {
  readonly points: readonly TimePoint[];
  readonly seconds: number;
  readonly secondsPerPoint: number;
}

export function timePoints(seconds: readonly RunSecond[]): TimePoints {
  const secondsPerPoint = Math.ceil(seconds.length / POINTS_MAX);
  const clock = (second: number) => clockText(second, seconds.length);
  const points = Array.from({ length: Math.ceil(seconds.length / Math.max(1, secondsPerPoint)) }, (_, i) => {
    const from = i * secondsPerPoint;
    const to = Math.min(seconds.length, from + secondsPerPoint);
    return {
      from: from / seconds.length,
      to: to / seconds.length,
      name: `${clock(from)} – ${clock(to)}`,
      seconds: seconds.slice(from, to),
    };
  });
  return { points, seconds: seconds.length, secondsPerPoint };
}

/** Rates and numbers of players: on average over the point. */
export function meanOf({ points }: TimePoints, read: (second: RunSecond) => number): number[] {
  return points.map(({ seconds }) => seconds.reduce((sum, each) => sum + read(each), 0) / seconds.length);
}

/** What must not be hidden by an average: that of the point's worst second. */
export function worstOf({ points }: TimePoints, read: (second: RunSecond) => number): number[] {
  return points.map(({ seconds }) => Math.max(...seconds.map(read)));
}

/** That of the worst second; undefined where nothing was measured. */
export function worstQuantile(
  { points }: TimePoints,
  quantilesOf: (second: RunSecond) => Quantiles,
  name: "p50" | "p95" | "p99",
): (number | undefined)[] {
  return points.map(({ seconds }) => {
    const measured = seconds.map(quantilesOf).filter(({ count }) => count > 0);
    return measured.length === 0 ? undefined : Math.max(...measured.map((each) => each[name]));
  });
}
