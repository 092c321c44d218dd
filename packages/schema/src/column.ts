import { ByteReader, ByteWriter } from "@warren/kernel";
import { Changed } from "./block.ts";
import { type CodeArray, codeArray, type Kept, writeChangedCodes, writeCodes } from "./code-column.ts";
import type { CodeBytes, Codes, Linear } from "./codes.ts";
import { frozen } from "./frozen.ts";

import type { Type } from "./type.ts";

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
  /** Names the field in errors. */
  readonly path: string;
  /** Per slot: tick of last change on the wire. */
  readonly changedAt: Int32Array;
  /** The latest of them. */
  lastChangedAt: number;
  grow(capacity: number): void;
  get(slot: number): unknown;
  /** Sets a checked value in a row that is new. */
  put(slot: number, value: unknown): void;
  /** Sets what an author assigns. Throws InputError. */
  assign(slot: number, value: unknown): void;
  /** Throws InputError. */
  check(value: unknown): unknown;
  initial(): unknown;
  /** What a client sees: the value at the wire's precision. */
  seen(slot: number): unknown;
  /** Remembers the values as readers are told them now; they were told them before at `keptTick`. */
  keep(keptTick: number): void;
  /** Appends the values of `slots[from]` to `slots[to - 1]`. */
  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void;
  /**
   * Appends those that changed after a tick, as {@link Changed} says; answers how. `isKept`: that tick is the one the
   * values of before were kept at.
   */
  writeChanged(
    out: ByteWriter,
    slots: Int32Array,
    from: number,
    to: number,
    baseTick: number,
    isKept: boolean,
  ): Changed;
  /** Appends, and reads, one value as it is stored. */
  writeStored(out: ByteWriter, slot: number): void;
  readStored(reader: ByteReader): unknown;
}

/** `where`: the table or state the field is in, for errors. `ticks`: what its columns share. */
export function columnOf(name: string, type: Type<unknown>, where: string, ticks: RowTicks): Column {
  const path = `${where}.${name}`;
  const number = type as Type<number>;
  const { codes } = type;
  if (codes?.linear)
    return new QuantisedColumn(name, path, ticks, number, codes as Codes<number>, codes.linear);
  if (codes) return new CodeColumn(name, path, ticks, type, codes);
  if (type.json === "f32") return new FloatColumn(name, path, ticks, number, 4);
  if (typeof type.initial() === "number") return new NumberColumn(name, path, ticks, number);
  return new ValueColumn(name, path, ticks, type);
}

function grown<A extends Int32Array | Float64Array | CodeArray>(old: A, capacity: number): A {
  const made = new (old.constructor as new (length: number) => A)(capacity);
  made.set(old);
  return made;
}

abstract class BaseColumn<T> {
  readonly name: string;
  readonly path: string;
  readonly type: Type<T>;
  readonly ticks: RowTicks;
  changedAt: Int32Array = new Int32Array(0);
  lastChangedAt = 0;
  readonly #stored: Type<T>;

  constructor(name: string, path: string, ticks: RowTicks, type: Type<T>) {
    this.name = name;
    this.path = path;
    this.ticks = ticks;
    this.type = type;
    this.#stored = type.stored ?? type;
  }

  abstract get(slot: number): T;
  abstract write(out: ByteWriter, slots: Int32Array, from: number, to: number): void;

  check(value: unknown): unknown {
    return frozen(this.type.check(value, this.path));
  }
  initial(): unknown {
    return frozen(this.type.initial());
  }
  seen(slot: number): unknown {
    return this.get(slot);
  }
  writeStored(out: ByteWriter, slot: number): void {
    this.#stored.write(out, this.get(slot));
  }
  readStored(reader: ByteReader): unknown {
    // What is stored of a quantised number has any value.
    return this.check(this.#stored.read(reader));
  }
  grow(capacity: number): void {
    this.changedAt = grown(this.changedAt, capacity);
  }
  keep(_keptTick: number): void {}

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
}

/** A column whose values are codes on the wire. */
abstract class WireColumn<T> extends BaseColumn<T> {
  code: CodeArray;
  readonly #bytes: CodeBytes;
  /** The codes at the last two ticks that were told; undefined where differences are not worth it. */
  #kept: Kept | undefined;

  constructor(name: string, path: string, ticks: RowTicks, type: Type<T>, bytes: CodeBytes) {
    super(name, path, ticks, type);
    this.#bytes = bytes;
    this.code = codeArray(bytes, 0);
    if (bytes <= 2) this.#kept = { before: codeArray(bytes, 0), last: codeArray(bytes, 0) };
  }

  override grow(capacity: number): void {
    super.grow(capacity);
    this.code = grown(this.code, capacity);
    if (this.#kept)
      this.#kept = { before: grown(this.#kept.before, capacity), last: grown(this.#kept.last, capacity) };
  }

  override keep(keptTick: number): void {
    // What has not changed since will not be asked for as a difference.
    if (!this.#kept || this.lastChangedAt <= keptTick) return;
    const { before, last } = this.#kept;
    this.#kept.before = last;
    this.#kept.last = before;
    before.set(this.code);
  }

  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void {
    writeCodes(out, this.#bytes, this.code, slots, from, to);
  }

  override writeChanged(
    out: ByteWriter,
    slots: Int32Array,
    from: number,
    to: number,
    baseTick: number,
    isKept = false,
  ): Changed {
    const before = isKept ? this.#kept?.before : undefined;
    return writeChangedCodes(out, this.#bytes, this.code, before, this.changedAt, slots, from, to, baseTick);
  }
}

/** Integers, bool and enum: the code is the value. */
export class CodeColumn<T> extends WireColumn<T> implements Column {
  readonly #codes: Codes<T>;

  constructor(name: string, path: string, ticks: RowTicks, type: Type<T>, codes: Codes<T>) {
    super(name, path, ticks, type, codes.bytes);
    this.#codes = codes;
  }
  get(slot: number): T {
    return this.#codes.fromCode(this.code[slot]!);
  }
  put(slot: number, value: unknown): void {
    this.code[slot] = this.#codes.toCode(value as T);
  }
  assign(slot: number, assigned: unknown): void {
    const { code } = this;
    const before = code[slot];
    code[slot] = this.#codes.toCode(this.type.check(assigned, this.path));
    if (code[slot] === before) return;
    const { ticks } = this;
    const { tick } = ticks;
    this.lastChangedAt = this.changedAt[slot] = ticks.changedAt[slot] = ticks.assignedAt[slot] = tick;
  }
}

/** Quantised numbers and angles: stored as assigned, sent as a code, changed when the code did. */
export class QuantisedColumn extends WireColumn<number> implements Column {
  value: Float64Array<ArrayBuffer> = new Float64Array(0);
  readonly #codes: Codes<number>;
  readonly #lowest: number;
  readonly #max: number;
  readonly #min: number;
  readonly #perUnit: number;
  readonly #mask: number;

  constructor(
    name: string,
    path: string,
    ticks: RowTicks,
    type: Type<number>,
    codes: Codes<number>,
    linear: Linear,
  ) {
    super(name, path, ticks, type, codes.bytes);
    this.#codes = codes;
    this.#lowest = linear.lowest;
    this.#max = linear.max;
    this.#min = linear.min;
    this.#perUnit = linear.perUnit;
    this.#mask = linear.mask;
  }
  override grow(capacity: number): void {
    super.grow(capacity);
    this.value = grown(this.value, capacity);
  }
  get(slot: number): number {
    return this.value[slot]!;
  }
  override seen(slot: number): number {
    return this.#codes.fromCode(this.code[slot]!);
  }
  put(slot: number, value: unknown): void {
    this.value[slot] = value as number;
    this.code[slot] = this.#codes.toCode(value as number);
  }
  /** The hottest code of a room: no calls but for what is refused. */
  assign(slot: number, assigned: unknown): void {
    if (!(typeof assigned === "number" && assigned >= this.#lowest && assigned <= this.#max))
      this.type.check(assigned, this.path);
    const value = assigned as number;
    const { ticks } = this;
    const { tick } = ticks;
    this.value[slot] = value;
    ticks.assignedAt[slot] = tick;
    const code = Math.floor((value - this.#min) * this.#perUnit + 0.5) & this.#mask;
    if (code === this.code[slot]) return;
    this.code[slot] = code;
    this.lastChangedAt = this.changedAt[slot] = ticks.changedAt[slot] = tick;
  }
}

const floats = new Float32Array(1);
const floatBits = new Int32Array(floats.buffer);

/** f32: stored as assigned, sent as its bits. */
export class FloatColumn extends WireColumn<number> implements Column {
  value: Float64Array<ArrayBuffer> = new Float64Array(0);

  override grow(capacity: number): void {
    super.grow(capacity);
    this.value = grown(this.value, capacity);
  }
  get(slot: number): number {
    return this.value[slot]!;
  }
  override seen(slot: number): number {
    return Math.fround(this.value[slot]!);
  }
  put(slot: number, value: unknown): void {
    this.value[slot] = value as number;
    floats[0] = value as number;
    this.code[slot] = floatBits[0]!;
  }
  assign(slot: number, assigned: unknown): void {
    const value = this.type.check(assigned, this.path);
    const { ticks } = this;
    const { tick } = ticks;
    this.value[slot] = value;
    ticks.assignedAt[slot] = tick;
    floats[0] = value;
    const bits = floatBits[0]!;
    if (bits === this.code[slot]) return;
    this.code[slot] = bits;
    this.lastChangedAt = this.changedAt[slot] = ticks.changedAt[slot] = tick;
  }
}

/** f64 and varints. */
export class NumberColumn extends BaseColumn<number> implements Column {
  value: Float64Array<ArrayBuffer> = new Float64Array(0);

  override grow(capacity: number): void {
    super.grow(capacity);
    this.value = grown(this.value, capacity);
  }
  get(slot: number): number {
    return this.value[slot]!;
  }
  put(slot: number, value: unknown): void {
    this.value[slot] = value as number;
  }
  assign(slot: number, assigned: unknown): void {
    const value = this.type.check(assigned, this.path);
    // Minus zero is another value than zero.
    if (Object.is(value, this.value[slot])) return;
    this.value[slot] = value;
    const { ticks } = this;
    const { tick } = ticks;
    this.lastChangedAt = this.changedAt[slot] = ticks.changedAt[slot] = ticks.assignedAt[slot] = tick;
  }
  write(out: ByteWriter, slots: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.type.write(out, this.value[slots[i]!]!);
  }
}

const scratch = new ByteWriter(1024);

/** Everything else: text, bytes, arrays, structs, optionals. Encoded when assigned; what is sent is a copy. */
export class ValueColumn<T> extends BaseColumn<T> implements Column {
  readonly #value: T[] = [];
  readonly #encoded: Uint8Array[] = [];

  get(slot: number): T {
    return this.#value[slot]!;
  }
  override seen(slot: number): unknown {
    return this.type.read(new ByteReader(this.#encoded[slot]!));
  }
  put(slot: number, value: unknown): void {
    this.#value[slot] = value as T;
    this.type.write(scratch.reset(), value as T);
    this.#encoded[slot] = scratch.finish();
  }
  assign(slot: number, assigned: unknown): void {
    // The same object may be other bytes by now.
    if (assigned === this.#value[slot] && typeof assigned !== "object") return;
    const value = frozen(this.type.check(assigned, this.path));
    this.#value[slot] = value;
    const { ticks } = this;
    const { tick } = ticks;
    ticks.assignedAt[slot] = tick;
    this.type.write(scratch.reset(), value);
    if (sameBytes(scratch.view(), this.#encoded[slot]!)) return;
    this.#encoded[slot] = scratch.finish();
    this.lastChangedAt = this.changedAt[slot] = ticks.changedAt[slot] = tick;
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
