/** Fails fast on a programmer's error. Never used for bad input: that is {@link InputError}. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
