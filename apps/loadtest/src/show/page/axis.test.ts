import { expect, it } from "vitest";
import { clockText, linearAxis, logAxis, timeAxis } from "./axis.ts";

it.each([
  [0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0.3, [0, 0.1, 0.2, 0.3]],
  [7, [0, 2, 4, 6, 8]],
  [1_000, [0, 200, 400, 600, 800, 1_000]],
  [1_001, [0, 500, 1_000, 1_500]],
])("marks up to %d are round", (max, ticks) => {
  const axis = linearAxis(max);
  expect(axis.ticks).toEqual(ticks);
  expect(axis.at(ticks.at(-1)!)).toBeCloseTo(1);
});

it.each([
  [1, 1_000],
  [0.02, 9_000],
  [44, 57],
  [90, 130],
  [3, 3.1],
])("marks from %d to %d ms are on the axis, in order and apart", (min, max) => {
  const { at, ticks } = logAxis(min, max);
  const places = ticks.map(at);
  expect(places.length).toBeGreaterThanOrEqual(1);
  places.forEach((place, i) => {
    expect(place).toBeGreaterThanOrEqual(0);
    expect(place).toBeLessThanOrEqual(1);
    if (i > 0) expect(place - places[i - 1]!).toBeGreaterThan(0.14);
  });
});

it.each([
  [1, ["0 s", "1 s"]],
  [60, ["0 s", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]],
  [600, ["0:00", "2:00", "4:00", "6:00", "8:00", "10:00"]],
  [3_600, ["0:00:00", "0:10:00", "0:20:00", "0:30:00", "0:40:00", "0:50:00", "1:00:00"]],
])("a run of %i s has marks where a clock has them", (seconds, names) => {
  expect(timeAxis(seconds).ticks.map((tick) => clockText(tick, seconds))).toEqual(names);
});
