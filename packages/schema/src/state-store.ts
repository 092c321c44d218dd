import { assert, type ByteReader, type ByteWriter, InputError } from "@warren/kernel";
import { type Column, columnOf, type RowTicks } from "./column.ts";
import type { AnyFields } from "./composites.ts";
import { checkGroups, type GroupTypes, groupTypesOf } from "./groups.ts";
import { rowClassOf } from "./row-object.ts";
import { isTable, type StateFields, type StateOf, type StateType } from "./state-type.ts";
import { TableDeltas } from "./table-deltas.ts";
import { readStoredTable, writeStoredTable } from "./table-persistence.ts";
import { TableRows } from "./table-rows.ts";
import { TableStore } from "./table-store.ts";
import type { Type } from "./type.ts";
import { seesAll, type View, ViewerEyes } from "./view.ts";
import type { Viewer, Visibility } from "./visibility.ts";

/** Ticks of last change are kept in 32 bits: enough for 194 days at 128 ticks a second. */
const TICK_MAX = 2 ** 31 - 2;
const VALUES_SLOT = new Int32Array([0]);

/**
 * The state of one room with the tick of last change per field. A reader is a tick and a view, and nothing else:
 * a delta from any base tick is a pure read, so any number of readers can go at their own pace.
 *
 * Payload: bit mask of changed values (one bit a value, ⌈n/8⌉ bytes, lowest bit first), the values, then each table's
 * blocks ({@link Block}).
 */
export class StateStore<S extends StateType<StateFields>> {
  /** What the room's code reads and writes. */
  readonly state: StateOf<S>;
  /** Ticks start at 1. */
  readonly #ticks: RowTicks = { tick: 1, changedAt: new Int32Array(1), assignedAt: new Int32Array(1) };
  #forgottenTick = 0;
  readonly #values: readonly Column[];
  readonly #tables: readonly TableRows[];
  readonly #deltas: readonly TableDeltas[];
  readonly #groupTypes: GroupTypes;
  readonly #visibilities: readonly Visibility[];
  readonly #seesAll: View;

  constructor(type: S) {
    const fields = Object.entries(type.fields);
    const tables: [string, TableRows][] = [];
    const values: Column[] = [];
    for (const [name, field] of fields) {
      if (isTable(field)) tables.push([name, new TableRows(`state.${name}`, field)]);
      else values.push(columnOf(name, field as Type<unknown>, "state", this.#ticks));
    }
    for (const value of values) {
      value.grow(1);
      value.put(0, value.initial());
    }
    this.#values = values;
    this.#groupTypes = groupTypesOf(type.fields);
    this.#tables = tables.map(([, table]) => table);
    this.#visibilities = this.#tables.map(({ visibility }) => visibility);
    this.#seesAll = seesAll(this.#visibilities);
    this.#deltas = this.#tables.map((table) => new TableDeltas(table));
    this.state = new (stateClassOf(type))(0, values) as object as StateOf<S>;
    for (const [name, table] of tables)
      Object.defineProperty(this.state, name, { value: new TableStore(table), enumerable: true });
  }

  /** Tick that changes are stamped with now; all before it are sealed. */
  get tick(): number {
    return this.#ticks.tick;
  }

  /**
   * Closes the current tick and answers its number; later changes are of the next one. `isTold`: all readers are told
   * of it, so that the next time what differs from it is known.
   */
  seal(isTold = true): number {
    assert(this.#ticks.tick <= TICK_MAX, `a state lives for ${TICK_MAX} ticks`);
    const sealed = this.#ticks.tick++;
    for (const table of this.#tables) table.seal(this.#ticks.tick, isTold);
    for (const deltas of this.#deltas) deltas.seal();
    return sealed;
  }

  /** Forgets what only readers of before `oldestReaderTick` would have to be told. */
  forget(oldestReaderTick: number): void {
    this.#forgottenTick = Math.max(this.#forgottenTick, oldestReaderTick);
    for (const table of this.#tables) table.forget(oldestReaderTick);
  }

  /** Throws InputError for groups that no table is shown by. */
  checkGroups(groups: Viewer["groups"]): void {
    checkGroups(groups, this.#groupTypes);
  }

  /** The eyes of a player by id; undefined: of someone who has no rows, and sees what everyone sees. */
  eyesOf(self: string | undefined): ViewerEyes {
    return new ViewerEyes(self, this.#visibilities, this.#seesAll);
  }

  /**
   * Writes what a reader has to be told who was told the state of `baseTick` in the view `then`, and sees `now`;
   * `baseTick` 0: everything seen now. To be called between {@link seal} and the next change.
   */
  writeDelta(out: ByteWriter, baseTick: number, then: View, now: View): void {
    const values = this.#values;
    const maskAt = out.reserve((values.length + 7) >> 3);
    for (let at = maskAt; at < out.length; at++) out.buffer[at] = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (baseTick > 0 && value.lastChangedAt <= baseTick) continue;
      out.buffer[maskAt + (i >> 3)]! |= 1 << (i & 7);
      value.write(out, VALUES_SLOT, 0, 1);
    }
    for (let i = 0; i < this.#deltas.length; i++)
      this.#deltas[i]!.write(out, baseTick, then.tables[i]!, now.tables[i]!);
  }

  /**
   * Writes all that was assigned after `baseTick`, as it is stored and whoever sees it; 0: everything. With
   * {@link readStored} it is the base of checkpoints and of moving a room. Of a copy, `baseTick` has to be a tick at
   * which it was read: it knows nothing of what came and went between two readings.
   */
  writeStored(out: ByteWriter, baseTick: number): void {
    assert(
      baseTick === 0 || baseTick >= this.#forgottenTick,
      `what was deleted after tick ${baseTick} is forgotten up to ${this.#forgottenTick}`,
    );
    const sealed = this.#ticks.tick - 1;
    out.varint(sealed);
    out.varint(baseTick);
    const isWritten = baseTick === 0 || this.#ticks.assignedAt[0]! > baseTick;
    out.u8(isWritten ? 1 : 0);
    if (isWritten) for (const value of this.#values) value.writeStored(out, 0);
    for (const table of this.#tables) writeStoredTable(out, table, baseTick);
  }

  /** Applies what {@link writeStored} wrote to a store that is new, or as the other one was at the base tick. */
  readStored(reader: ByteReader): void {
    const tick = reader.varint();
    const baseTick = reader.varint();
    if (baseTick !== this.#ticks.tick - 1)
      throw new InputError("stored base tick", baseTick, `${this.#ticks.tick - 1}`);
    if (tick < baseTick || tick > TICK_MAX)
      throw new InputError("stored tick", tick, `${baseTick} to ${TICK_MAX}`);
    if (tick === baseTick && tick > 0) {
      // Readers of this tick would not be told of a change at it.
      const nothing = reader.raw(1 + 2 * this.#tables.length);
      if (nothing.some((byte) => byte !== 0))
        throw new InputError("stored changes", "some", "none in no tick");
      return;
    }
    this.#ticks.tick = tick;
    for (const table of this.#tables) table.seal(tick, false);
    const state = this.state as Record<string, unknown>;
    if (reader.u8() === 1) for (const value of this.#values) state[value.name] = value.readStored(reader);
    for (const table of this.#tables) readStoredTable(reader, table);
    this.seal();
  }
}

const valuesOf = new WeakMap<StateType<StateFields>, AnyFields>();

/** The values of a state are one row, and so of one class for all rooms. */
function stateClassOf(type: StateType<StateFields>) {
  let values = valuesOf.get(type);
  if (!values) {
    values = Object.fromEntries(
      Object.entries(type.fields).filter(([, field]) => !isTable(field)),
    ) as AnyFields;
    valuesOf.set(type, values);
  }
  return rowClassOf(values);
}
