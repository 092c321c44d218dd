import type { Prng } from "@warren/kernel";
import type { Type, TypeJson } from "./type.ts";

/** Bytes of texts and bytes, and items of arrays, where the type allows more: what a player sends is small. */
const LENGTH_MAX = 16;
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
/** Floats are within this far of 0: about what a game has as a place or a speed. */
const FLOAT_MAX = 1_000;
/** Whole numbers that are mostly small have up to so many bits. */
const VARUINT_BITS = 14;

const WHOLE: Readonly<Record<string, readonly [min: number, max: number]>> = {
  u8: [0, 255],
  u16: [0, 65_535],
  u32: [0, 2 ** 32 - 1],
  i8: [-128, 127],
  i16: [-32_768, 32_767],
  i32: [-(2 ** 31), 2 ** 31 - 1],
};

/**
 * A made-up value that is valid for the type: fixed-width numbers, names and directions evenly from all there are, the
 * rest as small as players' own mostly are. The same random numbers give the same value.
 */
export function sample<T>({ json }: Pick<Type<T>, "json">, random: Prng): T {
  return made(json, random) as T;
}

function made(json: TypeJson, random: Prng): unknown {
  if (typeof json === "string") return scalarOf(json, random);
  if ("enum" in json) return random.pick(json.enum);
  if ("quantised" in json) {
    const [min, max] = json.quantised;
    // Not min + x × (max − min): that may round to a hair above max.
    const share = random.float();
    return Math.min(max, min * (1 - share) + max * share);
  }
  if ("angle" in json) return (2 * random.float() - 1) * Math.PI;
  if ("string" in json)
    return itemsOf(random.int(0, Math.min(json.string, LENGTH_MAX)), () => random.pick(LETTERS)).join("");
  if ("bytes" in json)
    return Uint8Array.from(
      itemsOf(random.int(0, Math.min(json.bytes, LENGTH_MAX)), () => random.int(0, 255)),
    );
  if ("optional" in json) return random.float() < 0.5 ? undefined : made(json.optional, random);
  if ("fixedArray" in json) return itemsOf(json.length, () => made(json.fixedArray, random));
  if ("array" in json)
    return itemsOf(random.int(0, Math.min(json.max, LENGTH_MAX)), () => made(json.array, random));
  return Object.fromEntries(json.struct.map(([name, type]) => [name, made(type, random)]));
}

function scalarOf(json: TypeJson & string, random: Prng): unknown {
  switch (json) {
    case "bool":
      return random.float() < 0.5;
    case "f32":
    case "f64":
      return (2 * random.float() - 1) * FLOAT_MAX;
    case "varuint":
      return small(random);
    case "varint":
      return random.float() < 0.5 ? small(random) : -1 - small(random);
    default: {
      const [min, max] = WHOLE[json]!;
      return random.int(min, max);
    }
  }
}

/** As likely below 128 as above. */
function small(random: Prng): number {
  return Math.floor(2 ** (random.float() * VARUINT_BITS)) - 1;
}

function itemsOf<T>(count: number, of: () => T): T[] {
  return Array.from({ length: count }, of);
}
