/** What the room's state says it did for a player: see tally.ts. */
export interface Account {
  readonly executed: number;
  readonly last: number;
  readonly twice: number;
  readonly skipped: number;
}

/** What the player knows of its actions, numbered from 1. */
export interface Asked {
  /** Actions that were sent. */
  readonly sent: number;
  /** How many executions the room said there were, by the number of the action it answered. */
  readonly answers: ReadonlyMap<number, number>;
}

/**
 * Compares what a player asked for with what was done. Lost: not executed, or never answered. Duplicated: executed
 * again, or counted before it was asked for.
 */
export function judgeActions(
  { sent, answers }: Asked,
  account: Account | undefined,
): { lost: number; duplicated: number } {
  const executed = account ? account.executed - account.twice : 0;
  let ahead = 0;
  for (const [number, count] of answers) if (count > number) ahead++;
  return {
    lost: Math.max(0, sent - executed, sent - answers.size),
    duplicated: Math.max(account?.twice ?? 0, ahead),
  };
}
