/** Whether both hold the same bytes, or both nothing. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
