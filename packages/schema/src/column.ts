import { ByteReader, ByteWriter, InputError } from "@warren/kernel";
import { Changed } from "./block.ts";
import { type CodeArray, codeArray, writeChangedCodes, writeCodes } from "./code-column.ts";
import type { Codes, Linear } from "./codes.ts";
import { frozen } from "./frozen.ts";
import type { Type } from "./type.ts";

/** Where a row's values are: its place in every column. −1: the row was deleted. */
export const SLOT = Symbol("slot");
export interface RowObject {
  [SLOT]: number;
  [field: string]: unknown;
}

/** The ticks of last change that the columns of one table share; grown by the table. */
export interface RowTicks {
  /** Tick that changes are stamped with now. */
  tick: number;
  /** Per slot: when something of the row last changed on the wire. */
  changedAt: Int32Array;
  /** Per slot: when something of the row was last assigned another value, also one that looks the same on the wire. */
  assignedAt: Int32Array;
}

/** One field of all rows of a table: its values by slot, and the tick when each last changed on the wire. */
export interface Column {
  readonly name: string;
  /** Per slot: tick of last change on the wire. */
  readonly changedAt: Int32Array;
  /** The latest of them. */
  lastChangedAt: number;
  /** Getter and setter of the field for row objects; the setter checks. */
  readonly accessor: PropertyDescriptor;
  grow(capacity: number): void;
  /** Sets a checked value in a row that is new. */
  put(slot: number, value: unknown): void;
  /** Throws InputError with `path`. */
  check(value: unknown, path: string): unknown;
  initial(): unknown;
  /** What a client sees: the value at the wire's precision. */
  seen(slot: number): unknown;
  /** Appends the values of `slots[from]` to `slots[to - 1]`. */
  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void;
  /** Appends those that changed after a tick, after a mask of them unless it is all; says which of these. */
  writeChanged(out: ByteWriter, slots: Int32Array, from: number, to: number, baseTick: number): Changed;
  /** Appends, and reads, one value as it is stored. */
  writeStored(out: ByteWriter, slot: number): void;
  readStored(reader: ByteReader): unknown;
}

export function columnOf(name: string, type: Type<unknown>, path: string, ticks: RowTicks): Column {
  if (type.codes?.linear) {
    const codes = type.codes as Codes<number> & { linear: Linear };
    return new QuantisedColumn(name, type as Type<number>, codes, path, ticks);
  }
  if (type.codes) return new CodeColumn(name, type, type.codes, path, ticks);
  if (typeof type.initial() === "number") return new NumberColumn(name, type as Type<number>, path, ticks);
  return new ValueColumn(name, type, path, ticks);
}

function grown<A extends Int32Array | Float64Array | CodeArray>(old: A, capacity: number): A {
  const made = new (old.constructor as new (length: number) => A)(capacity);
  made.set(old);
  return made;
}

function refuseDeleted(path: string): never {
  throw new InputError(path, "a row that was deleted", "a row of the table");
}

abstract class BaseColumn<T> {
  readonly name: string;
  changedAt: Int32Array = new Int32Array(0);
  lastChangedAt = 0;
  protected readonly type: Type<T>;
  readonly #stored: Type<T>;

  constructor(name: string, type: Type<T>) {
    this.name = name;
    this.type = type;
    this.#stored = type.stored ?? type;
  }

  abstract get(slot: number): T;
  abstract write(out: ByteWriter, slots: Int32Array, from: number, to: number): void;

  writeChanged(out: ByteWriter, slots: Int32Array, from: number, to: number, baseTick: number): Changed {
    const changed = slots.slice(from, to).filter((slot) => this.changedAt[slot]! > baseTick);
    if (changed.length === 0) return Changed.NONE;
    const isAll = changed.length === to - from;
    if (!isAll) {
      const maskAt = out.reserve((to - from + 7) >> 3);
      out.buffer.fill(0, maskAt, out.length);
      for (let i = from; i < to; i++)
        if (this.changedAt[slots[i]!]! > baseTick)
          out.buffer[maskAt + ((i - from) >> 3)]! |= 1 << ((i - from) & 7);
    }
    this.write(out, changed, 0, changed.length);
    return isAll ? Changed.ALL : Changed.SOME;
  }

  check(value: unknown, path: string): unknown {
    return frozen(this.type.check(value, path));
  }
  initial(): unknown {
    return frozen(this.type.initial());
  }
  writeStored(out: ByteWriter, slot: number): void {
    this.#stored.write(out, this.get(slot));
  }
  readStored(reader: ByteReader): unknown {
    // What is stored of a quantised number has any value.
    return this.check(this.#stored.read(reader), this.name);
  }
  grow(capacity: number): void {
    this.changedAt = grown(this.changedAt, capacity);
  }
}

/** Integers, bool and enum: the code is the value. */
class CodeColumn<T> extends BaseColumn<T> implements Column {
  readonly accessor: PropertyDescriptor;
  readonly #codes: Codes<T>;
  #code: CodeArray;

  constructor(name: string, type: Type<T>, codes: Codes<T>, path: string, ticks: RowTicks) {
    super(name, type);
    this.#codes = codes;
    this.#code = codeArray(codes.bytes, 0);
    const column = this;
    const { toCode, fromCode } = codes;
    this.accessor = {
      enumerable: true,
      get(this: RowObject) {
        return fromCode(column.#code[this[SLOT]]!);
      },
      set(this: RowObject, value: unknown) {
        const slot = this[SLOT];
        if (slot < 0) refuseDeleted(path);
        const codes = column.#code;
        const before = codes[slot];
        codes[slot] = toCode(type.check(value, path));
        if (codes[slot] === before) return;
        column.lastChangedAt =
          column.changedAt[slot] =
          ticks.changedAt[slot] =
          ticks.assignedAt[slot] =
            ticks.tick;
      },
    };
  }

  override grow(capacity: number): void {
    super.grow(capacity);
    this.#code = grown(this.#code, capacity);
  }
  get(slot: number): T {
    return this.#codes.fromCode(this.#code[slot]!);
  }
  seen(slot: number): T {
    return this.get(slot);
  }
  put(slot: number, value: unknown): void {
    this.#code[slot] = this.#codes.toCode(value as T);
  }
  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void {
    writeCodes(out, this.#codes.bytes, this.#code, slots, from, to);
  }
  override writeChanged(
    out: ByteWriter,
    slots: Int32Array,
    from: number,
    to: number,
    baseTick: number,
  ): Changed {
    return writeChangedCodes(out, this.#codes.bytes, this.#code, this.changedAt, slots, from, to, baseTick);
  }
}

/** Quantised numbers and angles: stored as assigned, sent as a code, changed when the code did. */
class QuantisedColumn extends BaseColumn<number> implements Column {
  readonly accessor: PropertyDescriptor;
  readonly #codes: Codes<number>;
  #value = new Float64Array(0);
  #code: CodeArray;

  constructor(
    name: string,
    type: Type<number>,
    codes: Codes<number> & { linear: Linear },
    path: string,
    ticks: RowTicks,
  ) {
    super(name, type);
    this.#codes = codes;
    this.#code = codeArray(codes.bytes, 0);
    const column = this;
    const { lowest, max, min, perUnit, mask } = codes.linear;
    this.accessor = {
      enumerable: true,
      get(this: RowObject) {
        return column.#value[this[SLOT]];
      },
      // The hottest code of a room: no calls but for what is refused.
      set(this: RowObject, assigned: unknown) {
        const slot = this[SLOT];
        if (slot < 0) refuseDeleted(path);
        if (!(typeof assigned === "number" && assigned >= lowest && assigned <= max))
          type.check(assigned, path);
        const value = assigned as number;
        column.#value[slot] = value;
        ticks.assignedAt[slot] = ticks.tick;
        const code = Math.floor((value - min) * perUnit + 0.5) & mask;
        if (code === column.#code[slot]) return;
        column.#code[slot] = code;
        column.lastChangedAt = column.changedAt[slot] = ticks.changedAt[slot] = ticks.tick;
      },
    };
  }

  override grow(capacity: number): void {
    super.grow(capacity);
    this.#value = grown(this.#value, capacity);
    this.#code = grown(this.#code, capacity);
  }
  get(slot: number): number {
    return this.#value[slot]!;
  }
  seen(slot: number): number {
    return this.#codes.fromCode(this.#code[slot]!);
  }
  put(slot: number, value: unknown): void {
    this.#value[slot] = value as number;
    this.#code[slot] = this.#codes.toCode(value as number);
  }
  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void {
    writeCodes(out, this.#codes.bytes, this.#code, slots, from, to);
  }
  override writeChanged(
    out: ByteWriter,
    slots: Int32Array,
    from: number,
    to: number,
    baseTick: number,
  ): Changed {
    return writeChangedCodes(out, this.#codes.bytes, this.#code, this.changedAt, slots, from, to, baseTick);
  }
}

/** Floats and varints. */
class NumberColumn extends BaseColumn<number> implements Column {
  readonly accessor: PropertyDescriptor;
  readonly #onWire: (value: number) => number;
  #value = new Float64Array(0);

  constructor(name: string, type: Type<number>, path: string, ticks: RowTicks) {
    super(name, type);
    const column = this;
    const onWire = type.stored ? Math.fround : (value: number) => value;
    this.#onWire = onWire;
    this.accessor = {
      enumerable: true,
      get(this: RowObject) {
        return column.#value[this[SLOT]];
      },
      set(this: RowObject, assigned: unknown) {
        const slot = this[SLOT];
        if (slot < 0) refuseDeleted(path);
        const value = type.check(assigned, path);
        const old = column.#value[slot]!;
        // −0 is another value: a copy of the state has to be the same to the last bit.
        if (Object.is(value, old)) return;
        column.#value[slot] = value;
        ticks.assignedAt[slot] = ticks.tick;
        if (onWire(value) === onWire(old)) return;
        column.lastChangedAt = column.changedAt[slot] = ticks.changedAt[slot] = ticks.tick;
      },
    };
  }

  override grow(capacity: number): void {
    super.grow(capacity);
    this.#value = grown(this.#value, capacity);
  }
  get(slot: number): number {
    return this.#value[slot]!;
  }
  seen(slot: number): number {
    return this.#onWire(this.#value[slot]!);
  }
  put(slot: number, value: unknown): void {
    this.#value[slot] = value as number;
  }
  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.type.write(out, this.#value[slots[i]!]!);
  }
}

const scratch = new ByteWriter(1024);

/** Everything else: text, bytes, arrays, structs, optionals. Encoded when assigned; what is sent is a copy. */
class ValueColumn<T> extends BaseColumn<T> implements Column {
  readonly accessor: PropertyDescriptor;
  readonly #value: T[] = [];
  readonly #encoded: Uint8Array[] = [];

  constructor(name: string, type: Type<T>, path: string, ticks: RowTicks) {
    super(name, type);
    const column = this;
    this.accessor = {
      enumerable: true,
      get(this: RowObject) {
        return column.#value[this[SLOT]];
      },
      set(this: RowObject, assigned: unknown) {
        const slot = this[SLOT];
        if (slot < 0) refuseDeleted(path);
        // The same object may be other bytes by now.
        if (assigned === column.#value[slot] && typeof assigned !== "object") return;
        const value = frozen(type.check(assigned, path));
        column.#value[slot] = value;
        ticks.assignedAt[slot] = ticks.tick;
        type.write(scratch.reset(), value);
        if (sameBytes(scratch.view(), column.#encoded[slot]!)) return;
        column.#encoded[slot] = scratch.finish();
        column.lastChangedAt = column.changedAt[slot] = ticks.changedAt[slot] = ticks.tick;
      },
    };
  }

  get(slot: number): T {
    return this.#value[slot]!;
  }
  seen(slot: number): unknown {
    return this.type.read(new ByteReader(this.#encoded[slot]!));
  }
  put(slot: number, value: unknown): void {
    this.#value[slot] = value as T;
    this.type.write(scratch.reset(), value as T);
    this.#encoded[slot] = scratch.finish();
  }
  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) out.raw(this.#encoded[slots[i]!]!);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
