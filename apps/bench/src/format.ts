import { type Goal, isMet } from "./summary.ts";

/** Three digits, or as many as it has before the point. */
export function figure(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value === 0) return "0";
  return Math.abs(value) < 100
    ? value.toPrecision(3).replace("-", "−")
    : Math.round(value).toLocaleString("en-GB").replace("-", "−");
}

/** From the least to the greatest; one figure where they look the same. */
export function range([min, max]: readonly [number, number]): string {
  const [from, to] = [figure(min), figure(max)];
  if (from === to) return from;
  return min < 0 ? `${from} to ${to}` : `${from}–${to}`;
}

export const goalText = (goal: Goal): string =>
  "atMost" in goal ? `≤ ${figureOfGoal(goal.atMost)}` : `≥ ${figureOfGoal(goal.atLeast)}`;

export const verdict = (value: number, goal: Goal): string => (isMet(value, goal) ? "met" : "missed");

const figureOfGoal = (value: number): string => value.toLocaleString("en-GB");

/** Columns as wide as they must be; the first to the left, the others to the right unless they are named. */
export function table(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("   ")
      .trimEnd(),
  );
}
