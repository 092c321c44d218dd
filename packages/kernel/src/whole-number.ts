import { InputError } from "./input-error.ts";

/** The value, if it is a whole number from `min` to `max`. Throws InputError naming the field. */
export function wholeNumber(field: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new InputError(field, value, `a whole number from ${min} to ${max}`);
}
