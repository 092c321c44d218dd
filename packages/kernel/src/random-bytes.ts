/** A call into the system takes microseconds, whatever it is asked for. */
const POOL_BYTES = 4_096;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** Bytes nobody can guess, for ids, keys and nonces; 1 to 256 at a time. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  if (used + count > POOL_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const bytes = pool.slice(used, used + count);
  // No secret stays here that was given out.
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}
