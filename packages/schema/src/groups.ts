import { InputError } from "@warren/kernel";
import { isTable, type StateFields } from "./state-type.ts";
import type { Type } from "./type.ts";
import type { Viewer } from "./visibility.ts";

/** The types of the fields that tables are grouped by, by the name of the field. */
export type GroupTypes = ReadonlyMap<string, readonly Type<unknown>[]>;

export function groupTypesOf(fields: StateFields): GroupTypes {
  const types = new Map<string, Type<unknown>[]>();
  for (const field of Object.values(fields)) {
    if (!isTable(field) || typeof field.view !== "object" || !("group" in field.view)) continue;
    const name = field.view.group;
    types.set(name, [...(types.get(name) ?? []), field.row.fields[name] as Type<unknown>]);
  }
  return types;
}

/**
 * Refuses names that no table is grouped by, and values that no row can have: they would show nothing, and nobody would
 * know why. Throws InputError.
 */
export function checkGroups(groups: Viewer["groups"], types: GroupTypes): void {
  for (const [name, group] of Object.entries(groups)) {
    const fields = types.get(name);
    if (!fields) {
      const names = [...types.keys()].join(", ") || "no groups: no table is shown by group";
      throw new InputError("room.setGroups", name, names);
    }
    for (const value of Array.isArray(group) ? group : [group]) {
      // Of several fields of that name one that can have the value is enough; the first says what is wrong.
      if (!fields.some((type) => accepts(type, value))) fields[0]!.check(value, `room.setGroups ${name}`);
    }
  }
}

function accepts(type: Type<unknown>, value: unknown): boolean {
  try {
    type.check(value, "");
    return true;
  } catch {
    return false;
  }
}
