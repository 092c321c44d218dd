// Unsigned LEB128, for 0 to 2⁵³−1.

/** How many bytes a number takes: 1 to 8. */
export function varintBytes(value: number): number {
  let count = 1;
  for (let limit = 0x80; value >= limit; limit *= 0x80) count++;
  return count;
}

/** Puts a number at a place where there is room for it, and answers where it ends. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest >= 0x80) {
    bytes[end++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[end++] = rest;
  return end;
}
