/** Who sees what: all that is in cells whose nearest point is at most `radius` from the viewer's own cell. */
export interface GridPlan {
  /** Edge of the square world, in units. */
  readonly world: number;
  /** Edge of a cell, in units. */
  readonly cell: number;
  readonly radius: number;
}

export class Grid {
  readonly cellCount: number;
  readonly #cell: number;
  readonly #columns: number;
  readonly #seenFrom: readonly Uint32Array[];

  constructor({ world, cell, radius }: GridPlan) {
    this.#cell = cell;
    // One more: what is exactly on the far wall has a cell too.
    this.#columns = Math.floor(world / cell) + 1;
    this.cellCount = this.#columns ** 2;
    const gap = (a: number, b: number) => Math.max(0, Math.abs(a - b) - 1) * cell;
    const all = Array.from({ length: this.cellCount }, (_, at) => ({
      at,
      column: at % this.#columns,
      row: Math.floor(at / this.#columns),
    }));
    this.#seenFrom = all.map((from) =>
      Uint32Array.from(
        all.filter((to) => Math.hypot(gap(from.column, to.column), gap(from.row, to.row)) <= radius),
        ({ at }) => at,
      ),
    );
  }

  cellOf(x: number, y: number): number {
    return Math.floor(y / this.#cell) * this.#columns + Math.floor(x / this.#cell);
  }

  /** Cells a viewer in `cell` sees, in rising order. */
  seenFrom(cell: number): Uint32Array {
    return this.#seenFrom[cell]!;
  }

  /**
   * Checks the slow and obvious way that what is shown to a viewer is what it sees. Who is within `tolerance` of a
   * border may be on either side of it. Throws when somebody is missing or too many.
   */
  checkShown(
    from: { readonly x: number; readonly y: number },
    at: { readonly x: Float64Array; readonly y: Float64Array },
    tolerance: number,
    isShown: (i: number) => boolean,
  ): void {
    const wrong = this.#cellsNear(from.x, from.y, tolerance).map((cell) => {
      const seen = new Set(this.seenFrom(cell));
      for (let i = 0; i < at.x.length; i++) {
        const cells = this.#cellsNear(at.x[i]!, at.y[i]!, tolerance);
        const shown = isShown(i);
        if (shown ? !cells.some((c) => seen.has(c)) : cells.every((c) => seen.has(c)))
          return `${i} at ${at.x[i]}, ${at.y[i]} is ${shown ? "shown" : "not shown"} to a viewer at ${from.x}, ${from.y}`;
      }
      return undefined;
    });
    if (!wrong.includes(undefined)) throw new Error(wrong[0]);
  }

  #cellsNear(x: number, y: number, tolerance: number): number[] {
    const cells = [-tolerance, tolerance].flatMap((dx) =>
      [-tolerance, tolerance].map((dy) => this.cellOf(Math.max(0, x + dx), Math.max(0, y + dy))),
    );
    return [...new Set(cells)];
  }
}
