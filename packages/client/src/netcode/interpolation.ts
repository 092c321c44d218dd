import { Blend, type Fields } from "./blend.ts";

/** States kept at the most, for a page that does not draw. */
const FRAMES_KEPT = 64;

export interface InterpolationOptions<Row> {
  /** Which fields move between two states, and how. */
  readonly fields: Fields<Row>;
  /** A row that moved further than this between two states did not move, it was put there. In units of its first two linear fields. @default never */
  readonly teleport?: number;
}

interface Frame<Row> {
  readonly tick: number;
  /** Copies that never change; a row that did not change since the frame before is the same object. */
  readonly rows: ReadonlyMap<string, Row>;
}

/** The last states of a table, and what it looks like between any two of them. */
export class Interpolation<Row extends object> {
  readonly #blend: Blend<Row>;
  readonly #teleport: number;
  #frames: Frame<Row>[] = [];
  #shownTick = 0;
  readonly #shown = new Map<string, Row>();
  /** Rows between two states are written in place, frame after frame. */
  readonly #moving = new Map<string, { from: Row; readonly row: Row }>();

  constructor({ fields, teleport = Number.POSITIVE_INFINITY }: InterpolationOptions<Row>) {
    this.#blend = new Blend(fields);
    this.#teleport = teleport;
  }

  /** Keeps the table as it is at a tick. One that is not above the last starts over: the room is another copy. */
  record(tick: number, rows: ReadonlyMap<string, Row>): void {
    const last = this.#frames.at(-1);
    if (last && tick <= last.tick) {
      this.#frames = [];
      this.#shownTick = 0;
    }
    const kept = new Map<string, Row>();
    for (const [key, row] of rows) kept.set(key, copyOf(row, last?.rows.get(key)));
    this.#frames.push({ tick, rows: kept });
    // The newest stays, whatever was shown: a page may look ahead of it.
    for (let next = this.#frames[1]; next; next = this.#frames[1]) {
      if (this.#frames.length <= FRAMES_KEPT && next.tick > this.#shownTick) break;
      this.#frames.shift();
    }
    for (const key of this.#moving.keys()) if (!this.#frames[0]?.rows.has(key)) this.#moving.delete(key);
  }

  /**
   * The table at a tick, which may be a fraction; exactly the state's at the tick of one. Before the oldest state kept it
   * is that one, after the newest the newest. The map and its rows are good until the next call.
   */
  at(tick: number): ReadonlyMap<string, Readonly<Row>> {
    this.#shownTick = tick;
    const next = this.#frames.findIndex((frame) => frame.tick > tick);
    const before = this.#frames.at(next < 0 ? -1 : Math.max(0, next - 1));
    const after = this.#frames[next];
    this.#shown.clear();
    if (!before) return this.#shown;
    if (!after || before === after) return before.rows;
    const part = (tick - before.tick) / (after.tick - before.tick);
    for (const [key, from] of before.rows) {
      const to = after.rows.get(key);
      const stays = !to || to === from || this.#blend.distance(from, to) > this.#teleport;
      this.#shown.set(key, stays ? from : this.#between(key, from, to, part));
    }
    return this.#shown;
  }

  #between(key: string, from: Row, to: Row, part: number): Row {
    const moving = this.#moving.get(key) ?? { from, row: { ...from } };
    this.#moving.set(key, moving);
    if (moving.from !== from) Object.assign(moving.row, from);
    moving.from = from;
    this.#blend.between(from, to, part, moving.row);
    return moving.row;
  }
}

/** The copy from before, if nothing has changed. */
function copyOf<Row extends object>(row: Row, before: Row | undefined): Row {
  const copy = {} as Row;
  let changed = before === undefined;
  for (const name in row) {
    copy[name] = row[name];
    changed ||= copy[name] !== (before as Row)[name];
  }
  return changed ? copy : (before as Row);
}
