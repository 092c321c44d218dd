import { ByteWriter, InputError } from "@warren/kernel";
import { bool, limit } from "./scalars.ts";
import type { Infer, Type } from "./type.ts";

// A `Type<T>` is invariant in T, so a record of types is told apart by shape, not by assignability to Type<unknown>.
// biome-ignore lint/suspicious/noExplicitAny: the one place where "a type of whatever" has to be written down
export type AnyFields = Readonly<Record<string, Type<any>>>;
export type StructValue<F extends AnyFields> = { -readonly [K in keyof F]: Infer<F[K]> };

/** Named fields in a fixed order. */
export interface Struct<F extends AnyFields> extends Type<StructValue<F>> {
  readonly fields: F;
}

const FIELDS_MAX = 64;
const ITEMS_MAX = 65_536;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Refuses names that are not plain, so that no field can be `__proto__` or collide with a method. */
export function checkFieldNames(names: readonly string[], where: string): void {
  if (names.length > FIELDS_MAX)
    throw new InputError(where, `${names.length} fields`, `at most ${FIELDS_MAX}`);
  for (const name of names) {
    if (!NAME.test(name) || name === "constructor") {
      throw new InputError(
        `${where}.${name}`,
        name,
        "a name of A-Z a-z 0-9 _, the first a letter, not `constructor`",
      );
    }
  }
}

export function struct<F extends AnyFields>(fields: F): Struct<F> {
  const names = Object.keys(fields);
  checkFieldNames(names, "t.struct");
  const entries = Object.entries(fields) as [string, Type<unknown>][];
  return {
    fields,
    json: { struct: entries.map(([name, type]) => [name, type.json] as const) },
    initial: () =>
      Object.fromEntries(entries.map(([name, type]) => [name, type.initial()])) as StructValue<F>,
    write(out, value) {
      for (const [name, type] of entries) type.write(out, (value as Record<string, unknown>)[name]);
    },
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, type] of entries) value[name] = type.read(reader);
      return value as StructValue<F>;
    },
    check(value, path) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new InputError(path, value, `an object with ${names.join(", ") || "no fields"}`);
      }
      for (const name of Object.keys(value)) {
        if (!Object.hasOwn(fields, name))
          throw new InputError(`${path}.${name}`, name, `only the fields ${names.join(", ") || "(none)"}`);
      }
      const checked: Record<string, unknown> = {};
      for (const [name, type] of entries)
        checked[name] = type.check((value as Record<string, unknown>)[name], `${path}.${name}`);
      return checked as StructValue<F>;
    },
    ...(entries.some(([, type]) => type.stored) && {
      stored: struct(
        Object.fromEntries(entries.map(([name, type]) => [name, type.stored ?? type])),
      ) as unknown as Type<StructValue<F>>,
    }),
  };
}

/** Refuses items of no bytes, as an empty struct: three bytes could ask for 65,536 of them, and so on in each of those. */
function checkItem(of: Type<unknown>, where: string): void {
  const out = new ByteWriter();
  of.write(out, of.initial());
  if (out.length === 0) throw new InputError(where, of.json, "items that take at least a byte");
}

/** At most `max` values of one type, up to 65,536; on the wire a varint count before them. Assign a new array to change it. */
export function array<T>(of: Type<T>, max: number): Type<readonly T[]> {
  limit(max, "t.array", ITEMS_MAX);
  const accepted = `an array of at most ${max} items`;
  checkItem(of as Type<unknown>, "t.array");
  return {
    json: { array: of.json, max },
    initial: () => [],
    write(out, value) {
      out.varint(value.length);
      for (const item of value) of.write(out, item);
    },
    read(reader) {
      const count = reader.varint();
      if (count > max) throw new InputError("array", `${count} items`, accepted);
      const items: T[] = [];
      for (let i = 0; i < count; i++) items.push(of.read(reader));
      return items;
    },
    check(value, path) {
      if (!Array.isArray(value) || value.length > max) throw new InputError(path, value, accepted);
      // Not `map`: it would leave holes as they are.
      return Array.from(value, (item, i) => of.check(item, `${path}[${i}]`));
    },
    ...(of.stored && { stored: array(of.stored, max) }),
  };
}

/** A value or `undefined`; one byte more on the wire. */
export function optional<T>(of: Type<T>): Type<T | undefined> {
  return {
    json: { optional: of.json },
    initial: () => undefined,
    write(out, value) {
      out.u8(value === undefined ? 0 : 1);
      if (value !== undefined) of.write(out, value);
    },
    read: (reader) => (bool.read(reader) ? of.read(reader) : undefined),
    // JSON has no undefined.
    check: (value, path) => (value === undefined || value === null ? undefined : of.check(value, path)),
    ...(of.stored && { stored: optional(of.stored) }),
  };
}

/** Exactly `length` values of one type, up to 65,536; no count on the wire. Assign a new array to change it. */
export function fixedArray<T>(of: Type<T>, length: number): Type<readonly T[]> {
  limit(length, "t.fixedArray", ITEMS_MAX);
  const accepted = `an array of ${length} items`;
  checkItem(of as Type<unknown>, "t.fixedArray");
  const many = <X>(make: (i: number) => X) => Array.from({ length }, (_, i) => make(i));
  return {
    json: { fixedArray: of.json, length },
    initial: () => many(() => of.initial()),
    write(out, value) {
      for (const item of value) of.write(out, item);
    },
    read: (reader) => many(() => of.read(reader)),
    check(value, path) {
      if (!Array.isArray(value) || value.length !== length) throw new InputError(path, value, accepted);
      return many((i) => of.check(value[i], `${path}[${i}]`));
    },
    ...(of.stored && { stored: fixedArray(of.stored, length) }),
  };
}
