import { type ByteWriter, InputError } from "@warren/kernel";
import type { AnyFields, Struct } from "./composites.ts";
import { frozen } from "./frozen.ts";
import type { Table } from "./state-type.ts";
import type { Type } from "./type.ts";

export const TABLE_KEY_BYTES_MAX = 64;
export const TABLE_ROWS_MAX = 65_536;
const utf8 = new TextEncoder();

interface Deleted {
  readonly uid: number;
  readonly bornAt: number;
  readonly deletedAt: number;
}

/** Where a row's values are; row objects are thin and their fields are accessors on a prototype. */
const SLOT = Symbol("slot");
interface RowObject {
  [SLOT]: number;
  [field: string]: unknown;
}

/**
 * Rows in columns. Each row has a uid that is never used again, so a key that is deleted and added anew is a new row.
 *
 * Table payload: varint count and uids of deleted rows; varint count of changed rows, each a varint
 * `uid × 2 + isNew`; a new row has its key and all values, another a bit mask (⌈n/8⌉ bytes) and the changed values.
 */
export class TableStore implements Table<Record<string, unknown>> {
  readonly #name: string;
  readonly #fields: readonly [name: string, type: Type<unknown>][];
  readonly #now: () => number;
  readonly #prototype: object;
  readonly #rows = new Map<string, RowObject>();
  readonly #free: number[] = [];
  #slots = 0;
  #lastUid = 0;
  readonly #uid: number[] = [];
  readonly #bornAt: number[] = [];
  readonly #changedAt: number[] = [];
  /** Per field: the values and the tick of last change, both by slot. */
  readonly #values: unknown[][];
  readonly #fieldChangedAt: number[][];
  #deleted: Deleted[] = [];

  constructor(name: string, row: Struct<AnyFields>, now: () => number) {
    this.#name = name;
    this.#now = now;
    this.#fields = Object.entries(row.fields) as [string, Type<unknown>][];
    this.#values = this.#fields.map(() => []);
    this.#fieldChangedAt = this.#fields.map(() => []);
    this.#prototype = this.#makePrototype();
  }

  #makePrototype(): object {
    const properties: PropertyDescriptorMap = {};
    this.#fields.forEach(([name, type], f) => {
      const values = this.#values[f]!;
      const fieldChangedAt = this.#fieldChangedAt[f]!;
      const changedAt = this.#changedAt;
      const now = this.#now;
      const path = `state.${this.#name}.${name}`;
      properties[name] = {
        enumerable: true,
        get(this: RowObject) {
          return values[this[SLOT]];
        },
        set(this: RowObject, value: unknown) {
          const slot = this[SLOT];
          if (slot < 0) throw new InputError(path, "a row that was deleted", "a row of the table");
          if (value === values[slot]) return;
          values[slot] = frozen(type.check(value, path));
          fieldChangedAt[slot] = changedAt[slot] = now();
        },
      };
    });
    return Object.create(null, properties);
  }

  get size(): number {
    return this.#rows.size;
  }
  has(key: string): boolean {
    return this.#rows.has(key);
  }
  get(key: string): RowObject | undefined {
    return this.#rows.get(key);
  }
  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }
  values(): IterableIterator<RowObject> {
    return this.#rows.values();
  }
  [Symbol.iterator](): IterableIterator<[string, RowObject]> {
    return this.#rows.entries();
  }

  add(key: string, fields: Record<string, unknown> = {}): RowObject {
    const path = `state.${this.#name}`;
    checkKey(key, `${path} key`);
    if (this.#rows.has(key)) throw new InputError(`${path} key`, key, "a key that is not in the table");
    if (this.#rows.size >= TABLE_ROWS_MAX)
      throw new InputError(path, `${this.size} rows`, `at most ${TABLE_ROWS_MAX}`);
    for (const name of Object.keys(fields)) {
      if (!(name in this.#prototype))
        throw new InputError(`${path}.${name}`, name, `only ${this.#fields.map(([n]) => n).join(", ")}`);
    }
    const checked = this.#fields.map(([name, type]) => {
      const value = fields[name];
      return frozen(value === undefined ? type.initial() : type.check(value, `${path}.${name}`));
    });
    const slot = this.#free.pop() ?? this.#slots++;
    const now = this.#now();
    this.#uid[slot] = ++this.#lastUid;
    this.#bornAt[slot] = now;
    this.#changedAt[slot] = now;
    checked.forEach((value, f) => {
      this.#values[f]![slot] = value;
      this.#fieldChangedAt[f]![slot] = now;
    });
    const row = Object.create(this.#prototype) as RowObject;
    Object.defineProperty(row, SLOT, { value: slot, writable: true });
    this.#rows.set(key, row);
    return row;
  }

  delete(key: string): boolean {
    const row = this.#rows.get(key);
    if (!row) return false;
    const slot = row[SLOT];
    this.#deleted.push({ uid: this.#uid[slot]!, bornAt: this.#bornAt[slot]!, deletedAt: this.#now() });
    this.#rows.delete(key);
    this.#free.push(slot);
    row[SLOT] = -1;
    return true;
  }

  forget(oldestReaderTick: number): void {
    if (this.#deleted.length > 0 && this.#deleted[0]!.deletedAt <= oldestReaderTick) {
      this.#deleted = this.#deleted.filter((row) => row.deletedAt > oldestReaderTick);
    }
  }

  writeDelta(out: ByteWriter, baseTick: number): void {
    // A row that was born after the base was never seen by this reader; from base 0 nothing was.
    const gone = this.#deleted.filter((row) => row.deletedAt > baseTick && row.bornAt <= baseTick);
    out.varint(gone.length);
    for (const row of gone) out.varint(row.uid);

    let changed = 0;
    for (const row of this.#rows.values()) if (this.#changedAt[row[SLOT]]! > baseTick) changed++;
    out.varint(changed);
    for (const [key, row] of this.#rows) {
      const slot = row[SLOT];
      if (this.#changedAt[slot]! <= baseTick) continue;
      const isNew = this.#bornAt[slot]! > baseTick;
      out.varint(this.#uid[slot]! * 2 + (isNew ? 1 : 0));
      if (isNew) {
        out.string(key);
        this.#fields.forEach(([, type], f) => {
          type.write(out, this.#values[f]![slot]);
        });
      } else {
        this.#writeChangedFields(out, slot, baseTick);
      }
    }
  }

  #writeChangedFields(out: ByteWriter, slot: number, baseTick: number): void {
    const count = this.#fields.length;
    for (let first = 0; first < count; first += 8) {
      let mask = 0;
      for (let f = first; f < Math.min(first + 8, count); f++) {
        if (this.#fieldChangedAt[f]![slot]! > baseTick) mask |= 1 << (f - first);
      }
      out.u8(mask);
    }
    for (let f = 0; f < count; f++) {
      if (this.#fieldChangedAt[f]![slot]! > baseTick) this.#fields[f]![1].write(out, this.#values[f]![slot]);
    }
  }
}

/** A key that is no Unicode is refused: mended, two keys could become one on the wire. */
function checkKey(key: string, path: string): void {
  if (
    key === "" ||
    typeof key !== "string" ||
    utf8.encode(key).length > TABLE_KEY_BYTES_MAX ||
    /\p{Surrogate}/u.test(key)
  )
    throw new InputError(path, key, `text of 1 to ${TABLE_KEY_BYTES_MAX} UTF-8 bytes`);
}
