import { InputError } from "@warren/kernel";
import { array, fixedArray, optional, struct } from "./composites.ts";
import {
  angle,
  bool,
  bytes,
  enumOf,
  f32,
  f64,
  i8,
  i16,
  i32,
  quantised,
  string,
  u8,
  u16,
  u32,
  varint,
  varuint,
} from "./scalars.ts";
import type { Type, TypeJson } from "./type.ts";

const SCALARS: Readonly<Record<string, unknown>> = {
  bool,
  u8,
  u16,
  u32,
  i8,
  i16,
  i32,
  varuint,
  varint,
  f32,
  f64,
};

/** Builds a type from its description, by closures and no `eval`. Throws InputError on anything that is not one. */
export function typeFromJson(json: TypeJson): Type<unknown> {
  if (typeof json === "string") {
    if (Object.hasOwn(SCALARS, json)) return SCALARS[json] as Type<unknown>;
  } else if (typeof json === "object" && json !== null) {
    if ("enum" in json) {
      if (isListOf(json.enum, (name) => typeof name === "string")) return enumOf(json.enum) as Type<unknown>;
    } else if ("string" in json) {
      return string(json.string) as Type<unknown>;
    } else if ("quantised" in json) {
      if (isListOf(json.quantised, (value) => typeof value === "number"))
        return quantised(...json.quantised) as Type<unknown>;
    } else if ("angle" in json) {
      return angle(json.angle) as Type<unknown>;
    } else if ("bytes" in json) {
      return bytes(json.bytes) as Type<unknown>;
    } else if ("optional" in json) {
      return optional(typeFromJson(json.optional));
    } else if ("fixedArray" in json) {
      return fixedArray(typeFromJson(json.fixedArray), json.length) as Type<unknown>;
    } else if ("array" in json) {
      return array(typeFromJson(json.array), json.max) as Type<unknown>;
    } else if ("struct" in json) {
      if (isListOf(json.struct, (field) => Array.isArray(field) && typeof field[0] === "string"))
        return struct(
          Object.fromEntries(json.struct.map(([name, type]) => [name, typeFromJson(type)])),
        ) as Type<unknown>;
    }
  }
  throw new InputError("wire schema", json, "a type this client knows; update the client");
}

function isListOf(list: unknown, valid: (item: unknown) => boolean): boolean {
  return Array.isArray(list) && list.every(valid);
}
