/**
 * Freezes a checked value with all its parts. A state sees assignments only: a write into a part of a value would
 * stay unsent, so it throws instead. Bytes cannot be frozen.
 */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}
