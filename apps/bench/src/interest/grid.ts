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

  /** Numbers of all who are seen from a point, the slow and obvious way. */
  visible(from: { x: number; y: number }, at: { x: Float64Array; y: Float64Array }): Set<number> {
    const seen = new Set(this.seenFrom(this.cellOf(from.x, from.y)));
    const visible = new Set<number>();
    for (let i = 0; i < at.x.length; i++) if (seen.has(this.cellOf(at.x[i]!, at.y[i]!))) visible.add(i);
    return visible;
  }
}
