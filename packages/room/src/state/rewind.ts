import type { Table } from "@warren/schema";
import type { RewindKind, SeenRows } from "./rewind-fields.ts";

type Row = Record<string, number>;

/** What is remembered of one table takes at most this many bytes; rows beyond are seen as they are now. */
export const REWIND_BYTES_MAX = 16 * 1024 * 1024;
const SLOTS_AT_FIRST = 16;
const TURN = 2 * Math.PI;

/**
 * Where the rows of one table were at the last ticks: plain numbers in rings, nothing made per row and tick. It costs
 * 8 bytes × (fields + 1) × (ticks remembered + 1) for each row that is or was there within that time, for 16, 32, 64, …
 * rows at a time and as many as fit into {@link REWIND_BYTES_MAX}: 100 ships with x, y and angle over 250 ms of 30 Hz
 * are 36.9 kB. It knows nothing of views: rows are remembered and answered whoever sees them.
 */
export class Rewind {
  readonly #table: Table<Record<string, unknown>>;
  readonly #fields: readonly (readonly [name: string, kind: RewindKind])[];
  readonly #ticksBack: number;
  /** Ticks in a ring: a moment that far back lies between two of them. */
  readonly #ring: number;
  readonly #slotsMax: number;
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  /** By slot: the row itself, because another one may come under the same key. */
  readonly #rows: unknown[] = [];
  /** By slot: when the row was last there. */
  readonly #lastTick: number[] = [];
  /** By slot and place in the ring: the tick recorded there. What is older than the ring differs from what is asked for. */
  #tickAt: Float64Array;
  /** By field, then like `#tickAt`. */
  readonly #values: Float64Array[];
  #firstTick = 0;
  #newestTick = 0;

  /** `ticksBack`: how far back a player may see, in ticks; need not be whole. */
  constructor(table: Table<never>, kinds: Readonly<Record<string, RewindKind>>, ticksBack: number) {
    this.#table = table as unknown as Table<Record<string, unknown>>;
    this.#fields = Object.entries(kinds);
    this.#ticksBack = ticksBack;
    this.#ring = Math.ceil(ticksBack) + 1;
    this.#slotsMax = Math.floor(REWIND_BYTES_MAX / (8 * (this.#fields.length + 1) * this.#ring));
    this.#tickAt = new Float64Array(SLOTS_AT_FIRST * this.#ring);
    this.#values = this.#fields.map(() => new Float64Array(SLOTS_AT_FIRST * this.#ring));
  }

  /** What the rings take. */
  get bytes(): number {
    return this.#tickAt.byteLength * (this.#fields.length + 1);
  }

  /** Remembers the table as it is at the end of a tick. Ticks come one by one, from 1. */
  record(tick: number): void {
    this.#firstTick ||= tick;
    this.#newestTick = tick;
    for (const [key, row] of this.#table) {
      const slot = this.#slots.get(key) ?? this.#newSlot(key);
      if (slot === undefined) continue;
      const start = slot * this.#ring;
      if (this.#rows[slot] !== row) {
        this.#rows[slot] = row;
        this.#tickAt.fill(0, start, start + this.#ring);
      }
      const at = start + (tick % this.#ring);
      this.#lastTick[slot] = tick;
      this.#tickAt[at] = tick;
      for (let f = 0; f < this.#fields.length; f++) this.#values[f]![at] = row[this.#fields[f]![0]] as number;
    }
    if (this.#slots.size > this.#table.size) this.#forgetBefore(tick - this.#ring + 1);
  }

  /** Undefined: all are taken. */
  #newSlot(key: string): number | undefined {
    if (this.#isFull) return undefined;
    const slot = this.#free.pop() ?? this.#slots.size;
    this.#slots.set(key, slot);
    const { length } = this.#tickAt;
    if ((slot + 1) * this.#ring > length) {
      const grown = Math.min(length * 2, this.#slotsMax * this.#ring);
      this.#tickAt = copied(this.#tickAt, grown);
      this.#values.forEach((values, f) => {
        this.#values[f] = copied(values, grown);
      });
    }
    return slot;
  }

  get #isFull(): boolean {
    return this.#slots.size >= this.#slotsMax;
  }

  #forgetBefore(tick: number): void {
    for (const [key, slot] of this.#slots) {
      if (this.#lastTick[slot]! >= tick) continue;
      this.#slots.delete(key);
      this.#rows[slot] = undefined;
      this.#free.push(slot);
    }
  }

  /**
   * The rows as they were at a moment, in ticks; 0: as they are now. A moment out of reach is the nearest within it, the
   * end of the last tick at the latest. A row that came at the later of the two ticks around the moment is as it was then; one
   * that has been deleted since, or was not there yet, is not there, and neither is what had its key before.
   * Rows that there is no room for ({@link REWIND_BYTES_MAX}) are as they are now.
   */
  seen(moment: number): SeenRows<Row> {
    const oldest = Math.max(this.#firstTick, this.#newestTick - this.#ticksBack);
    const clamped = Math.min(Math.max(moment, oldest), this.#newestTick);
    const tick = Math.floor(clamped);
    const read =
      moment > 0 && this.#newestTick > 0
        ? (key: string) => this.#rowAt(key, tick, clamped - tick)
        : (key: string) => this.#rowNow(key);
    const table = this.#table;
    return {
      get: (key) => (table.has(key) ? read(key) : undefined),
      *[Symbol.iterator]() {
        for (const key of table.keys()) {
          const row = read(key);
          if (row) yield [key, row];
        }
      },
    };
  }

  #rowNow(key: string): Row | undefined {
    const row = this.#table.get(key);
    return row && Object.fromEntries(this.#fields.map(([name]) => [name, row[name] as number]));
  }

  /** Between `tick` and the next one, `part` of the way. */
  #rowAt(key: string, tick: number, part: number): Row | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return this.#isFull ? this.#rowNow(key) : undefined;
    if (this.#rows[slot] !== this.#table.get(key)) return undefined;
    const start = slot * this.#ring;
    const before = start + (tick % this.#ring);
    const after = start + ((tick + 1) % this.#ring);
    const wasThere = this.#tickAt[before] === tick;
    const isThere = part > 0 && this.#tickAt[after] === tick + 1;
    if (!wasThere && !isThere) return undefined;
    const row: Row = {};
    for (let f = 0; f < this.#fields.length; f++) {
      const [name, kind] = this.#fields[f]!;
      const values = this.#values[f]!;
      const from = values[wasThere ? before : after]!;
      const way = values[isThere ? after : before]! - from;
      row[name] = from + (kind === "angle" ? way - TURN * Math.round(way / TURN) : way) * part;
    }
    return row;
  }
}

function copied(values: Float64Array, length: number): Float64Array {
  const more = new Float64Array(length);
  more.set(values);
  return more;
}
