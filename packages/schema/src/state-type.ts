import { InputError } from "@warren/kernel";
import { type AnyFields, checkFieldNames, type Struct } from "./composites.ts";
import { checkGrid } from "./grid-limits.ts";
import type { Infer, Type, TypeJson } from "./type.ts";
import type { TableVisibility } from "./visibility.ts";

/** Rows by key; each a struct. Only what changed in a row is sent, and only to those who see it. */
// biome-ignore lint/suspicious/noExplicitAny: as in composites.ts
export interface TableType<F extends AnyFields = any> {
  readonly row: Struct<F>;
  readonly view: TableVisibility;
}

/** A table's options. */
export interface TableOptions<F extends AnyFields> {
  /** Who sees which rows. @default "everyone" */
  readonly view?: TableVisibility<keyof F & string>;
}

/** What a state may be made of: plain values and tables. */
// biome-ignore lint/suspicious/noExplicitAny: as in composites.ts
export type StateFields = Readonly<Record<string, Type<any> | TableType>>;

export interface StateType<F extends StateFields> {
  readonly fields: F;
  readonly json: StateJson;
}

/** The state's shape as JSON: plain values, then tables, each in order. Part of the wire schema. */
export interface StateJson {
  readonly values: readonly (readonly [name: string, type: TypeJson])[];
  readonly tables: readonly (readonly [name: string, row: TypeJson])[];
}

/** Rows as a room's author uses them. Assigning a field is all it takes. */
export interface Table<Row> {
  readonly size: number;
  has(key: string): boolean;
  get(key: string): Row | undefined;
  /** Adds a row; fields left out get their type's initial value. Throws if the key is taken. */
  add(key: string, fields?: Partial<Row>): Row;
  delete(key: string): boolean;
  keys(): IterableIterator<string>;
  values(): IterableIterator<Row>;
  [Symbol.iterator](): IterableIterator<[key: string, row: Row]>;
}

/** What lies within a value of the state: replace the value to change it; in a room a write to a part throws. */
type Within<T> = T extends string | number | boolean | undefined | Uint8Array
  ? T
  : { readonly [K in keyof T]: Within<T[K]> };
type RowOf<R extends AnyFields> = { -readonly [K in keyof R]: Within<Infer<R[K]>> };

/** The state as the room's own code sees it. */
export type StateOf<S> =
  S extends StateType<infer F>
    ? {
        -readonly [K in keyof F as F[K] extends TableType<AnyFields> ? never : K]: Within<Infer<F[K]>>;
      } & {
        readonly [K in keyof F as F[K] extends TableType<AnyFields> ? K : never]: F[K] extends TableType<
          infer R
        >
          ? Table<RowOf<R>>
          : never;
      }
    : never;

/** The state as a client sees it: read-only, kept up to date in place. */
export type StateViewOf<S> =
  S extends StateType<infer F>
    ? {
        readonly [K in keyof F]: F[K] extends TableType<infer R>
          ? ReadonlyMap<string, Readonly<RowOf<R>>>
          : Within<Infer<F[K]>>;
      }
    : never;

/** Throws InputError when a view names a field that is not there or of the wrong kind, or a grid cannot be one. */
export function table<F extends AnyFields>(
  row: Struct<F>,
  { view = "everyone" }: TableOptions<F> = {},
): TableType<F> {
  const named = (field: string, where: string, kind: "number" | "string" | "scalar") => {
    const initial: unknown = Object.hasOwn(row.fields, field) ? row.fields[field]?.initial() : undefined;
    const fits =
      kind === "scalar" ? ["number", "string", "boolean"].includes(typeof initial) : typeof initial === kind;
    if (!fits) throw new InputError(`t.table view.${where}`, field, `the name of a ${kind} field of the row`);
  };
  if (typeof view === "object") {
    if ("self" in view) named(view.self, "self", "string");
    else if ("group" in view) named(view.group, "group", "scalar");
    else if (!("grid" in view))
      throw new InputError("t.table view", view, "everyone, self, a group or a grid");
    else {
      for (const axis of ["x", "y"] as const) named(view.grid[axis], `grid.${axis}`, "number");
      checkGrid(view.grid);
    }
  }
  return { row, view };
}

export function isTable(field: object): field is TableType {
  return "row" in field;
}

export function state<F extends StateFields>(fields: F): StateType<F> {
  checkFieldNames(Object.keys(fields), "t.state");
  const values: [string, TypeJson][] = [];
  const tables: [string, TypeJson][] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (isTable(field)) tables.push([name, field.row.json]);
    else values.push([name, (field as Type<unknown>).json]);
  }
  return { fields, json: { values, tables } };
}
