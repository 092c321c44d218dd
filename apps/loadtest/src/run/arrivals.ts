import type { Arrivals } from "../scenario.ts";

/** When players come: rising times from the run's start, ms, each with the number of its player. */
export interface Arrival {
  readonly atMs: number;
  readonly number: number;
}

const MS_PER_SECOND = 1_000;

/**
 * Those of generator `index` of `count`. Players are dealt out in turn, so that all generators come to their share at
 * every moment, and who a player is does not depend on when others leave.
 */
export function* arrivalsOf(
  arrivals: Arrivals,
  durationMs: number,
  { index, count }: { index: number; count: number },
): Generator<Arrival> {
  for (let number = index; ; number += count) {
    const atMs = arrivalMs(arrivals, number);
    if (atMs >= durationMs) return;
    yield { atMs, number };
  }
}

/**
 * The same players within another time: all stages together take as long. Without one a population's ramp is at most half
 * of the run, because nobody asks for players who never come.
 */
export function ramped(arrivals: Arrivals, rampMs: number | undefined, durationMs: number): Arrivals {
  if ("players" in arrivals)
    return { ...arrivals, rampMs: rampMs ?? Math.min(arrivals.rampMs, durationMs / 2) };
  if (rampMs === undefined) return arrivals;
  const allMs = arrivals.stages.reduce((sum, { forMs }) => sum + forMs, 0);
  const factor = allMs === 0 ? 0 : rampMs / allMs;
  return { ...arrivals, stages: arrivals.stages.map((stage) => ({ ...stage, forMs: stage.forMs * factor })) };
}

/** How many are to come from one time to another. */
export function intendedBetween(arrivals: Arrivals, fromMs: number, toMs: number): number {
  return arrivedBy(arrivals, toMs) - arrivedBy(arrivals, fromMs);
}

/** When a player comes, from the run's start; never: Infinity. */
export function arrivalMs(arrivals: Arrivals, number: number): number {
  if ("players" in arrivals)
    return number < arrivals.players
      ? (arrivals.rampMs * number) / arrivals.players
      : Number.POSITIVE_INFINITY;
  if (number >= (arrivals.playersMax ?? Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  let missing = number;
  let fromMs = 0;
  let from = 0;
  for (const { forMs, toPerSecond } of arrivals.stages) {
    const coming = (((from + toPerSecond) / 2) * forMs) / MS_PER_SECOND;
    if (coming > missing) return fromMs + msUntil(missing, from, toPerSecond, forMs);
    missing -= coming;
    fromMs += forMs;
    from = toPerSecond;
  }
  return from > 0 ? fromMs + (missing / from) * MS_PER_SECOND : Number.POSITIVE_INFINITY;
}

function arrivedBy(arrivals: Arrivals, atMs: number): number {
  if ("players" in arrivals) {
    const share = arrivals.rampMs === 0 ? 1 : Math.min(1, atMs / arrivals.rampMs);
    return atMs > 0 ? Math.ceil(arrivals.players * share) : 0;
  }
  let arrived = 0;
  let leftMs = atMs;
  let from = 0;
  for (const { forMs, toPerSecond } of arrivals.stages) {
    const partMs = Math.min(leftMs, forMs);
    const to = forMs === 0 ? toPerSecond : from + ((toPerSecond - from) * partMs) / forMs;
    arrived += (((from + to) / 2) * partMs) / MS_PER_SECOND;
    leftMs -= partMs;
    from = toPerSecond;
    if (leftMs <= 0) break;
  }
  arrived += (Math.max(0, leftMs) * from) / MS_PER_SECOND;
  return Math.min(Math.ceil(arrived), arrivals.playersMax ?? Number.POSITIVE_INFINITY);
}

/** When so many have come within a stage whose rate moves evenly: the root of an area under a line. */
function msUntil(count: number, from: number, to: number, forMs: number): number {
  const slope = (to - from) / forMs;
  // from·t + slope·t²/2 = count·1000, in a form that does not divide by a slope of 0.
  const area = count * MS_PER_SECOND;
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * area));
  return from + root === 0 ? 0 : (2 * area) / (from + root);
}
