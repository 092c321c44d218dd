import { type ByteReader, type ByteWriter, InputError } from "@warren/kernel";
import type { Type, TypeJson } from "./type.ts";

function scalar<T>(
  json: TypeJson,
  initial: T,
  accepted: string,
  valid: (value: unknown) => boolean,
  write: (out: ByteWriter, value: T) => void,
  read: (reader: ByteReader) => T,
): Type<T> {
  return {
    json,
    initial: () => initial,
    write,
    read(reader) {
      const value = read(reader);
      if (!valid(value)) throw new InputError("value", value, accepted);
      return value;
    },
    check(value, path) {
      if (!valid(value)) throw new InputError(path, value, accepted);
      return value as T;
    },
  };
}

const whole = (
  json: TypeJson,
  min: number,
  max: number,
  write: (out: ByteWriter, v: number) => void,
  read: (r: ByteReader) => number,
) =>
  scalar<number>(
    json,
    0,
    `a whole number from ${min} to ${max}`,
    (v) => Number.isInteger(v) && (v as number) >= min && (v as number) <= max,
    write,
    read,
  );

const finite = (v: unknown) => Number.isFinite(v);
const fitsFloat = (v: unknown) => Number.isFinite(v) && Number.isFinite(Math.fround(v as number));

export const bool = scalar<boolean>(
  "bool",
  false,
  "true or false",
  (v) => typeof v === "boolean",
  (out, v) => out.u8(v ? 1 : 0),
  (r) => {
    const byte = r.u8();
    if (byte > 1) throw new InputError("bool", byte, "0 or 1");
    return byte === 1;
  },
);
export const u8 = whole(
  "u8",
  0,
  255,
  (o, v) => o.u8(v),
  (r) => r.u8(),
);
export const u16 = whole(
  "u16",
  0,
  65_535,
  (o, v) => o.u16(v),
  (r) => r.u16(),
);
export const u32 = whole(
  "u32",
  0,
  4_294_967_295,
  (o, v) => o.u32(v),
  (r) => r.u32(),
);
export const i8 = whole(
  "i8",
  -128,
  127,
  (o, v) => o.u8(v & 0xff),
  (r) => (r.u8() << 24) >> 24,
);
export const i16 = whole(
  "i16",
  -32_768,
  32_767,
  (o, v) => o.u16(v & 0xffff),
  (r) => (r.u16() << 16) >> 16,
);
export const i32 = whole(
  "i32",
  -2_147_483_648,
  2_147_483_647,
  (o, v) => o.u32(v >>> 0),
  (r) => r.u32() | 0,
);
export const f32 = scalar<number>(
  "f32",
  0,
  "a finite number within ±3.4e38",
  fitsFloat,
  (o, v) => o.f32(v),
  (r) => r.f32(),
);
export const f64 = scalar<number>(
  "f64",
  0,
  "a finite number",
  finite,
  (o, v) => o.f64(v),
  (r) => r.f64(),
);

/** One of some names; one byte on the wire. */
export function enumOf<const Names extends readonly string[]>(names: Names): Type<Names[number]> {
  if (names.length === 0 || names.length > 256 || new Set(names).size !== names.length) {
    throw new InputError("t.enum", names.length, "1 to 256 different names");
  }
  const accepted = `one of ${names.join(", ")}`;
  const index = new Map<unknown, number>(names.map((name, i) => [name, i]));
  return scalar<Names[number]>(
    { enum: names },
    names[0] as Names[number],
    accepted,
    (v) => index.has(v),
    (out, v) => out.u8(index.get(v) as number),
    (r) => names[r.u8()] as Names[number],
  );
}

const utf8 = new TextEncoder();
const BYTES_MAX = 65_536;
/** Halves of a character, as after a cut through an emoji: UTF-8 has no bytes for them. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Text of at most `bytesMax` UTF-8 bytes, up to 65,536. What is no Unicode is mended to U+FFFD, as the wire would. */
export function string(bytesMax: number): Type<string> {
  const type = scalar<string>(
    { string: limit(bytesMax, "t.string", BYTES_MAX) },
    "",
    `text of at most ${bytesMax} UTF-8 bytes`,
    (v) => typeof v === "string" && (v.length * 3 <= bytesMax || utf8.encode(v).length <= bytesMax),
    (out, v) => out.string(v),
    (r) => r.string(),
  );
  return { ...type, check: (value, path) => type.check(value, path).replace(LONE_SURROGATES, "\ufffd") };
}

/** A limit that a definition names. Throws InputError unless it is a whole number from 0 to `max`. */
export function limit(value: number, where: string, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new InputError(where, value, `a whole number from 0 to ${max}`);
}
