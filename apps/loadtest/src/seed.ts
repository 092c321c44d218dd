/** One seed from several numbers: another one for every other list, as far as 32 bits go. */
export function seedOf(...numbers: readonly number[]): number {
  let seed = 0x9e3779b9;
  for (const number of numbers) {
    // Murmur's finaliser: neighbours are far apart.
    seed = Math.imul(seed ^ number, 0x85ebca6b);
    seed = Math.imul(seed ^ (seed >>> 13), 0xc2b2ae35);
    seed ^= seed >>> 16;
  }
  return seed >>> 0;
}
