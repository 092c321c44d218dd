import type { Clock } from "@warren/kernel";

export interface RecentReadsOptions<K, V> {
  readonly clock: Clock;
  /** What was read is believed for one to two of these. */
  readonly freshMs: number;
  /** Keys remembered in one of these; in all at most twice as many. */
  readonly countMax: number;
  read(key: K): Promise<V>;
}

/** Remembers what was read. Who asks for what is being read waits for the same answer; a failure is not remembered. */
export class RecentReads<K, V> {
  readonly #options: RecentReadsOptions<K, V>;
  /** Two generations, so that nothing has to be noted of a single key. */
  #young = new Map<K, Promise<V>>();
  #old = new Map<K, Promise<V>>();
  #youngSinceMs: number;

  constructor(options: RecentReadsOptions<K, V>) {
    this.#options = options;
    this.#youngSinceMs = options.clock.monotonicMs();
  }

  /** Rejects as `read` does. */
  of(key: K): Promise<V> {
    this.#age();
    return this.#young.get(key) ?? this.#old.get(key) ?? this.#read(key);
  }

  forget(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  #read(key: K): Promise<V> {
    const reading = this.#options.read(key);
    this.#young.set(key, reading);
    reading.catch(() => {
      for (const remembered of [this.#young, this.#old])
        if (remembered.get(key) === reading) remembered.delete(key);
    });
    return reading;
  }

  #age(): void {
    const { clock, freshMs, countMax } = this.#options;
    const nowMs = clock.monotonicMs();
    const ageMs = nowMs - this.#youngSinceMs;
    if (ageMs < freshMs && this.#young.size < countMax) return;
    this.#old = ageMs < 2 * freshMs ? this.#young : new Map();
    this.#young = new Map();
    this.#youngSinceMs = nowMs;
  }
}
