/** Where a value is, from 0 (start) to 1 (end), and the marks beside it. */
export interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From zero to a round number at or above `max`, with marks at round numbers. */
export function linearAxis(max: number, ticksMax = 5): Axis {
  const step = roundStep((max > 0 ? max : 1) / ticksMax);
  const count = Math.max(1, Math.ceil((max > 0 ? max : 1) / step - 1e-9));
  return {
    at: (value) => value / (count * step),
    // No 0.30000000000000004.
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))),
  };
}

/** 1, 2 or 5 times a power of ten, at or above `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((times) => times * power >= least * (1 - 1e-9)) ?? 10) * power;
}

/** Of something that spans powers of ten: as much room for 1 to 10 as for 10 to 100. */
export function logAxis(min: number, max: number): Axis {
  const from = Math.log10(min);
  const span = Math.max(Math.log10(max) - from, 1e-6);
  const at = (value: number) => (Math.log10(value) - from) / span;
  const powers = Array.from({ length: Math.ceil(span) + 2 }, (_, i) => 10 ** (Math.floor(from) + i));
  const rounds = [1, 5, 2, 3, 7].flatMap((times) => powers.map((power) => times * power));
  const step = roundStep((max - min) / LOG_TICKS_MAX);
  const steps = Array.from({ length: LOG_TICKS_MAX + 1 }, (_, i) => (Math.ceil(min / step) + i) * step);
  const ticks: number[] = [];
  // The roundest first; others only where there is room for them.
  for (const tick of [...rounds, ...steps].map((value) => Number(value.toPrecision(12))))
    if (
      tick >= min &&
      tick <= max &&
      ticks.every((each) => Math.abs(at(each) - at(tick)) >= 1 / LOG_TICKS_MAX)
    )
      ticks.push(tick);
  return { at, ticks: ticks.sort((a, b) => a - b) };
}

const LOG_TICKS_MAX = 7;
const TIME_STEPS_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400,
];
const TIME_TICKS_MAX = 7;

/** Seconds of a run, with marks where a clock would have them. */
export function timeAxis(seconds: number): Axis {
  const step =
    TIME_STEPS_SECONDS.find((each) => seconds / each <= TIME_TICKS_MAX) ??
    Math.ceil(seconds / TIME_TICKS_MAX / 86_400) * 86_400;
  return {
    at: (value) => value / Math.max(1, seconds),
    ticks: Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step),
  };
}

/** `45 s` in a short run, `1:30` in a longer one, `0:02:30` in one of hours. */
export function clockText(second: number, of: number): string {
  if (of <= 120) return `${second} s`;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const minutes = Math.floor(second / 60);
  if (of < 3_600) return `${minutes}:${two(second % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(second % 60)}`;
}
