import { type ByteReader, ByteWriter, InputError } from "@warren/kernel";
import { Block } from "./block.ts";
import { type Column, columnOf, type RowObject, type RowTicks, SLOT } from "./column.ts";
import { MoveLog, NOWHERE } from "./move-log.ts";
import { readRowSet, writeRowSet } from "./row-set.ts";
import type { Table, TableType } from "./state-type.ts";
import type { Type } from "./type.ts";
import { type TableView, type Viewer, type Visibility, visibilityOf } from "./visibility.ts";

export const TABLE_KEY_BYTES_MAX = 64;
export const TABLE_ROWS_MAX = 65_536;
const CAPACITY_MIN = 16;
/** How often areas that are not used any more are looked for, however few they are. */
const AREAS_KEPT_TICKS = 1_024;
const utf8 = new TextEncoder();
/** Scratch for one reading. */
const goneSlots = new Int32Array(TABLE_ROWS_MAX);

/** Slots in order of area: those of area `a` are at `start[a]` to `start[a + 1] - 1`, ascending. */
interface ByArea {
  slots: Int32Array;
  start: Int32Array;
}

/** Rows that moved since a tick, with where they were then. */
interface Movers {
  readonly slot: Int32Array;
  readonly from: Int32Array;
  /** Undefined: they are so few that everyone looks at all. */
  readonly lists: MoverLists | undefined;
}

/**
 * Movers by area: those who were there, and those who are there now. `first` by area and `next` by place name a place
 * among the movers, plus one; 0: no more.
 */
interface MoverLists {
  readonly leftFirst: Int32Array;
  readonly leftNext: Int32Array;
  readonly cameFirst: Int32Array;
  readonly cameNext: Int32Array;
}

const FEW_MOVERS = 32;
const NO_MOVERS: Movers = { slot: new Int32Array(0), from: new Int32Array(0), lists: undefined };

/** What is found out once for all who had the same tick before. */
interface Since {
  readonly movers: Movers;
  /** Rows that changed and stayed in their area. */
  readonly changed: ByArea;
  /** Per area: where they are encoded in the table's buffer. */
  readonly from: Int32Array;
  /** 0: not encoded yet. */
  readonly end: Int32Array;
}

/**
 * Rows in columns. A row has a *slot*, its place in every column, which is its name on the wire; slots are used again.
 * Every row is in one area, and a reader is a tick and the areas seen then: what to tell it is a pure read.
 */
export class TableStore implements Table<Record<string, unknown>> {
  readonly #path: string;
  readonly #columns: readonly Column[];
  readonly #Row: new (
    slot: number,
  ) => RowObject;
  readonly #visibility: Visibility;
  /** All rows are in area 0. */
  readonly #isForEveryone: boolean;
  readonly #rows = new Map<string, RowObject>();
  readonly #key: string[] = [];
  readonly #encodedKey: Uint8Array[] = [];
  /** Slots without a row, the next one last; undefined: they have to be looked for. */
  #free: number[] | undefined = [];
  #slots = 0;
  #capacity = 0;
  readonly #ticks: RowTicks = { tick: 1, changedAt: new Int32Array(0), assignedAt: new Int32Array(0) };
  #bornAt = new Int32Array(0);
  #lastBornAt = 0;
  /** Where the row is, as of the last seal; NOWHERE: in no area, or no row. */
  #area = new Int32Array(0);
  /** When it came there. */
  #arrivedAt = new Int32Array(0);
  readonly #moves = new MoveLog();

  // What follows is scratch, or holds only until the next seal.
  readonly #since = new Map<number, Since>();
  /** Of a table for everyone: where all that a reader of a base tick is told is in the buffer. */
  #whole: { readonly baseTick: number; readonly from: number; readonly end: number }[] = [];
  readonly #buffer = new ByteWriter(1024);
  #members: ByArea | undefined;
  #isMover = new Uint8Array(0);
  #gone = new Int32Array(0);
  #new = new Int32Array(0);
  #kept = new Int32Array(0);
  #found = new Int32Array(0);
  #from = new Int32Array(0);

  constructor(name: string, { row, view }: TableType) {
    this.#path = `state.${name}`;
    this.#columns = Object.entries(row.fields).map(([field, type]) =>
      columnOf(field, type as Type<unknown>, `${this.#path}.${field}`, this.#ticks),
    );
    this.#Row = rowClass(this.#columns);
    this.#isForEveryone = view === "everyone";
    this.#visibility = visibilityOf(view, {
      path: this.#path,
      column: (field) => this.#columns.find((column) => column.name === field)!,
      keyOf: (slot) => this.#key[slot]!,
      slotOf: (key) => this.#rows.get(key)?.[SLOT],
    });
  }

  // --- as a room's author uses it ---

  get size(): number {
    return this.#rows.size;
  }
  has(key: string): boolean {
    return this.#rows.has(key);
  }
  get(key: string): RowObject | undefined {
    return this.#rows.get(key);
  }
  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }
  values(): IterableIterator<RowObject> {
    return this.#rows.values();
  }
  [Symbol.iterator](): IterableIterator<[string, RowObject]> {
    return this.#rows.entries();
  }

  add(key: string, fields: Record<string, unknown> = {}): RowObject {
    const path = this.#path;
    const encodedKey = encodeKey(key, `${path} key`);
    if (this.#rows.has(key)) throw new InputError(`${path} key`, key, "a key that is not in the table");
    if (this.#rows.size >= TABLE_ROWS_MAX)
      throw new InputError(path, `${this.size} rows`, `at most ${TABLE_ROWS_MAX}`);
    for (const name of Object.keys(fields)) {
      if (!this.#columns.some((column) => column.name === name)) {
        const names = this.#columns.map((column) => column.name).join(", ");
        throw new InputError(`${path}.${name}`, name, `only ${names}`);
      }
    }
    const values = this.#columns.map((column) => {
      const value = fields[column.name];
      return value === undefined ? column.initial() : column.check(value, `${path}.${column.name}`);
    });
    this.#free ??= this.#findFree();
    return this.#put(this.#free.pop() ?? this.#slots, key, encodedKey, values);
  }

  delete(key: string): boolean {
    const row = this.#rows.get(key);
    if (!row) return false;
    const slot = row[SLOT];
    this.#moves.push(this.#ticks.tick, slot, this.#area[slot]!);
    this.#rows.delete(key);
    this.#free?.push(slot);
    this.#area[slot] = NOWHERE;
    this.#ticks.changedAt[slot] = this.#ticks.assignedAt[slot] = 0;
    row[SLOT] = -1;
    return true;
  }

  #put(slot: number, key: string, encodedKey: Uint8Array, values: readonly unknown[]): RowObject {
    const { tick, changedAt, assignedAt } = this.#grow(slot + 1);
    this.#slots = Math.max(this.#slots, slot + 1);
    this.#key[slot] = key;
    this.#encodedKey[slot] = encodedKey;
    changedAt[slot] = assignedAt[slot] = this.#bornAt[slot] = this.#arrivedAt[slot] = tick;
    this.#lastBornAt = tick;
    this.#area[slot] = this.#isForEveryone ? 0 : NOWHERE;
    this.#moves.push(tick, slot, NOWHERE);
    this.#columns.forEach((column, i) => {
      column.put(slot, values[i]);
      column.changedAt[slot] = column.lastChangedAt = tick;
    });
    const row = new this.#Row(slot);
    this.#rows.set(key, row);
    return row;
  }

  #grow(needed: number): RowTicks {
    if (needed > this.#capacity) {
      const capacity = Math.max(CAPACITY_MIN, this.#capacity * 2, needed);
      const grown = (old: Int32Array) => {
        const made = new Int32Array(capacity);
        made.set(old);
        return made;
      };
      this.#capacity = capacity;
      this.#ticks.changedAt = grown(this.#ticks.changedAt);
      this.#ticks.assignedAt = grown(this.#ticks.assignedAt);
      this.#bornAt = grown(this.#bornAt);
      this.#area = grown(this.#area);
      this.#arrivedAt = grown(this.#arrivedAt);
      for (const column of this.#columns) column.grow(capacity);
      this.#isMover = new Uint8Array(capacity);
      this.#gone = new Int32Array(capacity);
      this.#new = new Int32Array(capacity);
      this.#kept = new Int32Array(capacity);
      this.#found = new Int32Array(capacity);
      this.#from = new Int32Array(capacity);
    }
    return this.#ticks;
  }

  // --- ticks ---

  /** Closes a tick: rows take their areas, and later changes are of `nextTick`. */
  seal(nextTick: number): void {
    if (!this.#isForEveryone) {
      this.#moveRows();
      if (this.#visibility.areas.isCrowded || nextTick % AREAS_KEPT_TICKS === 0) this.#keepAreas();
    }
    this.#ticks.tick = nextTick;
    // Clearing a map that is empty costs as much as one that is not.
    if (this.#since.size > 0) this.#since.clear();
    if (this.#whole.length > 0) this.#whole = [];
    this.#buffer.reset();
    this.#members = undefined;
  }

  /** Whether a row was born or changed on the wire after a tick. Spares tables where nothing happens their rows. */
  #hasChangedSince(tick: number): boolean {
    return this.#lastBornAt > tick || this.#columns.some(({ lastChangedAt }) => lastChangedAt > tick);
  }

  #moveRows(): void {
    const { tick, changedAt } = this.#ticks;
    if (!this.#hasChangedSince(tick - 1)) return;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (changedAt[slot] !== tick) continue;
      const from = this.#area[slot]!;
      const to = this.#visibility.areaOf(slot);
      if (to === from) continue;
      this.#area[slot] = to;
      this.#arrivedAt[slot] = tick;
      if (from !== NOWHERE) this.#moves.push(tick, slot, from);
    }
  }

  /** Lets go of the areas where no row is, nor was for any reader. */
  #keepAreas(): void {
    const { areas } = this.#visibility;
    const isUsed = new Uint8Array(areas.end);
    // Beyond what there is, as NOWHERE is, nothing is set.
    for (let slot = 0; slot < this.#slots; slot++) isUsed[this.#area[slot]!] = 1;
    const moves = this.#moves;
    for (let i = moves.start; i < moves.end; i++) isUsed[moves.from(i)] = 1;
    areas.keepOnly(isUsed);
  }

  /** Forgets where rows were before `oldestReaderTick`. */
  forget(oldestReaderTick: number): void {
    this.#moves.forget(oldestReaderTick);
  }

  // --- what a reader is told ---

  viewOf(viewer: Viewer): TableView {
    return this.#visibility.viewOf(viewer);
  }

  /** Writes what a reader has to be told who saw `then` at `baseTick` and sees `now`; `baseTick` 0: who saw nothing. */
  writeDelta(out: ByteWriter, baseTick: number, then: TableView, now: TableView): void {
    if (!this.#isForEveryone) return this.#writeDelta(out, baseTick, then, now);
    let whole = this.#whole.find((known) => known.baseTick === baseTick);
    if (!whole) {
      const from = this.#buffer.length;
      this.#writeDelta(this.#buffer, baseTick, then, now);
      whole = { baseTick, from, end: this.#buffer.length };
      this.#whole.push(whole);
    }
    out.copy(this.#buffer.buffer, whole.from, whole.end);
  }

  #writeDelta(out: ByteWriter, baseTick: number, then: TableView, now: TableView): void {
    if (baseTick === 0) {
      this.#writeNew(out, this.#new, this.#gather(this.#new, 0, now.areas(), this.#ticks.tick));
      return out.u8(Block.END);
    }
    let gone = 0;
    let fresh = 0;
    let kept = 0;
    const since = this.#isForEveryone ? undefined : this.#whatIsSince(baseTick);
    const movers = since?.movers ?? this.#moversSince(baseTick);
    const places = this.#found;
    const count = moversInSight(movers, then, now, places);
    for (let p = 0; p < count; p++) {
      const slot = movers.slot[places[p]!]!;
      const from = movers.from[places[p]!]!;
      const area = this.#area[slot]!;
      const wasSeen = from !== NOWHERE && then.sees(from);
      const isSeen = area !== NOWHERE && now.sees(area);
      if (wasSeen && isSeen && this.#bornAt[slot]! <= baseTick) this.#kept[kept++] = slot;
      else {
        if (wasSeen) this.#gone[gone++] = slot;
        if (isSeen) this.#new[fresh++] = slot;
      }
    }
    const sameView = then.key === now.key;
    if (!sameView) {
      gone = this.#gather(
        this.#gone,
        gone,
        then.areas().filter((area) => !now.sees(area)),
        baseTick,
      );
      fresh = this.#gather(
        this.#new,
        fresh,
        now.areas().filter((area) => !then.sees(area)),
        baseTick,
      );
    }
    if (gone > 0) {
      out.u8(Block.GONE);
      writeRowSet(out, ascending(this.#gone, gone), 0, gone);
    }
    this.#writeNew(out, this.#new, fresh);
    if (kept > 0) this.#writeChanged(out, ascending(this.#kept, kept), 0, kept, baseTick);
    if (since)
      this.#copyChanged(
        out,
        baseTick,
        since,
        sameView ? now.areas() : now.areas().filter((area) => then.sees(area)),
      );
    else this.#writeChanged(out, this.#kept, 0, this.#findChanged(this.#kept, baseTick), baseTick);
    out.u8(Block.END);
  }

  /** Appends the rows of some areas who came there up to a tick. */
  #gather(into: Int32Array, length: number, areas: readonly number[], arrivedUpTo: number): number {
    if (areas.length === 0) return length;
    this.#members ??= this.#byArea(0);
    const { slots, start } = this.#members;
    let end = length;
    for (const area of areas) {
      // An area that was named after the last seal has no row yet.
      const to = start[area + 1] ?? 0;
      for (let i = start[area]!; i < to; i++) {
        const slot = slots[i]!;
        if (this.#arrivedAt[slot]! <= arrivedUpTo) into[end++] = slot;
      }
    }
    return end;
  }

  #writeNew(out: ByteWriter, slots: Int32Array, count: number): void {
    if (count === 0) return;
    ascending(slots, count);
    out.u8(Block.NEW);
    writeRowSet(out, slots, 0, count);
    for (let i = 0; i < count; i++) out.bytes(this.#encodedKey[slots[i]!]!);
    for (const column of this.#columns) column.write(out, slots, 0, count);
  }

  #writeChanged(out: ByteWriter, slots: Int32Array, from: number, to: number, baseTick: number): void {
    if (from === to) return;
    out.u8(Block.CHANGED);
    writeRowSet(out, slots, from, to);
    const columns = this.#columns;
    const flagsAt = out.reserve((columns.length + 3) >> 2);
    for (let at = flagsAt; at < out.length; at++) out.buffer[at] = 0;
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!;
      if (column.lastChangedAt <= baseTick) continue;
      const changed = column.writeChanged(out, slots, from, to, baseTick);
      out.buffer[flagsAt + (c >> 2)]! |= changed << (2 * (c & 3));
    }
  }

  #whatIsSince(baseTick: number): Since {
    let since = this.#since.get(baseTick);
    if (!since) {
      const { end } = this.#visibility.areas;
      since = {
        movers: this.#moversSince(baseTick),
        changed: this.#byArea(baseTick),
        from: new Int32Array(end),
        end: new Int32Array(end),
      };
      this.#since.set(baseTick, since);
    }
    return since;
  }

  #moversSince(baseTick: number): Movers {
    const moves = this.#moves;
    const first = moves.firstAfter(baseTick);
    if (first === moves.end) return NO_MOVERS;
    const slots = this.#found;
    const count = this.#firstMovesSince(first, slots, this.#from);
    const slot = slots.slice(0, count);
    const from = this.#from.slice(0, count);
    return { slot, from, lists: count > FEW_MOVERS ? this.#listsOf(slot, from) : undefined };
  }

  #listsOf(slot: Int32Array, from: Int32Array): MoverLists {
    const { end } = this.#visibility.areas;
    const leftFirst = new Int32Array(end);
    const leftNext = new Int32Array(slot.length);
    const cameFirst = new Int32Array(end);
    const cameNext = new Int32Array(slot.length);
    for (let i = 0; i < slot.length; i++) {
      const left = from[i]!;
      const came = this.#area[slot[i]!]!;
      if (left !== NOWHERE) {
        leftNext[i] = leftFirst[left]!;
        leftFirst[left] = i + 1;
      }
      if (came !== NOWHERE) {
        cameNext[i] = cameFirst[came]!;
        cameFirst[came] = i + 1;
      }
    }
    return { leftFirst, leftNext, cameFirst, cameNext };
  }

  /** Finds each slot that has moves from the `first` on, and where it was before: the first of its moves says that. */
  #firstMovesSince(first: number, slots: Int32Array, from: Int32Array): number {
    const moves = this.#moves;
    const isMover = this.#isMover;
    let count = 0;
    for (let i = first; i < moves.end; i++) {
      const slot = moves.slot(i);
      if (isMover[slot] === 1) continue;
      isMover[slot] = 1;
      slots[count] = slot;
      from[count++] = moves.from(i);
    }
    for (let i = 0; i < count; i++) isMover[slots[i]!] = 0;
    return count;
  }

  /** Appends the CHANGED blocks of some areas, each encoded once for all readers of a tick. */
  #copyChanged(
    out: ByteWriter,
    baseTick: number,
    { changed, from, end }: Since,
    areas: readonly number[],
  ): void {
    for (const area of areas) {
      const first = changed.start[area]!;
      const last = changed.start[area + 1] ?? 0;
      if (first >= last) continue;
      if (end[area] === 0) {
        from[area] = this.#buffer.length;
        this.#writeChanged(this.#buffer, changed.slots, first, last, baseTick);
        end[area] = this.#buffer.length;
      }
      out.copy(this.#buffer.buffer, from[area]!, end[area]!);
    }
  }

  /** Finds the rows that changed after a tick and had come to their area by then, ascending; 0: all rows. */
  #findChanged(into: Int32Array, baseTick: number): number {
    if (baseTick > 0 && !this.#hasChangedSince(baseTick)) return 0;
    const { changedAt } = this.#ticks;
    const end = this.#slots;
    let count = 0;
    // Where no row is, nothing has changed.
    for (let slot = 0; slot < end; slot++) if (changedAt[slot]! > baseTick) into[count++] = slot;
    if (baseTick === 0 || this.#moves.firstAfter(baseTick) === this.#moves.end) return count;
    const arrivedAt = this.#arrivedAt;
    let stayed = 0;
    for (let i = 0; i < count; i++) if (arrivedAt[into[i]!]! <= baseTick) into[stayed++] = into[i]!;
    return stayed;
  }

  /** Sorts what {@link #findChanged} finds into areas. */
  #byArea(baseTick: number): ByArea {
    const area = this.#area;
    const found = this.#found;
    const count = this.#findChanged(found, baseTick);
    const start = new Int32Array(this.#visibility.areas.end + 1);
    for (let i = 0; i < count; i++) start[area[found[i]!]! + 1]!++;
    for (let a = 1; a < start.length; a++) start[a]! += start[a - 1]!;
    const next = start.slice();
    const slots = new Int32Array(count);
    for (let i = 0; i < count; i++) slots[next[area[found[i]!]!]!++] = found[i]!;
    return { slots, start };
  }

  // --- as it is stored ---

  /** Writes all that was assigned after `baseTick`, as it is stored, in the order of the table; 0: everything. */
  writeStored(out: ByteWriter, baseTick: number): void {
    let gone = 0;
    if (baseTick > 0) {
      const slots = this.#found;
      const count = this.#firstMovesSince(this.#moves.firstAfter(baseTick), slots, this.#from);
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        const isSame = this.#area[slot] !== NOWHERE && this.#bornAt[slot]! <= baseTick;
        if (this.#from[i] !== NOWHERE && !isSame) this.#gone[gone++] = slot;
      }
    }
    writeRowSet(out, ascending(this.#gone, gone), 0, gone);
    const { assignedAt } = this.#ticks;
    let assigned = 0;
    for (const row of this.#rows.values()) assigned += assignedAt[row[SLOT]]! > baseTick ? 1 : 0;
    out.varint(assigned);
    for (const [key, row] of this.#rows) {
      const slot = row[SLOT];
      if (assignedAt[slot]! <= baseTick) continue;
      const isNew = this.#bornAt[slot]! > baseTick;
      out.varint(slot * 2 + (isNew ? 1 : 0));
      if (isNew) out.string(key);
      for (const column of this.#columns) column.writeStored(out, slot);
    }
  }

  /** Applies what {@link writeStored} wrote of a table that was then as this one is. */
  readStored(reader: ByteReader): void {
    this.#free = undefined;
    const gone = readRowSet(reader, goneSlots, TABLE_ROWS_MAX);
    for (let i = 0; i < gone; i++) this.delete(this.#key[goneSlots[i]!]!);
    for (let left = reader.varint(); left > 0; left--) {
      const head = reader.varint();
      const slot = Math.floor(head / 2);
      if (head % 2 === 1) {
        const key = reader.string();
        if (slot >= TABLE_ROWS_MAX || !this.#isFree(slot) || this.#rows.has(key))
          throw new InputError(
            "row",
            `${key} in slot ${slot}`,
            `a new key in a free slot below ${TABLE_ROWS_MAX}`,
          );
        this.#put(
          slot,
          key,
          encodeKey(key, "key"),
          this.#columns.map((column) => column.readStored(reader)),
        );
      } else {
        const row = this.#rows.get(this.#key[slot] ?? "");
        if (!row) throw new InputError("row", slot, "a row of the table");
        for (const column of this.#columns) row[column.name] = column.readStored(reader);
      }
    }
  }

  #findFree(): number[] {
    const free: number[] = [];
    for (let slot = this.#slots - 1; slot >= 0; slot--) if (this.#isFree(slot)) free.push(slot);
    return free;
  }

  #isFree(slot: number): boolean {
    return this.#rows.get(this.#key[slot] ?? "")?.[SLOT] !== slot;
  }
}

/** A class whose objects have nothing but a slot, and the columns' accessors on their prototype. */
export function rowClass(columns: readonly Column[]): new (slot: number) => RowObject {
  class Row {
    [SLOT]: number;
    constructor(slot: number) {
      this[SLOT] = slot;
    }
  }
  for (const { name, accessor } of columns) Object.defineProperty(Row.prototype, name, accessor);
  // Nothing is inherited: a field may have any name. For people who print a row:
  const toJSON = function (this: RowObject) {
    return Object.fromEntries(columns.map(({ name }) => [name, this[name]]));
  };
  Object.setPrototypeOf(Row.prototype, null);
  if (!("toJSON" in Row.prototype)) Object.defineProperty(Row.prototype, "toJSON", { value: toJSON });
  return Row as unknown as new (
    slot: number,
  ) => RowObject;
}

/** Finds the places of all movers who were or are in sight, and maybe others; answers how many they are. */
function moversInSight(
  { slot, from, lists }: Movers,
  then: TableView,
  now: TableView,
  places: Int32Array,
): number {
  if (!lists) {
    for (let i = 0; i < slot.length; i++) places[i] = i;
    return slot.length;
  }
  const { leftFirst, leftNext, cameFirst, cameNext } = lists;
  let count = 0;
  for (const area of then.areas())
    for (let i = leftFirst[area]!; i > 0; i = leftNext[i - 1]!) places[count++] = i - 1;
  for (const area of now.areas()) {
    for (let i = cameFirst[area]!; i > 0; i = cameNext[i - 1]!)
      if (from[i - 1] === NOWHERE || !then.sees(from[i - 1]!)) places[count++] = i - 1;
  }
  return count;
}

/** Sorts the first `count` in place, unless they are in order. */
function ascending(slots: Int32Array, count: number): Int32Array {
  for (let i = 1; i < count; i++) {
    if (slots[i]! < slots[i - 1]!) {
      slots.subarray(0, count).sort();
      break;
    }
  }
  return slots;
}

/** A key that is no Unicode is refused: mended, two keys could become one on the wire. */
function encodeKey(key: string, path: string): Uint8Array {
  const encoded = typeof key === "string" ? utf8.encode(key) : new Uint8Array();
  if (encoded.length === 0 || encoded.length > TABLE_KEY_BYTES_MAX || /\p{Surrogate}/u.test(key))
    throw new InputError(path, key, `text of 1 to ${TABLE_KEY_BYTES_MAX} UTF-8 bytes`);
  return encoded;
}
