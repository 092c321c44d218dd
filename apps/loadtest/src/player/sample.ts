import type { Prng } from "@warren/kernel";
import type { TypeJson } from "@warren/schema";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const TEXT_CHARS_MAX = 12;
const ITEMS_MAX = 4;
/** Wider than this a game would hardly take what comes. */
const REAL_MAX = 1_000;
const VARINT_MAX = 1_000_000;

const WHOLE: Readonly<Record<string, readonly [min: number, max: number]>> = {
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
  i8: [-(2 ** 7), 2 ** 7 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  varuint: [0, VARINT_MAX],
  varint: [-VARINT_MAX, VARINT_MAX],
};

/** Some valid value of a type, for players who have to say something to a game nobody here knows. */
export function sampleOf(type: TypeJson, random: Prng): unknown {
  if (type === "bool") return random.float() < 0.5;
  if (type === "f32" || type === "f64") return Math.fround((random.float() * 2 - 1) * REAL_MAX);
  if (typeof type === "string") return random.int(...(WHOLE[type] as [number, number]));
  if ("enum" in type) return random.pick(type.enum);
  if ("string" in type) return textOf(Math.min(type.string, TEXT_CHARS_MAX), random);
  if ("bytes" in type)
    return Uint8Array.from({ length: Math.min(type.bytes, TEXT_CHARS_MAX) }, () => random.int(0, 255));
  if ("quantised" in type) {
    const [min, max] = type.quantised;
    return min + random.float() * (max - min);
  }
  if ("angle" in type) return (random.float() * 2 - 1) * Math.PI;
  if ("optional" in type) return random.float() < 0.5 ? undefined : sampleOf(type.optional, random);
  if ("fixedArray" in type)
    return Array.from({ length: type.length }, () => sampleOf(type.fixedArray, random));
  if ("array" in type)
    return Array.from({ length: random.int(0, Math.min(type.max, ITEMS_MAX)) }, () =>
      sampleOf(type.array, random),
    );
  return Object.fromEntries(type.struct.map(([name, field]) => [name, sampleOf(field, random)]));
}

function textOf(chars: number, random: Prng): string {
  return Array.from({ length: chars }, () => LETTERS[random.int(0, LETTERS.length - 1)]).join("");
}
