import { InputError } from "@warren/kernel";
import { TIMINGS } from "./measure/part.ts";
import type { RunResult } from "./result.ts";

/** What a run has to keep to, such as `joinMs.p99<500`. */
export interface Threshold {
  readonly text: string;
  readonly path: string;
  readonly compare: Comparison;
  readonly limit: number;
}

type Comparison = "<" | "<=" | ">" | ">=";
const HOLDS: Readonly<Record<Comparison, (value: number, limit: number) => boolean>> = {
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

const QUANTILES = ["p50", "p95", "p99", "max", "count"] as const;
const SINGLE = [
  "players",
  "stages.queued",
  "stages.matched",
  "stages.joined",
  "stages.left",
  "errors.total",
  "statesPerSecond",
  "bytesPerPlayerPerSecond",
  "generator.cpu",
  "generator.lagMsP99",
] as const;
const FORM = /^\s*([A-Za-z0-9._]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*$/;
const ERROR = /^errors\.[A-Z][A-Z0-9_]*$/;
const ACCEPTED = `<name><comparison><number>, such as joinMs.p99<500; names: ${TIMINGS.join(", ")} with .${QUANTILES.join(" .")}, ${SINGLE.join(", ")}, errors.<CODE>; comparisons: < <= > >=`;

/** Throws InputError with `field`. */
export function parseThreshold(text: string, field: string): Threshold {
  const [, path = "", compare, limit] = FORM.exec(text) ?? [];
  if (compare === undefined || !isKnown(path)) throw new InputError(field, text, ACCEPTED);
  return { text: text.trim(), path, compare: compare as Comparison, limit: Number(limit) };
}

function isKnown(path: string): boolean {
  if ((SINGLE as readonly string[]).includes(path) || ERROR.test(path)) return true;
  const [timing = "", quantile = "", more] = path.split(".");
  return (
    (TIMINGS as readonly string[]).includes(timing) &&
    (QUANTILES as readonly string[]).includes(quantile) &&
    more === undefined
  );
}

/** Of a time that was never measured the value is NaN, and nothing holds. */
export function judge(
  { text, path, compare, limit }: Threshold,
  result: RunResult,
): { text: string; value: number; holds: boolean } {
  const value = valueAt(path, result);
  return { text, value, holds: HOLDS[compare](value, limit) };
}

function valueAt(path: string, result: RunResult): number {
  const [first = "", second] = path.split(".");
  if (path === "errors.total") return Object.values(result.errors).reduce((sum, count) => sum + count, 0);
  if (first === "errors") return result.errors[second as string] ?? 0;
  const found = result[first as keyof RunResult] as number | Readonly<Record<string, number>>;
  if (typeof found === "number") return found;
  if (found["count"] === 0 && second !== "count") return Number.NaN;
  return found[second as string] as number;
}
