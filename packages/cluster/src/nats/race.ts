/** Enough for a server on which a third of such races has two winners to be found out for sure. */
const ROUNDS = 40;
const RACE_MS_MAX = 10_000;

/** Puts a record behind the last one of a subject: its place, or undefined when it lost or was not told in time. */
export type Racer = (lastSeq: number) => Promise<number | undefined>;

export interface RaceOutcome {
  /** Races that were decided. */
  readonly rounds: number;
  /** Of these, with more than one winner. */
  readonly broken: number;
  /** Races in which nobody is known to have won; they are run again. */
  readonly undecided: number;
}

/** Lets all racers try for the place behind the last record, again and again, for {@link RACE_MS_MAX} at most. */
export async function race(
  racers: readonly Racer[],
  /** Place of the last record there is. */
  last: () => Promise<number>,
  nowMs: () => number,
): Promise<RaceOutcome> {
  const untilMs = nowMs() + RACE_MS_MAX;
  let rounds = 0;
  let broken = 0;
  let undecided = 0;
  let lastSeq = 0;
  while (rounds < ROUNDS && nowMs() < untilMs) {
    const tries = await Promise.all(racers.map((tryFor) => tryFor(lastSeq)));
    const won = tries.filter((seq) => seq !== undefined);
    if (won.length === 0) undecided++;
    else rounds++;
    if (won.length > 1) broken++;
    // Somebody may have won without hearing of it: whatever is last by now is what the next race is about.
    lastSeq = won.length === 0 ? await last() : Math.max(...won);
  }
  return { rounds, broken, undecided };
}
