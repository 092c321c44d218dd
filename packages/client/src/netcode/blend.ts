/** How a number moves between two moments: straight, or the shorter way round; angles are in radians. */
export type FieldMotion = "linear" | "angle";

/** The fields of a row that are numbers. */
type NumberFields<Row> = { [F in keyof Row]-?: Row[F] extends number ? F : never }[keyof Row];
/** Which fields move between two states, and how; all others are those of the earlier state. */
export type Fields<Row> = { readonly [F in NumberFields<Row>]?: FieldMotion };

type Numbers = Record<string, number>;

/** How rows move: what interpolation and prediction do with the fields they were given. Rows are read and written by name. */
export class Blend<Row> {
  readonly #fields: readonly [name: string, motion: FieldMotion][];
  /** The first two linear fields: where the row is. */
  readonly #place: readonly string[];

  constructor(fields: Fields<Row>) {
    this.#fields = Object.entries(fields) as [string, FieldMotion][];
    this.#place = this.#fields.flatMap(([name, motion]) => (motion === "linear" ? [name] : [])).slice(0, 2);
  }

  /** How far apart two rows are, over the first two linear fields. */
  distance(a: Row, b: Row): number {
    return Math.hypot(...this.#place.map((name) => (a as Numbers)[name]! - (b as Numbers)[name]!));
  }

  /** Writes the moving fields at `part` of the way. */
  between(from: Row, to: Row, part: number, out: Row): void {
    for (const [name, motion] of this.#fields) {
      const start = (from as Numbers)[name]!;
      (out as Numbers)[name] = start + difference((to as Numbers)[name]!, start, motion) * part;
    }
  }

  /** What has to be added to `b` to be at `a`, in the order of the fields. */
  difference(a: Row, b: Row): number[] {
    return this.#fields.map(([name, motion]) =>
      difference((a as Numbers)[name]!, (b as Numbers)[name]!, motion),
    );
  }

  add(row: Row, difference: readonly number[], part: number): void {
    this.#fields.forEach(([name], i) => {
      (row as Numbers)[name]! += (difference[i] ?? 0) * part;
    });
  }
}

function difference(to: number, from: number, motion: FieldMotion): number {
  const d = to - from;
  return motion === "angle" ? d - 2 * Math.PI * Math.round(d / (2 * Math.PI)) : d;
}
