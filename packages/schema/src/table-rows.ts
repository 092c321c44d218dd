import { InputError } from "@warren/kernel";
import { type Column, columnOf, type RowTicks } from "./column.ts";
import { MoveLog, NOWHERE } from "./move-log.ts";
import { killRow, type RowObject, rowClassOf, SLOT } from "./row-object.ts";
import type { TableType } from "./state-type.ts";
import type { Type } from "./type.ts";
import { type Visibility, visibilityOf } from "./visibility.ts";

export const TABLE_KEY_BYTES_MAX = 64;
export const TABLE_ROWS_MAX = 65_536;
const CAPACITY_MIN = 16;
const NO_TICK = -1;
/** How often areas that are not used any more are looked for, however few they are. */
const AREAS_KEPT_TICKS = 1_024;
const utf8 = new TextEncoder();

/**
 * The rows of one table, in columns. A row has a *slot*, its place in every column and its name on the wire; slots are
 * used again. Every row is in one area; when it came there, and where rows were before, is remembered for readers.
 */
export class TableRows {
  readonly path: string;
  readonly columns: readonly Column[];
  readonly visibility: Visibility;
  /** All rows are in area 0. */
  readonly isForEveryone: boolean;
  /** In the order in which they were added. */
  readonly byKey = new Map<string, RowObject>();
  /** By slot, as are all that follow. */
  readonly keys: string[] = [];
  readonly ticks: RowTicks = { tick: 1, changedAt: new Int32Array(0), assignedAt: new Int32Array(0) };
  bornAt: Int32Array = new Int32Array(0);
  #lastBornAt = 0;
  /** Where the row is, as of the last seal; NOWHERE: in no area, or no row. */
  area: Int32Array = new Int32Array(0);
  /** When it came there. */
  arrivedAt: Int32Array = new Int32Array(0);
  /** Slots that have ever had a row; there is none beyond. */
  slotCount = 0;
  capacity = 0;
  /** The tick readers were told before the one sealed last: of it the columns know differences. NO_TICK: of none. */
  beforeTick = 0;
  #keptTick = 0;
  readonly #Row: ReturnType<typeof rowClassOf>;
  readonly moves: MoveLog = new MoveLog();
  /** Slots without a row, the next one last; undefined: they have to be looked for. */
  #free: number[] | undefined = [];
  /** Scratch: whether a slot was met already. */
  #isMover = new Uint8Array(0);

  constructor(path: string, { row, view }: TableType) {
    this.path = path;
    this.columns = Object.entries(row.fields).map(([field, type]) =>
      columnOf(field, type as Type<unknown>, path, this.ticks),
    );
    this.#Row = rowClassOf(row.fields);
    this.isForEveryone = view === "everyone";
    this.visibility = visibilityOf(view, {
      path,
      column: (field) => this.columns.find((column) => column.name === field)!,
      keyOf: (slot) => this.keys[slot]!,
      slotOf: (key) => this.byKey.get(key)?.[SLOT],
    });
  }

  /** Puts checked values, one for each column, into a slot that is free; default: any. */
  put(key: string, values: readonly unknown[], intoSlot?: number): RowObject {
    checkKey(key, `${this.path} key`);
    const slot = intoSlot ?? this.#freeSlot();
    this.#grow(slot + 1);
    const { tick, changedAt, assignedAt } = this.ticks;
    this.slotCount = Math.max(this.slotCount, slot + 1);
    this.keys[slot] = key;
    changedAt[slot] = assignedAt[slot] = this.bornAt[slot] = this.arrivedAt[slot] = tick;
    this.#lastBornAt = tick;
    this.area[slot] = this.isForEveryone ? 0 : NOWHERE;
    this.moves.push(tick, slot, NOWHERE);
    this.columns.forEach((column, i) => {
      column.put(slot, values[i]);
      column.changedAt[slot] = column.lastChangedAt = tick;
    });
    const row = new this.#Row(slot, this.columns);
    this.byKey.set(key, row);
    return row;
  }

  remove(key: string): boolean {
    const row = this.byKey.get(key);
    if (!row) return false;
    const slot = row[SLOT];
    const { tick, changedAt, assignedAt } = this.ticks;
    this.moves.push(tick, slot, this.area[slot]!);
    this.byKey.delete(key);
    this.#free?.push(slot);
    this.area[slot] = NOWHERE;
    changedAt[slot] = assignedAt[slot] = 0;
    killRow(row);
    return true;
  }

  isFree(slot: number): boolean {
    return this.byKey.get(this.keys[slot] ?? "")?.[SLOT] !== slot;
  }

  /** Forgets which slots are free: rows are put into slots of someone else's choice. */
  forgetFree(): void {
    this.#free = undefined;
  }

  #freeSlot(): number {
    if (!this.#free) {
      this.#free = [];
      for (let slot = this.slotCount - 1; slot >= 0; slot--) if (this.isFree(slot)) this.#free.push(slot);
    }
    return this.#free.pop() ?? this.slotCount;
  }

  #grow(needed: number): void {
    if (needed <= this.capacity) return;
    const capacity = Math.max(CAPACITY_MIN, this.capacity * 2, needed);
    const grown = (old: Int32Array) => {
      const made = new Int32Array(capacity);
      made.set(old);
      return made;
    };
    this.capacity = capacity;
    this.ticks.changedAt = grown(this.ticks.changedAt);
    this.ticks.assignedAt = grown(this.ticks.assignedAt);
    this.bornAt = grown(this.bornAt);
    this.area = grown(this.area);
    this.arrivedAt = grown(this.arrivedAt);
    for (const column of this.columns) column.grow(capacity);
    this.#isMover = new Uint8Array(capacity);
  }

  /** Closes a tick: rows take their areas, and later changes are of `nextTick`. `isTold`: readers are told of it. */
  seal(nextTick: number, isTold: boolean): void {
    if (!this.isForEveryone) {
      this.#moveRows();
      if (this.visibility.areas.isCrowded || nextTick % AREAS_KEPT_TICKS === 0) this.#keepAreas();
    }
    if (isTold) {
      for (const column of this.columns) column.keep(this.#keptTick);
      this.beforeTick = this.#keptTick;
      this.#keptTick = this.ticks.tick;
    } else this.beforeTick = NO_TICK;
    this.ticks.tick = nextTick;
  }

  /** Whether a row was born or changed on the wire after a tick. Spares tables where nothing happens their rows. */
  hasChangedSince(tick: number): boolean {
    if (this.#lastBornAt > tick) return true;
    for (const column of this.columns) if (column.lastChangedAt > tick) return true;
    return false;
  }

  #moveRows(): void {
    const { tick, changedAt } = this.ticks;
    if (!this.hasChangedSince(tick - 1)) return;
    for (let slot = 0; slot < this.slotCount; slot++) {
      if (changedAt[slot] !== tick) continue;
      const from = this.area[slot]!;
      const to = this.visibility.areaOf(slot);
      if (to === from) continue;
      this.area[slot] = to;
      this.arrivedAt[slot] = tick;
      if (from !== NOWHERE) this.moves.push(tick, slot, from);
    }
  }

  /** Forgets where rows were before `oldestReaderTick`. */
  forget(oldestReaderTick: number): void {
    this.moves.forget(oldestReaderTick);
  }

  /** Lets go of the areas where no row is, nor was for any reader. */
  #keepAreas(): void {
    const { areas } = this.visibility;
    const isUsed = new Uint8Array(areas.end);
    // Beyond what there is, as NOWHERE is, nothing is set.
    for (let slot = 0; slot < this.slotCount; slot++) isUsed[this.area[slot]!] = 1;
    for (let i = this.moves.start; i < this.moves.end; i++) isUsed[this.moves.from(i)] = 1;
    areas.keepOnly(isUsed);
    this.visibility.forgetViews?.();
  }

  /**
   * Finds each slot that had moves after a tick, and where its row was then: the first of its moves says that. Answers
   * how many there are.
   */
  findMoved(tick: number, slots: Int32Array, from: Int32Array): number {
    const { moves } = this;
    const isMover = this.#isMover;
    let count = 0;
    for (let i = moves.firstAfter(tick); i < moves.end; i++) {
      const slot = moves.slot(i);
      if (isMover[slot] === 1) continue;
      isMover[slot] = 1;
      slots[count] = slot;
      from[count++] = moves.from(i);
    }
    for (let i = 0; i < count; i++) isMover[slots[i]!] = 0;
    return count;
  }
}

/** A key that is no Unicode is refused: mended, two keys could become one on the wire. */
function checkKey(key: string, path: string): void {
  const bytes = typeof key === "string" ? utf8.encode(key).length : 0;
  if (bytes === 0 || bytes > TABLE_KEY_BYTES_MAX || /\p{Surrogate}/u.test(key))
    throw new InputError(path, key, `text of 1 to ${TABLE_KEY_BYTES_MAX} UTF-8 bytes`);
}
