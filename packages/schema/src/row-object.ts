import { InputError } from "@warren/kernel";
import type { CodeColumn, Column, QuantisedColumn } from "./column.ts";
import type { AnyFields } from "./composites.ts";
import type { Type } from "./type.ts";

/** Where a row's values are: its place in every column. −1: the row was deleted. */
export const SLOT = Symbol("slot");
/** What the fields of a row are accessors to. */
const COLUMNS = Symbol("columns");

export interface RowObject {
  [SLOT]: number;
  [COLUMNS]: readonly Column[];
  [field: string]: unknown;
}

type RowClass = new (slot: number, columns: readonly Column[]) => RowObject;
const classes = new WeakMap<AnyFields, RowClass>();

/**
 * The class of the rows of a type: objects with a slot and their columns, and accessors on their prototype. One for all
 * rooms, so that code which runs in many rooms meets one kind of object, and stays fast.
 */
export function rowClassOf(fields: AnyFields): RowClass {
  let made = classes.get(fields);
  if (!made) {
    made = makeRowClass(fields);
    classes.set(fields, made);
  }
  return made;
}

/** Takes a row from its table: fields are undefined, and writing one throws InputError. */
export function killRow(row: RowObject): void {
  const columns = row[COLUMNS];
  let dead = deadColumns.get(columns);
  if (!dead) {
    dead = columns.map(({ path }) => new DeadColumn(path) as object as Column);
    deadColumns.set(columns, dead);
  }
  row[SLOT] = -1;
  row[COLUMNS] = dead;
}

const deadColumns = new WeakMap<readonly Column[], readonly Column[]>();

/** In the place of a column, so that the accessors of rows that live need not ask. */
class DeadColumn {
  readonly value: readonly never[] = [];
  readonly #path: string;
  constructor(path: string) {
    this.#path = path;
  }
  get(): undefined {}
  assign(): never {
    throw new InputError(this.#path, "a row that was deleted", "a row of the table");
  }
}

function makeRowClass(fields: AnyFields): RowClass {
  class Row {
    [SLOT]: number;
    [COLUMNS]: readonly Column[];
    constructor(slot: number, columns: readonly Column[]) {
      this[SLOT] = slot;
      this[COLUMNS] = columns;
    }
  }
  const names = Object.keys(fields);
  names.forEach((name, i) => {
    Object.defineProperty(Row.prototype, name, accessorOf(i, fields[name] as Type<unknown>));
  });
  // Nothing is inherited: a field may have any name. For people who print a row:
  const toJSON = function (this: RowObject) {
    return Object.fromEntries(names.map((name) => [name, this[name]]));
  };
  Object.setPrototypeOf(Row.prototype, null);
  if (!("toJSON" in Row.prototype)) Object.defineProperty(Row.prototype, "toJSON", { value: toJSON });
  return Row as object as RowClass;
}

/**
 * The getter and setter of a field. The same few lines for each kind of column: a function that meets objects of one
 * kind only is several times as fast.
 */
function accessorOf(i: number, type: Type<unknown>): PropertyDescriptor {
  if (type.codes?.linear) {
    return {
      enumerable: true,
      get(this: RowObject) {
        return (this[COLUMNS][i] as QuantisedColumn).value[this[SLOT]];
      },
      set(this: RowObject, value: unknown) {
        (this[COLUMNS][i] as QuantisedColumn).assign(this[SLOT], value);
      },
    };
  }
  if (type.codes) {
    return {
      enumerable: true,
      get(this: RowObject) {
        return (this[COLUMNS][i] as CodeColumn<unknown>).get(this[SLOT]);
      },
      set(this: RowObject, value: unknown) {
        (this[COLUMNS][i] as CodeColumn<unknown>).assign(this[SLOT], value);
      },
    };
  }
  return {
    enumerable: true,
    get(this: RowObject) {
      return this[COLUMNS][i]!.get(this[SLOT]);
    },
    set(this: RowObject, value: unknown) {
      this[COLUMNS][i]!.assign(this[SLOT], value);
    },
  };
}
