/**
 * The parts of a table's payload, each begun by its number:
 *
 *   GONE     a row set: rows that are not seen any more
 *   NEW      a row set, their keys (text), then every column whole
 *   CHANGED  a row set, two bits a column (lowest first), then the columns that changed
 *   END      no more
 *
 * A column is one value per row of the set, in its order. A table has any number of blocks, GONE before NEW before CHANGED.
 */
export const Block = { END: 0, GONE: 1, NEW: 2, CHANGED: 3 } as const;

/** What a CHANGED block says of a column: in no row; in all; or in those of a bit mask (⌈rows/8⌉ bytes) before the values. */
export const Changed = { NONE: 0, ALL: 1, SOME: 2 } as const;
export type Changed = (typeof Changed)[keyof typeof Changed];
