// The one way to replay a failing seed: SEED=… vitest
const { SEED } = process.env;

/** The seeds of a simulation: 1 to `count`, or only the one in the environment variable SEED. */
export function* seeds(count: number): IterableIterator<number> {
  if (SEED !== undefined) return yield Number(SEED);
  for (let seed = 1; seed <= count; seed++) yield seed;
}

/** Runs a simulation with each seed; a failure names its seed, so that `SEED=…` replays it. */
export function forEachSeed(count: number, run: (seed: number) => void): void {
  for (const seed of seeds(count)) {
    try {
      run(seed);
    } catch (error) {
      throw new Error(`SEED=${seed} replays this: ${(error as Error).message}`, { cause: error });
    }
  }
}
