/**
 * Bad input from outside: a field, what it was, and what is accepted.
 * Every decoder and parser throws this and nothing else.
 */
export class InputError extends Error {
  override readonly name = "InputError";
  /** Path of the field, such as `join.name` or `Idempotency-Key`. */
  readonly field: string;

  constructor(field: string, got: unknown, accepted: string) {
    super(`${field} is ${show(got)}; accepted: ${accepted}`);
    this.field = field;
  }
}

const SHOWN_CHARS_MAX = 60;

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = textOf(value);
  return text.length > SHOWN_CHARS_MAX
    ? `${text.slice(0, SHOWN_CHARS_MAX)}… (${text.length} characters)`
    : text;
}

function textOf(value: unknown): string {
  // JSON has no NaN and no Infinity and would say null.
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A circle, a bigint or a getter that throws.
    return typeof value === "bigint" ? `${value}n` : Object.prototype.toString.call(value);
  }
}
