import type { Step } from "../queue/queue-config.ts";

/** How a window widens: the value of a schedule at an age. */
export function stepAt(steps: readonly Step[], ageMs: number): number {
  let value = steps[0]?.value ?? 0;
  for (const step of steps) if (step.atMs <= ageMs) value = step.value;
  return value;
}

/** The same, on a straight line from step to step. */
export function lineAt(steps: readonly Step[], ageMs: number): number {
  let before = steps[0];
  for (const step of steps) {
    if (step.atMs > ageMs && before && ageMs > before.atMs)
      return before.value + ((step.value - before.value) * (ageMs - before.atMs)) / (step.atMs - before.atMs);
    if (step.atMs > ageMs) break;
    before = step;
  }
  return before?.value ?? 0;
}
