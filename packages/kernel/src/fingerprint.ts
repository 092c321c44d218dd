/**
 * 16 hex digits that name a text (64-bit FNV-1a over UTF-8). Tells versions apart; no protection against
 * someone who looks for a collision. Quick enough for schemas of some kilobytes, and the same in a browser.
 */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
