import { InputError } from "@warren/kernel";

/** What is wrong with one field of a queue. */
export interface QueueProblem {
  /** Path in the queue, such as `relax[0].min`. */
  readonly field: string;
  readonly value: unknown;
  readonly accepted: string;
}

/** While problems are gathered: those of each queue that was defined, and of the game they are in. */
let gathering:
  | { readonly ofQueue: WeakMap<object, readonly QueueProblem[]>; readonly problems: InputError[] }
  | undefined;

/**
 * What is wrong with all queues of a game, in the order of the game: while `load` runs, `defineQueue` and `defineGame`
 * note problems instead of throwing the first. For tools that only look; a queue with a problem cannot be played.
 *
 * @internal
 */
export async function gatherProblems<T>(
  load: () => Promise<T>,
): Promise<{ readonly value: T; readonly problems: readonly InputError[] }> {
  const problems: InputError[] = [];
  gathering = { ofQueue: new WeakMap(), problems };
  try {
    return { value: await load(), problems };
  } finally {
    gathering = undefined;
  }
}

/** A queue with problems: throws the first, or answers what stands in for it while problems are gathered. */
export function refuseQueue<T extends object>(problems: readonly QueueProblem[], standIn: () => T): T {
  if (!gathering) {
    const { field, value, accepted } = problems[0]!;
    throw new InputError(field, value, accepted);
  }
  const queue = standIn();
  gathering.ofQueue.set(queue, problems);
  return queue;
}

/**
 * A game with problems: throws the first, or notes all while problems are gathered. `queues` are checked for those
 * they were defined with.
 *
 * @internal
 */
export function refuseGame(queues: Readonly<Record<string, object>>, problems: readonly InputError[]): void {
  if (!gathering) {
    if (problems[0]) throw problems[0];
    return;
  }
  for (const [name, queue] of Object.entries(queues))
    for (const { field, value, accepted } of gathering.ofQueue.get(queue) ?? [])
      gathering.problems.push(new InputError(`queues.${name}.${field}`, value, accepted));
  gathering.problems.push(...problems);
}
