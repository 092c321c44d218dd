/** Time as an argument: cores and shells take a clock, tests pass a virtual one. */
export interface Clock {
  /** Monotonic time in milliseconds; only differences mean anything. */
  monotonicMs(): number;
  /** Wall time, milliseconds since 1970. Only for token expiry and logs, never compared between machines. */
  wallMs(): number;
  /** Runs `fn` once after `delayMs`; with 0, on a server, as soon as what has come from sockets is handled. The result cancels it. */
  after(delayMs: number, fn: () => void): () => void;
}

// The global is looked up on every use otherwise.
const { performance } = globalThis;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, fn) {
    // No timer of Node's takes less than a millisecond.
    if (delayMs <= 0 && "setImmediate" in globalThis) {
      const immediate = setImmediate(fn);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
};
