/** The golden ratio's fractional part: its multiples fill 0 to 1 evenly, however many of them there are. */
const STEP = (Math.sqrt(5) - 1) / 2;

/**
 * Where in the tick period each room of a node ticks, so that rooms of one rate do not tick in the same millisecond.
 * Rooms that end leave gaps; what stays is still spread.
 */
export class TickPhases {
  readonly #countByTickHz = new Map<number, number>();

  /** Of the next room: from 0 (included) to 1 (excluded), in periods. */
  next(tickHz: number): number {
    const count = this.#countByTickHz.get(tickHz) ?? 0;
    this.#countByTickHz.set(tickHz, count + 1);
    return (count * STEP) % 1;
  }
}
