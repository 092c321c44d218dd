import type { TypeJson } from "./type.ts";
import { typeText } from "./type-text.ts";
import type { RoomWireSchema } from "./wire-schema.ts";

type Fields = readonly (readonly [name: string, type: TypeJson])[];

/**
 * What a client that was built for `expected` would miss in `actual`: the field and why, as in
 * `state.ships.hp was u8 and is u16`; undefined: it misses nothing. Everything is matched by its name, never by its
 * place; what was added does not matter.
 */
export function firstIncompatibility(expected: RoomWireSchema, actual: RoomWireSchema): string | undefined {
  return difference("", asStruct(expected), asStruct(actual));
}

/** A whole wire schema as one type, so that there is one set of rules. */
function asStruct({ state, input, actions, events }: RoomWireSchema): TypeJson {
  const struct = (fields: Fields): TypeJson => ({ struct: fields });
  // Only here: a table is no value of any type, and told apart by this from one.
  const tables = state.tables.map(([name, row]) => [name, { table: row } as unknown as TypeJson] as const);
  return struct([
    ["state", struct([...state.values, ...tables])],
    ["input", input],
    [
      "actions",
      struct(
        actions.map(([name, args, result]) => [
          name,
          struct([
            ["args", args],
            ["result", result],
          ]),
        ]),
      ),
    ],
    ["events", struct(events)],
  ]);
}

function difference(path: string, expected: TypeJson, actual: TypeJson): string | undefined {
  const was = fieldsOf(expected);
  const is = fieldsOf(actual);
  if (was && is) {
    for (const [name, type] of was) {
      const at = path === "" ? name : `${path}.${name}`;
      const found = is.find(([other]) => other === name);
      const why = found ? difference(at, type, found[1]) : `${at} is gone`;
      if (why !== undefined) return why;
    }
    return undefined;
  }
  const names = namesOf(expected);
  const known = namesOf(actual);
  if (names && known) {
    const lost = names.find((name) => !known.includes(name));
    return lost === undefined ? undefined : `${path} no longer knows ${JSON.stringify(lost)}`;
  }
  const wasOf = itemOf(expected);
  const isOf = itemOf(actual);
  if (wasOf && isOf && wasOf.kind === isOf.kind && wasOf.limits === isOf.limits)
    return difference(wasOf.isList ? `${path}[]` : path, wasOf.item, isOf.item);
  if (JSON.stringify(expected) === JSON.stringify(actual)) return undefined;
  return `${path} was ${typeText(expected)} and is ${typeText(actual)}`;
}

/** The fields of a struct; undefined: it is none. */
export function fieldsOf(json: TypeJson): Fields | undefined {
  return typeof json === "object" && "struct" in json ? json.struct : undefined;
}

function namesOf(json: TypeJson): readonly string[] | undefined {
  return typeof json === "object" && "enum" in json ? json.enum : undefined;
}

/** What is made of values of one other type, and whether of many. */
const ITEM_KINDS: Readonly<Record<string, boolean>> = {
  array: true,
  fixedArray: true,
  optional: false,
  table: false,
};

/** The type that another is made of, and what else is said of it; undefined: it is not made of one. */
export function itemOf(
  json: TypeJson,
): { kind: string; isList: boolean; item: TypeJson; limits: string } | undefined {
  if (typeof json === "string") return undefined;
  const [[kind, item], ...limits] = Object.entries(json) as [[string, TypeJson], ...unknown[]];
  const isList = Object.hasOwn(ITEM_KINDS, kind) ? ITEM_KINDS[kind] : undefined;
  return isList === undefined ? undefined : { kind, isList, item, limits: JSON.stringify(limits) };
}
