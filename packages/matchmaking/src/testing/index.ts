import type { Fold } from "../fold/fold.ts";
import { decodeFold, encodeFold } from "../fold/fold-snapshot.ts";

/** All there is to a fold, in one text: equal folds have equal texts, in whatever order their maps are. */
export function stateOf(fold: Fold): string {
  const ids = (of: Iterable<{ readonly id: string }>) => [...of].map(({ id }) => id).sort();
  // What can be derived is not in the lines, and could be wrong.
  const derived = [
    ids(fold.open),
    ids(fold.streams.unwatched),
    [...fold.openOf].map(([player, { id }]) => `${player} ${id}`).sort(),
    [...fold.seatOf].map((entry) => entry.join(" ")).sort(),
    fold.finals.size,
  ];
  return [...[...encodeFold(fold)].sort(), JSON.stringify(derived)].join("");
}

/** The fold of a snapshot's texts, in one go. */
export function restored(texts: Iterable<string>): Fold {
  const decoding = decodeFold(texts);
  for (;;) {
    const { done, value } = decoding.next();
    if (done) return value;
  }
}
