import { ByteReader, InputError } from "@warren/kernel";
import { Block, Changed, ESCAPE_4_BITS, ESCAPE_12_BITS } from "./block.ts";
import type { Codes } from "./codes.ts";
import { typeFromJson } from "./from-json.ts";
import { readRowSet } from "./row-set.ts";
import type { StateJson } from "./state-type.ts";
import type { Type } from "./type.ts";

/** Rows a client will hold in one table; as many as a room may have. */
const ROWS_MAX = 65_536;

type Row = Record<string, unknown>;
type Field = readonly [name: string, type: Type<unknown>];

// Scratch for one block: its rows, and those of them that have a column.
const slots = new Int32Array(ROWS_MAX);
const chosen = new Int32Array(ROWS_MAX);

/** A client's copy of a room's state, made from the wire schema and kept up to date by state payloads. */
export class StateView {
  /** Same object for ever; plain values are replaced, tables are maps that change in place. */
  readonly state: Record<string, unknown>;
  /** Tick the view shows; 0 before the first payload. */
  tick = 0;
  readonly #values: readonly Field[];
  readonly #tables: readonly ShownTable[];

  /** `state`: of a view by an older schema, whose place this one takes: the same object and the same maps. */
  constructor(json: StateJson, state: Record<string, unknown> = {}) {
    const former = { ...state };
    for (const name of Object.keys(state)) delete state[name];
    this.state = state;
    this.#values = json.values.map(([name, type]) => [name, typeFromJson(type)]);
    this.#tables = json.tables.map(([name, row]) => {
      if (typeof row === "string" || !("struct" in row))
        throw new InputError("wire schema", row, "a table of structs");
      const known = former[name];
      const table = new ShownTable(
        row.struct.map(([field, type]) => [field, typeFromJson(type)]),
        known instanceof Map ? known : new Map(),
      );
      this.state[name] = table.rows;
      return table;
    });
    this.#clear();
  }

  #clear(): void {
    for (const [name, type] of this.#values) this.state[name] = type.initial();
    for (const table of this.#tables) table.clear();
  }

  /** Applies a snapshot (`baseTick` 0) or the delta from the tick shown now. Throws InputError on anything else. */
  apply(tick: number, baseTick: number, payload: Uint8Array): void {
    if (baseTick === 0) this.#clear();
    else if (baseTick !== this.tick)
      throw new InputError("state base tick", baseTick, `${this.tick}, the tick shown`);
    const reader = new ByteReader(payload);
    const mask = reader.raw((this.#values.length + 7) >> 3);
    this.#values.forEach(([name, type], i) => {
      if ((mask[i >> 3]! & (1 << (i & 7))) !== 0) this.state[name] = type.read(reader);
    });
    for (const table of this.#tables) table.apply(reader);
    reader.end();
    this.tick = tick;
  }
}

class ShownTable {
  readonly rows: Map<string, Row>;
  readonly #columns: readonly ShownColumn[];
  /** By slot. */
  readonly #row: (Row | undefined)[] = [];
  readonly #key: string[] = [];

  constructor(fields: readonly Field[], rows: Map<string, Row>) {
    this.#columns = fields.map(([name, type]) => new ShownColumn(name, type, this.#row));
    this.rows = rows;
  }

  clear(): void {
    this.rows.clear();
    this.#row.length = this.#key.length = 0;
  }

  apply(reader: ByteReader): void {
    for (;;) {
      const block = reader.u8();
      if (block === Block.END) return;
      const count = readRowSet(reader, slots, ROWS_MAX);
      if (block === Block.NEW) this.#add(reader, count);
      else if (block === Block.CHANGED) this.#change(reader, count);
      else if (block === Block.GONE) this.#remove(count);
      else throw new InputError("block", block, "0 to 3");
    }
  }

  #remove(count: number): void {
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (!this.#row[slot]) throw new InputError("row that is gone", slot, "a row that is shown");
      this.rows.delete(this.#key[slot]!);
      this.#row[slot] = undefined;
    }
  }

  #add(reader: ByteReader, count: number): void {
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (this.#row[slot]) throw new InputError("new row", slot, "a row that is not shown");
      const key = reader.string();
      const row: Row = {};
      // In the order of the schema, so that all rows of a table have one shape.
      for (const { name } of this.#columns) row[name] = undefined;
      this.#row[slot] = row;
      this.#key[slot] = key;
      this.rows.set(key, row);
    }
    for (const column of this.#columns) column.read(reader, slots, count);
  }

  #change(reader: ByteReader, count: number): void {
    const flags = reader.raw((this.#columns.length + 3) >> 2);
    for (let i = 0; i < count; i++)
      if (!this.#row[slots[i]!]) throw new InputError("changed row", slots[i], "a row that is shown");
    for (let c = 0; c < this.#columns.length; c++) {
      const column = this.#columns[c]!;
      const changed = (flags[c >> 2]! >> (2 * (c & 3))) & 3;
      if (changed === Changed.ALL) column.read(reader, slots, count);
      else if (changed === Changed.SOME) column.read(reader, chosen, readMask(reader, count));
      else if (changed === Changed.DIFFERENCES) column.readDifferences(reader, slots, count);
    }
  }
}

/** Reads a bit per row, puts the slots of those that have one into `chosen`, and answers how many. */
function readMask(reader: ByteReader, count: number): number {
  const maskAt = reader.take((count + 7) >> 3);
  const { buffer } = reader;
  let n = 0;
  for (let i = 0; i < count; i++)
    if ((buffer[maskAt + (i >> 3)]! & (1 << (i & 7))) !== 0) chosen[n++] = slots[i]!;
  return n;
}

/** One field of all rows. */
class ShownColumn {
  readonly name: string;
  readonly #type: Type<unknown>;
  readonly #row: readonly (Row | undefined)[];
  /** By slot, for types that may be told as differences: a page may do what it likes with the values. */
  #code = new Uint16Array(0);

  constructor(name: string, type: Type<unknown>, row: readonly (Row | undefined)[]) {
    this.name = name;
    this.#type = type;
    this.#row = row;
  }

  /** Reads one value for each of the first `count` slots. */
  read(reader: ByteReader, at: Int32Array, count: number): void {
    const { codes } = this.#type;
    if (codes && codes.bytes <= 2) return this.#readCodes(reader, codes, at, count);
    for (let i = 0; i < count; i++) this.#row[at[i]!]![this.name] = this.#type.read(reader);
  }

  /** The same for the types that most state is made of. */
  #readCodes(
    reader: ByteReader,
    { bytes, last, fromCode }: Codes<unknown>,
    at: Int32Array,
    count: number,
  ): void {
    const { name } = this;
    const row = this.#row;
    const known = this.#codesFor(at, count);
    let from = reader.take(count * bytes);
    const { buffer } = reader;
    for (let i = 0; i < count; i++) {
      const slot = at[i]!;
      let code = buffer[from++]!;
      if (bytes === 2) code |= buffer[from++]! << 8;
      if (code > last) throw new InputError(name, code, `a code from 0 to ${last}`);
      known[slot] = code;
      row[slot]![name] = fromCode(code);
    }
  }

  /** Reads how much the codes differ from what they were: 4 bits each for one byte, 12 bits for two. */
  readDifferences(reader: ByteReader, at: Int32Array, count: number): void {
    const { codes } = this.#type;
    if (!codes || codes.bytes > 2)
      throw new InputError("column", "differences", "a type of one or two bytes");
    const { name } = this;
    const { bytes, last, fromCode } = codes;
    const bits = bytes === 1 ? 4 : 12;
    const all = bytes === 1 ? 0xff : 0xffff;
    const lowest = bytes === 1 ? ESCAPE_4_BITS : ESCAPE_12_BITS;
    const row = this.#row;
    const known = this.#codesFor(at, count);
    const from = reader.take((count * bits + 7) >> 3);
    const { buffer } = reader;
    let escaped = 0;
    for (let i = 0; i < count; i++) {
      const slot = at[i]!;
      const bit = i * bits;
      const byte = from + (bit >> 3);
      const packed = bytes === 1 ? buffer[byte]! : buffer[byte]! | (buffer[byte + 1]! << 8);
      const difference = ((packed >> (bit & 7)) << (32 - bits)) >> (32 - bits);
      if (difference === lowest) {
        chosen[escaped++] = slot;
        continue;
      }
      const code = (known[slot]! + difference) & all;
      if (code > last) throw new InputError(name, code, `a code from 0 to ${last}`);
      known[slot] = code;
      row[slot]![name] = fromCode(code);
    }
    if (escaped > 0) this.#readCodes(reader, codes, chosen, escaped);
  }

  /** Slots are ascending. */
  #codesFor(at: Int32Array, count: number): Uint16Array {
    const needed = count === 0 ? 0 : at[count - 1]! + 1;
    if (needed > this.#code.length) {
      const grown = new Uint16Array(Math.max(16, this.#code.length * 2, needed));
      grown.set(this.#code);
      this.#code = grown;
    }
    return this.#code;
  }
}
