import { fieldsOf, itemOf } from "./compatibility.ts";
import { typeFromJson } from "./from-json.ts";
import type { Type, TypeJson } from "./type.ts";

/** What a client sends, as its own schema and the room's have it. */
export type SentType = Pick<Type<unknown>, "check" | "write">;

/**
 * For what an older client sends: checks values as `expected`, and writes them as `actual`, which is compatible with it.
 * Fields that were added since hold their type's initial value.
 */
export function evolvedType(expected: TypeJson, actual: TypeJson): SentType {
  const type = typeFromJson(actual);
  if (JSON.stringify(expected) === JSON.stringify(actual)) return type;
  const { check } = typeFromJson(expected);
  const fill = filler(expected, actual);
  return { check, write: (out, value) => type.write(out, fill(value)) };
}

/** Makes a valid value of `expected` one of `actual`. */
function filler(expected: TypeJson, actual: TypeJson): (value: unknown) => unknown {
  const was = fieldsOf(expected);
  const is = fieldsOf(actual);
  if (was && is) {
    const makers = is.map(([name, type]) => {
      const before = was.find(([other]) => other === name);
      if (!before) return [name, typeFromJson(type).initial] as const;
      const fill = filler(before[1], type);
      return [name, (value: unknown) => fill((value as Record<string, unknown>)[name])] as const;
    });
    return (value) => Object.fromEntries(makers.map(([name, make]) => [name, make(value)]));
  }
  const wasOf = itemOf(expected);
  const isOf = itemOf(actual);
  if (wasOf && isOf) {
    const fill = filler(wasOf.item, isOf.item);
    if (isOf.isList) return (list) => (list as readonly unknown[]).map(fill);
    // An optional that is not there stays so.
    return (value) => (value === undefined || value === null ? value : fill(value));
  }
  return (value) => value;
}
