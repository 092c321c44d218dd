import { InputError } from "@warren/kernel";
import type { StateFields, StateType, StructValue, TableType } from "@warren/schema";

/** How a field gets from one tick to the next: in a straight line, or as an angle in radians the short way round. */
export type RewindKind = "linear" | "angle";

/** Fields of tables that a room remembers, by table. */
export type RewindFields = Readonly<Record<string, Readonly<Record<string, RewindKind>>>>;

// biome-ignore lint/suspicious/noExplicitAny: a table of whatever rows
type AnyTable = TableType<any>;
type KindsOf<Row> = { readonly [F in keyof Row as Row[F] extends number ? F : never]?: RewindKind };

/** What `rewind` accepts for a state: its tables, and of their rows the fields that are numbers. */
type RewindOf<S> =
  S extends StateType<infer F>
    ? {
        readonly [K in keyof F as F[K] extends AnyTable ? K : never]?: F[K] extends TableType<infer R>
          ? KindsOf<StructValue<R>>
          : never;
      }
    : never;

/** `W` without what is no table of the state or no number in its rows. */
export type OnlyRewindOf<W, S> = {
  readonly [K in keyof W]: K extends keyof RewindOf<S>
    ? { readonly [F in keyof W[K]]: F extends keyof NonNullable<RewindOf<S>[K]> ? W[K][F] : never }
    : never;
};

/** Rows of a table as a player saw them. Read it in the handler that asked for it. */
export interface SeenRows<Row> {
  get(key: string): Row | undefined;
  [Symbol.iterator](): IterableIterator<[key: string, row: Row]>;
}

/** Throws InputError for what is no table of the state, no number in its rows, or no kind. */
export function checkRewind(rewind: RewindFields, { fields }: StateType<StateFields>): RewindFields {
  const tables = Object.keys(fields).filter((name) => rowOf(fields, name));
  for (const [name, kinds] of Object.entries(rewind)) {
    const row = rowOf(fields, name);
    if (!row) throw new InputError(`rewind.${name}`, name, `a table of the state: ${listed(tables)}`);
    const numbers = Object.keys(row).filter((field) => typeof row[field]?.initial() === "number");
    for (const [field, kind] of Object.entries(kinds)) {
      const path = `rewind.${name}.${field}`;
      if (!numbers.includes(field))
        throw new InputError(path, field, `a field that is a number: ${listed(numbers)}`);
      if (kind !== "linear" && kind !== "angle") throw new InputError(path, kind, "linear or angle");
    }
  }
  return rewind;
}

function rowOf(fields: StateFields, name: string) {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return field && "row" in field ? (field as AnyTable).row.fields : undefined;
}

function listed(names: readonly string[]): string {
  return names.join(", ") || "there is none";
}
