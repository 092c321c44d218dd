import { nearestName } from "./nearest-name.ts";
import type { QueueProblem } from "./queue-problem.ts";

const HOUR_MS = 3_600_000;

/** Names of attributes, and words of sets: they appear in REST bodies, records and explanations. */
const WORD = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31}$/;
const WORD_TEXT = "1 to 32 characters of a-z A-Z 0-9 _ . -, the first no sign";

/** Looks at fields one by one and notes everything that is wrong. Each method answers whether its field is right. */
export class FieldChecks {
  readonly problems: QueueProblem[] = [];

  no(field: string, value: unknown, accepted: string): false {
    this.problems.push({ field, value, accepted });
    return false;
  }

  /** A plain object with no other fields than these. A misspelt field would else be a rule that never holds. */
  object(
    field: string,
    value: unknown,
    fields: readonly string[],
  ): value is Readonly<Record<string, unknown>> {
    if (!this.record(field, value)) return false;
    const at = field === "" ? "" : `${field}.`;
    const unknown = Object.keys(value).filter((key) => !fields.includes(key));
    for (const key of unknown) {
      const meant = nearestName(key, fields);
      const hint = meant ? `did you mean ${meant}?` : `there are ${fields.join(", ")}`;
      this.no(at + key, value[key], `no such field; ${hint}`);
    }
    return unknown.length === 0;
  }

  record(field: string, value: unknown): value is Readonly<Record<string, unknown>> {
    return isRecord(value) || this.no(field || "queue", value, "an object");
  }

  list(field: string, value: unknown, max: number): value is readonly unknown[] {
    const isList = Array.isArray(value) && value.length <= max;
    return isList || this.no(field, value, `a list of at most ${max}`);
  }

  /** Words, none twice. */
  words(field: string, value: unknown, min: number, max: number): value is readonly string[] {
    if (!Array.isArray(value) || value.length < min || value.length > max)
      return this.no(field, value, `a list of ${min} to ${max} words`);
    const rights = value.map((word, i) => {
      if (value.indexOf(word) < i) return this.no(`${field}[${i}]`, word, "no word twice");
      return this.word(`${field}[${i}]`, word);
    });
    return rights.every(Boolean);
  }

  word(field: string, value: unknown): value is string {
    return (typeof value === "string" && WORD.test(value)) || this.no(field, value, WORD_TEXT);
  }

  text(field: string, value: unknown): value is string {
    return (
      (typeof value === "string" && value.length <= 64) || this.no(field, value, "at most 64 characters")
    );
  }

  oneOf(field: string, value: unknown, accepted: readonly unknown[]): boolean {
    return accepted.includes(value) || this.no(field, value, accepted.join(", "));
  }

  whole(field: string, value: unknown, min: number, max: number): value is number {
    const isRight = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
    return isRight || this.no(field, value, `a whole number from ${min} to ${max}`);
  }

  /** Milliseconds up to an hour. */
  ms(field: string, value: unknown, min = 0, max = HOUR_MS): value is number {
    return this.whole(field, value, min, max);
  }

  number(
    field: string,
    value: unknown,
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
  ): value is number {
    const isRight = Number.isFinite(value) && (value as number) >= min && (value as number) <= max;
    const range =
      min === Number.NEGATIVE_INFINITY
        ? ""
        : max === Number.POSITIVE_INFINITY
          ? ` from ${min}`
          : ` from ${min} to ${max}`;
    return isRight || this.no(field, value, `a number${range}`);
  }

  /**
   * What changes with age: begins at 0, later steps at a later age, and values that only rise, or only fall, so that
   * nobody who waits longer is offered less.
   */
  steps(
    field: string,
    value: unknown,
    range: readonly [min: number, max: number],
    turn: "rise" | "fall",
  ): boolean {
    if (!Array.isArray(value) || value.length === 0 || value.length > 32 || value[0]?.atMs !== 0)
      return this.no(field, value, "steps that begin with atMs 0");
    let isRight = true;
    for (const [i, step] of value.entries()) {
      const at = `${field}[${i}]`;
      const known = this.object(at, step, ["atMs", "value"]);
      if (
        !known ||
        !this.ms(`${at}.atMs`, step["atMs"]) ||
        !this.number(`${at}.value`, step["value"], ...range)
      ) {
        isRight = false;
        continue;
      }
      const before = value[i - 1];
      if (!before) continue;
      if (step["atMs"] <= before.atMs)
        isRight = this.no(`${at}.atMs`, step["atMs"], "more than the step before");
      if (turn === "rise" ? step["value"] < before.value : step["value"] > before.value)
        isRight = this.no(
          `${at}.value`,
          step["value"],
          `no ${turn === "rise" ? "less" : "more"} than the step before`,
        );
    }
    return isRight;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
