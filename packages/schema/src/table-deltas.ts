import { ByteWriter } from "@warren/kernel";
import { Block } from "./block.ts";
import { NOWHERE } from "./move-log.ts";
import { writeRowSet } from "./row-set.ts";
import type { TableRows } from "./table-rows.ts";
import type { TableView } from "./visibility.ts";

/** Slots in order of area: those of area `a` are at `start[a]` to `start[a + 1] - 1`, ascending. */
interface ByArea {
  readonly slots: Int32Array;
  readonly start: Int32Array;
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

/** Lists of slots while one reader's bytes are written; shared by all tables, because none of it outlives that. */
let scratch = scratchFor(64);

function scratchFor(slots: number) {
  return {
    gone: new Int32Array(slots),
    fresh: new Int32Array(slots),
    kept: new Int32Array(slots),
    found: new Int32Array(slots),
    from: new Int32Array(slots),
  };
}

const FEW_MOVERS = 32;
const NO_MOVERS: Movers = { slot: new Int32Array(0), from: new Int32Array(0), lists: undefined };

/** What is found out once for all who had the same tick before. */
interface Since {
  readonly movers: Movers;
  /** Rows that changed and stayed in their area. */
  readonly changed: ByArea;
  /** Per area: where they are encoded in the buffer. */
  readonly from: Int32Array;
  /** 0: not encoded yet. */
  readonly end: Int32Array;
}

/**
 * What to tell readers of a table. A reader is a tick and what was seen then, so this is a pure read; and since many
 * readers have both in common, what is encoded is kept until the next seal and copied.
 */
export class TableDeltas {
  readonly #rows: TableRows;
  /** What was encoded since the last seal. */
  readonly #buffer = new ByteWriter(64);
  /** By base tick. */
  readonly #since = new Map<number, Since>();
  /** All that a reader of a table for everyone is told, by base tick. */
  #whole: { readonly baseTick: number; readonly from: number; readonly end: number }[] = [];
  #members: ByArea | undefined;

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  seal(): void {
    // Clearing a map that is empty costs as much as one that is not.
    if (this.#since.size > 0) this.#since.clear();
    if (this.#whole.length > 0) this.#whole = [];
    this.#buffer.reset();
    this.#members = undefined;
  }

  /** Writes what a reader has to be told who saw `then` at `baseTick` and sees `now`; `baseTick` 0: who saw nothing. */
  write(out: ByteWriter, baseTick: number, then: TableView, now: TableView): void {
    if (scratch.found.length < this.#rows.capacity) scratch = scratchFor(this.#rows.capacity);
    if (!this.#rows.isForEveryone) return this.#write(out, baseTick, then, now);
    let whole = this.#whole[0];
    if (whole?.baseTick !== baseTick) whole = this.#whole.find((known) => known.baseTick === baseTick);
    if (!whole) {
      const from = this.#buffer.length;
      this.#write(this.#buffer, baseTick, then, now);
      whole = { baseTick, from, end: this.#buffer.length };
      this.#whole.push(whole);
    }
    out.copy(this.#buffer.buffer, whole.from, whole.end);
  }

  #write(out: ByteWriter, baseTick: number, then: TableView, now: TableView): void {
    if (baseTick === 0)
      this.#writeNew(out, this.#gather(scratch.fresh, 0, now.areas(), this.#rows.ticks.tick));
    else this.#writeChanges(out, baseTick, then, now);
    out.u8(Block.END);
  }

  #writeChanges(out: ByteWriter, baseTick: number, then: TableView, now: TableView): void {
    let gone = 0;
    let fresh = 0;
    let kept = 0;
    const { area, bornAt, isForEveryone } = this.#rows;
    const since = isForEveryone ? undefined : this.#whatIsSince(baseTick);
    const movers = since?.movers ?? this.#moversSince(baseTick);
    const places = scratch.found;
    const count = moversInSight(movers, then, now, places);
    for (let p = 0; p < count; p++) {
      const slot = movers.slot[places[p]!]!;
      const wasIn = movers.from[places[p]!]!;
      const isIn = area[slot]!;
      const wasSeen = wasIn !== NOWHERE && then.sees(wasIn);
      const isSeen = isIn !== NOWHERE && now.sees(isIn);
      // Born since, it is another row, though the slot may be the same.
      if (wasSeen && isSeen && bornAt[slot]! <= baseTick) scratch.kept[kept++] = slot;
      else {
        if (wasSeen) scratch.gone[gone++] = slot;
        if (isSeen) scratch.fresh[fresh++] = slot;
      }
    }
    let stayed = now.areas();
    if (then.key !== now.key) {
      const left = then.areas().filter((a) => !now.sees(a));
      gone = this.#gather(scratch.gone, gone, left, baseTick);
      const entered = stayed.filter((a) => !then.sees(a));
      fresh = this.#gather(scratch.fresh, fresh, entered, baseTick);
      stayed = stayed.filter((a) => then.sees(a));
    }
    if (gone > 0) {
      out.u8(Block.GONE);
      writeRowSet(out, ascending(scratch.gone, gone), 0, gone);
    }
    this.#writeNew(out, fresh);
    this.#writeChanged(out, ascending(scratch.kept, kept), 0, kept, baseTick);
    if (since) this.#copyChanged(out, baseTick, since, stayed);
    else this.#writeChanged(out, scratch.found, 0, this.#findChanged(baseTick), baseTick);
  }

  /** Adds the rows of some areas who came there up to a tick; answers how many there are then. */
  #gather(into: Int32Array, count: number, areas: readonly number[], arrivedUpTo: number): number {
    if (areas.length === 0) return count;
    this.#members ??= this.#byArea(0);
    const { slots, start } = this.#members;
    const { arrivedAt } = this.#rows;
    let end = count;
    for (const area of areas) {
      // An area that was named after the last seal has no row yet.
      const to = start[area + 1] ?? 0;
      for (let i = start[area]!; i < to; i++) {
        const slot = slots[i]!;
        if (arrivedAt[slot]! <= arrivedUpTo) into[end++] = slot;
      }
    }
    return end;
  }

  /** Appends the first `count` of the new rows. */
  #writeNew(out: ByteWriter, count: number): void {
    if (count === 0) return;
    const slots = ascending(scratch.fresh, count);
    const { keys, columns } = this.#rows;
    out.u8(Block.NEW);
    writeRowSet(out, slots, 0, count);
    for (let i = 0; i < count; i++) out.string(keys[slots[i]!]!);
    for (const column of columns) column.write(out, slots, 0, count);
  }

  #writeChanged(out: ByteWriter, slots: Int32Array, from: number, to: number, baseTick: number): void {
    if (from === to) return;
    out.u8(Block.CHANGED);
    writeRowSet(out, slots, from, to);
    const { columns, beforeTick } = this.#rows;
    const isKept = baseTick === beforeTick;
    const flagsAt = out.reserve((columns.length + 3) >> 2);
    for (let at = flagsAt; at < out.length; at++) out.buffer[at] = 0;
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!;
      if (column.lastChangedAt <= baseTick) continue;
      const changed = column.writeChanged(out, slots, from, to, baseTick, isKept);
      out.buffer[flagsAt + (c >> 2)]! |= changed << (2 * (c & 3));
    }
  }

  #whatIsSince(baseTick: number): Since {
    let since = this.#since.get(baseTick);
    if (!since) {
      const { end } = this.#rows.visibility.areas;
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
    const { found, from: wasIn } = scratch;
    const count = this.#rows.findMoved(baseTick, found, wasIn);
    if (count === 0) return NO_MOVERS;
    const slot = found.slice(0, count);
    const from = wasIn.slice(0, count);
    return { slot, from, lists: count > FEW_MOVERS ? this.#listsOf(slot, from) : undefined };
  }

  #listsOf(slot: Int32Array, from: Int32Array): MoverLists {
    const { end } = this.#rows.visibility.areas;
    const leftFirst = new Int32Array(end);
    const leftNext = new Int32Array(slot.length);
    const cameFirst = new Int32Array(end);
    const cameNext = new Int32Array(slot.length);
    for (let i = 0; i < slot.length; i++) {
      const left = from[i]!;
      const came = this.#rows.area[slot[i]!]!;
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

  /** Appends the CHANGED blocks of some areas, each encoded once for all readers of a tick. */
  #copyChanged(out: ByteWriter, baseTick: number, since: Since, areas: readonly number[]): void {
    const { from, end } = since;
    const { slots, start } = since.changed;
    for (const area of areas) {
      const first = start[area]!;
      const last = start[area + 1] ?? 0;
      if (first >= last) continue;
      if (end[area] === 0) {
        from[area] = this.#buffer.length;
        this.#writeChanged(this.#buffer, slots, first, last, baseTick);
        end[area] = this.#buffer.length;
      }
      out.copy(this.#buffer.buffer, from[area]!, end[area]!);
    }
  }

  /** Finds the rows that changed after a tick and had come to their area by then, ascending; 0: all rows. */
  #findChanged(baseTick: number): number {
    const { found } = scratch;
    let count = 0;
    // Of a table where nothing happens no row is looked at.
    if (baseTick > 0 && !this.#rows.hasChangedSince(baseTick)) return count;
    const { changedAt } = this.#rows.ticks;
    const { slotCount, arrivedAt } = this.#rows;
    // Where no row is, nothing has changed.
    for (let slot = 0; slot < slotCount; slot++) if (changedAt[slot]! > baseTick) found[count++] = slot;
    const { moves } = this.#rows;
    if (baseTick === 0 || moves.firstAfter(baseTick) === moves.end) return count;
    let stayed = 0;
    for (let i = 0; i < count; i++) if (arrivedAt[found[i]!]! <= baseTick) found[stayed++] = found[i]!;
    return stayed;
  }

  /** Sorts what {@link #findChanged} finds into areas. */
  #byArea(baseTick: number): ByArea {
    const { area, visibility } = this.#rows;
    const count = this.#findChanged(baseTick);
    const { found } = scratch;
    const start = new Int32Array(visibility.areas.end + 1);
    for (let i = 0; i < count; i++) start[area[found[i]!]! + 1]!++;
    for (let a = 1; a < start.length; a++) start[a]! += start[a - 1]!;
    const next = start.slice();
    const slots = new Int32Array(count);
    for (let i = 0; i < count; i++) slots[next[area[found[i]!]!]!++] = found[i]!;
    return { slots, start };
  }
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
