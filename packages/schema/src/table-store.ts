import { InputError } from "@warren/kernel";
import type { RowObject } from "./row-object.ts";
import type { Table } from "./state-type.ts";
import { TABLE_ROWS_MAX, type TableRows } from "./table-rows.ts";

/** A table as a room's author uses it. */
export class TableStore implements Table<Record<string, unknown>> {
  readonly #rows: TableRows;

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#rows.byKey.size;
  }
  has(key: string): boolean {
    return this.#rows.byKey.has(key);
  }
  get(key: string): RowObject | undefined {
    return this.#rows.byKey.get(key);
  }
  keys(): IterableIterator<string> {
    return this.#rows.byKey.keys();
  }
  values(): IterableIterator<RowObject> {
    return this.#rows.byKey.values();
  }
  [Symbol.iterator](): IterableIterator<[string, RowObject]> {
    return this.#rows.byKey.entries();
  }
  delete(key: string): boolean {
    return this.#rows.remove(key);
  }

  add(key: string, fields: Record<string, unknown> = {}): RowObject {
    const { path, columns } = this.#rows;
    if (this.has(key)) throw new InputError(`${path} key`, key, "a key that is not in the table");
    if (this.size >= TABLE_ROWS_MAX)
      throw new InputError(path, `${this.size} rows`, `at most ${TABLE_ROWS_MAX}`);
    for (const name of Object.keys(fields)) {
      if (!columns.some((column) => column.name === name)) {
        const names = columns.map((column) => column.name).join(", ");
        throw new InputError(`${path}.${name}`, name, `only ${names}`);
      }
    }
    const values = columns.map((column) => {
      const value = fields[column.name];
      return value === undefined ? column.initial() : column.check(value);
    });
    return this.#rows.put(key, values);
  }
}
