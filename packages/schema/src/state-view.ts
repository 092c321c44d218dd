import { ByteReader, InputError } from "@warren/kernel";
import { Block, Changed } from "./block.ts";
import { type Codes, readCode } from "./codes.ts";
import { typeFromJson } from "./from-json.ts";
import { readRowSet } from "./row-set.ts";
import type { StateJson } from "./state-type.ts";
import type { Type } from "./type.ts";

/** Rows a client will hold in one table; as many as a room may have. */
const ROWS_MAX = 65_536;

type Row = Record<string, unknown>;
type Field = readonly [name: string, type: Type<unknown>];

// Scratch for one block.
const slots = new Int32Array(ROWS_MAX);
const chosen: Row[] = [];

/** A client's copy of a room's state, made from the wire schema and kept up to date by state payloads. */
export class StateView {
  /** Same object for ever; plain values are replaced, tables are maps that change in place. */
  readonly state: Record<string, unknown>;
  /** Tick the view shows; 0 before the first payload. */
  tick = 0;
  readonly #values: readonly Field[];
  readonly #tables: readonly TableView[];

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
      const table = new TableView(
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

class TableView {
  readonly rows: Map<string, Row>;
  readonly #fields: readonly Field[];
  /** By slot. */
  readonly #row: (Row | undefined)[] = [];
  readonly #key: string[] = [];

  constructor(fields: readonly Field[], rows: Map<string, Row>) {
    this.#fields = fields;
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
      for (const [name] of this.#fields) row[name] = undefined;
      this.#row[slot] = chosen[i] = row;
      this.#key[slot] = key;
      this.rows.set(key, row);
    }
    for (const field of this.#fields) readColumn(reader, field, chosen, count);
  }

  #change(reader: ByteReader, count: number): void {
    const rows = this.#row;
    const flags = reader.raw((this.#fields.length + 3) >> 2);
    for (let i = 0; i < count; i++)
      if (!rows[slots[i]!]) throw new InputError("changed row", slots[i], "a row that is shown");
    this.#fields.forEach((field, f) => {
      const changed = (flags[f >> 2]! >> (2 * (f & 3))) & 3;
      if (changed === Changed.NONE) return;
      let n = 0;
      if (changed === Changed.ALL) for (; n < count; n++) chosen[n] = rows[slots[n]!]!;
      else if (changed === Changed.SOME) {
        const maskAt = reader.take((count + 7) >> 3);
        const { buffer } = reader;
        for (let i = 0; i < count; i++)
          if ((buffer[maskAt + (i >> 3)]! & (1 << (i & 7))) !== 0) chosen[n++] = rows[slots[i]!]!;
      } else throw new InputError("column", changed, "0 to 2");
      readColumn(reader, field, chosen, n);
    });
  }
}

/** Reads one value for each of the first `count` rows. */
function readColumn(reader: ByteReader, [name, type]: Field, rows: readonly Row[], count: number): void {
  const { codes } = type;
  if (codes && codes.bytes <= 2) return readShortCodes(reader, name, codes, rows, count);
  for (let i = 0; i < count; i++)
    rows[i]![name] = codes ? codes.fromCode(readCode(reader, codes.bytes, codes.last)) : type.read(reader);
}

/** The same for the types that most state is made of. */
function readShortCodes(
  reader: ByteReader,
  name: string,
  { bytes, last, fromCode }: Codes<unknown>,
  rows: readonly Row[],
  count: number,
): void {
  let at = reader.take(count * bytes);
  const { buffer } = reader;
  for (let i = 0; i < count; i++) {
    let code = buffer[at++]!;
    if (bytes === 2) code |= buffer[at++]! << 8;
    if (code > last) throw new InputError(name, code, `a code from 0 to ${last}`);
    rows[i]![name] = fromCode(code);
  }
}
