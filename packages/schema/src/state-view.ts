import { ByteReader, InputError } from "@warren/kernel";
import { typeFromJson } from "./from-json.ts";
import type { StateJson } from "./state-type.ts";
import { TABLE_ROWS_MAX } from "./table-store.ts";
import type { Type } from "./type.ts";

interface TableView {
  readonly fields: readonly [name: string, type: Type<unknown>][];
  readonly rows: Map<string, Record<string, unknown>>;
  readonly keyOfUid: Map<number, string>;
}

/** A client's copy of a room's state, made from the wire schema and kept up to date by state payloads. */
export class StateView {
  /** Same object for ever; plain values are replaced, tables are maps that change in place. */
  readonly state: Record<string, unknown>;
  /** Tick the view shows; 0 before the first payload. */
  tick = 0;
  readonly #values: readonly [name: string, type: Type<unknown>][];
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
      const rows: TableView["rows"] = known instanceof Map ? known : new Map();
      this.state[name] = rows;
      return { fields: row.struct.map(([n, type]) => [n, typeFromJson(type)]), rows, keyOfUid: new Map() };
    });
    this.#clear();
  }

  #clear(): void {
    for (const [name, type] of this.#values) this.state[name] = type.initial();
    for (const table of this.#tables) {
      table.rows.clear();
      table.keyOfUid.clear();
    }
  }

  /** Applies a snapshot (`baseTick` 0) or the delta from the tick shown now. Throws InputError on anything else. */
  apply(tick: number, baseTick: number, payload: Uint8Array): void {
    if (baseTick === 0) this.#clear();
    else if (baseTick !== this.tick)
      throw new InputError("state base tick", baseTick, `${this.tick}, the tick shown`);
    const reader = new ByteReader(payload);
    for (const [name, type] of readMasked(reader, this.#values)) this.state[name] = type.read(reader);
    for (const table of this.#tables) applyTable(reader, table);
    reader.end();
    this.tick = tick;
  }
}

function applyTable(reader: ByteReader, table: TableView): void {
  for (let left = readCount(reader); left > 0; left--) {
    const uid = reader.varint();
    const key = table.keyOfUid.get(uid);
    if (key === undefined) throw new InputError("deleted row", uid, "a row that is shown");
    table.keyOfUid.delete(uid);
    table.rows.delete(key);
  }
  for (let left = readCount(reader); left > 0; left--) {
    const head = reader.varint();
    const uid = Math.floor(head / 2);
    if (head % 2 === 1) {
      const key = reader.string();
      const row: Record<string, unknown> = {};
      for (const [name, type] of table.fields) row[name] = type.read(reader);
      table.keyOfUid.set(uid, key);
      table.rows.set(key, row);
    } else {
      const row = table.rows.get(table.keyOfUid.get(uid) ?? "");
      if (!row) throw new InputError("changed row", uid, "a row that is shown");
      for (const [name, type] of readMasked(reader, table.fields)) row[name] = type.read(reader);
    }
  }
}

function readCount(reader: ByteReader): number {
  const count = reader.varint();
  if (count > TABLE_ROWS_MAX) throw new InputError("rows", count, `at most ${TABLE_ROWS_MAX}`);
  return count;
}

/** The fields whose bit is set. All mask bytes come before the first value. */
function readMasked<F>(reader: ByteReader, fields: readonly F[]): F[] {
  const mask = reader.raw(Math.ceil(fields.length / 8));
  return fields.filter((_, i) => (mask[i >> 3]! & (1 << (i & 7))) !== 0);
}
