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

/**
 * What a CHANGED block says of a column: it is not there; it is there for all rows; for those of a bit mask (⌈rows/8⌉
 * bytes) before the values; or for all rows as differences of their codes from those at the base tick, two rows at a
 * time: 4 bits each for types of one byte, 12 bits for types of two, two's complement, the first row in the lower bits.
 */
export const Changed = { NONE: 0, ALL: 1, SOME: 2, DIFFERENCES: 3 } as const;
export type Changed = (typeof Changed)[keyof typeof Changed];

/** The differences that are none: of rows whose code itself follows after the column, because it differs by more. */
export const ESCAPE_4_BITS = -8;
export const ESCAPE_12_BITS = -2048;
