import { ByteWriter } from "@warren/kernel";
import { fieldsOf, itemOf } from "./compatibility.ts";
import { typeFromJson } from "./from-json.ts";
import type { TypeJson } from "./type.ts";

/** How many bytes a value takes on the wire. */
export interface ByteRange {
  readonly min: number;
  readonly max: number;
}

const VARINT: ByteRange = { min: 1, max: 8 };

/** Bytes of the shortest and of the longest value of a type. */
export function typeBytes(json: TypeJson): ByteRange {
  if (json === "varuint" || json === "varint") return VARINT;
  const fields = fieldsOf(json);
  if (fields) {
    const sizes = fields.map(([, type]) => typeBytes(type));
    return { min: sum(sizes.map(({ min }) => min)), max: sum(sizes.map(({ max }) => max)) };
  }
  const made = itemOf(json);
  const count = typeof json === "string" ? 0 : countOf(json);
  if (made) {
    const { min, max } = typeBytes(made.item);
    if (made.kind === "optional") return { min: 1, max: 1 + max };
    if (made.kind === "fixedArray") return { min: count * min, max: count * max };
    return { min: 1, max: varintBytes(count) + count * max };
  }
  if (typeof json === "object" && ("string" in json || "bytes" in json))
    return { min: 1, max: varintBytes(count) + count };
  // All others have one size, that of their initial value.
  const type = typeFromJson(json);
  const out = new ByteWriter();
  type.write(out, type.initial());
  const { length } = out.finish();
  return { min: length, max: length };
}

/** The number in a description: how many items or bytes there may be. */
function countOf(json: object): number {
  return Object.values(json).find((value) => typeof value === "number") ?? 0;
}

function varintBytes(value: number): number {
  const out = new ByteWriter();
  out.varint(value);
  return out.finish().length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
