import { type ByteReader, type ByteWriter, InputError } from "@warren/kernel";
import { bytesFor, type Codes, linearCode, readCode, writeCode } from "./codes.ts";
import type { AngleBits, Type, TypeJson } from "./type.ts";

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

/** A scalar of fixed width. Every code that can be read is a valid value. */
function coded<T>(
  json: TypeJson,
  accepted: string,
  valid: (value: unknown) => boolean,
  codes: Codes<T>,
  initialCode = 0,
): Type<T> {
  const { bytes, last, toCode, fromCode } = codes;
  return {
    json,
    codes,
    initial: () => fromCode(initialCode),
    write: (out, value) => writeCode(out, bytes, toCode(value)),
    read: (reader) => fromCode(readCode(reader, bytes, last)),
    check(value, path) {
      if (!valid(value)) throw new InputError(path, value, accepted);
      return value as T;
    },
  };
}

function whole(json: TypeJson, bytes: 1 | 2 | 4, min: number, max: number): Type<number> {
  const unused = 32 - 8 * bytes;
  const last = 2 ** (8 * bytes) - 1;
  return coded<number>(
    json,
    `a whole number from ${min} to ${max}`,
    (v) => Number.isInteger(v) && (v as number) >= min && (v as number) <= max,
    {
      bytes,
      last,
      toCode: (value) => value & last,
      fromCode: min < 0 ? (code) => (code << unused) >> unused : (code) => code >>> 0,
    },
  );
}

const BOOLS = [false, true];
export const bool = coded<boolean>("bool", "true or false", (v) => typeof v === "boolean", {
  bytes: 1,
  last: 1,
  toCode: (value) => (value ? 1 : 0),
  fromCode: (code) => BOOLS[code]!,
});
export const u8 = whole("u8", 1, 0, 255);
export const u16 = whole("u16", 2, 0, 65_535);
export const u32 = whole("u32", 4, 0, 4_294_967_295);
export const i8 = whole("i8", 1, -128, 127);
export const i16 = whole("i16", 2, -32_768, 32_767);
export const i32 = whole("i32", 4, -2_147_483_648, 2_147_483_647);

/** Whole numbers that are mostly small: 1 byte below 128, 2 below 16,384, at most 8. */
export const varuint = withoutMinusZero(
  scalar<number>(
    "varuint",
    0,
    "a whole number from 0 to 2^53-1",
    (v) => Number.isSafeInteger(v) && (v as number) >= 0,
    (o, v) => o.varint(v),
    (r) => r.varint(),
  ),
);
const VARINT_MAX = 2 ** 52 - 1;
/** The same with a sign (zigzag): 1 byte from −64 to 63. */
export const varint = withoutMinusZero(
  scalar<number>(
    "varint",
    0,
    `a whole number from ${-VARINT_MAX} to ${VARINT_MAX}`,
    (v) => Number.isInteger(v) && Math.abs(v as number) <= VARINT_MAX,
    (o, v) => o.varint(v < 0 ? -2 * v - 1 : 2 * v),
    (r) => {
      const folded = r.varint();
      return folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
    },
  ),
);

/** A varint has none. */
function withoutMinusZero(type: Type<number>): Type<number> {
  return { ...type, check: (value, path) => type.check(value, path) + 0 };
}

const finite = (v: unknown) => Number.isFinite(v);
const fitsFloat = (v: unknown) => Number.isFinite(v) && Number.isFinite(Math.fround(v as number));

export const f64 = scalar<number>(
  "f64",
  0,
  "a finite number",
  finite,
  (o, v) => o.f64(v),
  (r) => r.f64(),
);
export const f32: Type<number> = {
  ...scalar<number>(
    "f32",
    0,
    "a finite number within ±3.4e38",
    fitsFloat,
    (o, v) => o.f32(v),
    (r) => r.f32(),
  ),
  stored: f64,
};

const STEPS_MAX = 2 ** 31 - 1;

/**
 * A number from `min` to `max` that is sent in steps of `precision`: 1 byte for up to 256 steps, 2 for 65,536,
 * 3 for 16,777,216, else 4. The room keeps what it assigns; a client sees the nearest step, the same on every machine.
 */
export function quantised(min: number, max: number, precision: number): Type<number> {
  const steps = Math.floor((max - min) / precision + 0.5);
  if (!([min, max, precision].every(finite) && min < max && precision > 0 && steps <= STEPS_MAX)) {
    throw new InputError(
      "t.quantised",
      [min, max, precision],
      `min below max, and a precision above 0 of at most ${STEPS_MAX} steps`,
    );
  }
  // The quotient is rounded: a hair too large, and `max` would have a code that no client takes.
  let perUnit = 1 / precision;
  while (Math.floor((max - min) * perUnit + 0.5) > steps) perUnit *= 1 - Number.EPSILON;
  const linear = { lowest: min, max, min, perUnit, mask: -1 };
  const toCode = (value: number) => linearCode(linear, value);
  const type = coded<number>(
    { quantised: [min, max, precision] },
    `a number from ${min} to ${max}`,
    (v) => typeof v === "number" && v >= min && v <= max,
    {
      bytes: bytesFor(steps),
      last: steps,
      toCode,
      fromCode: (code) => Math.min(max, min + code * precision),
      linear,
    },
    toCode(Math.min(max, Math.max(min, 0))),
  );
  return { ...type, stored: f64 };
}

const TURN = 2 * Math.PI;

/** A direction in radians: any finite number, sent as one of 65,536 (or 256) directions and seen from −π to π. */
export function angle(bits: AngleBits = 16): Type<number> {
  if (bits !== 8 && bits !== 16) throw new InputError("t.angle", bits, "8 or 16 bits");
  const count = 2 ** bits;
  const linear = {
    lowest: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    min: 0,
    perUnit: count / TURN,
    mask: count - 1,
  };
  const type = coded<number>({ angle: bits }, "a finite number, in radians", finite, {
    bytes: bits === 8 ? 1 : 2,
    last: count - 1,
    toCode: (value) => linearCode(linear, value),
    fromCode: (code) => ((code < count / 2 ? code : code - count) * TURN) / count,
    linear,
  });
  return { ...type, stored: f64 };
}

/** One of some names; one byte on the wire. */
export function enumOf<const Names extends readonly string[]>(names: Names): Type<Names[number]> {
  if (names.length === 0 || names.length > 256 || new Set(names).size !== names.length) {
    throw new InputError("t.enum", names.length, "1 to 256 different names");
  }
  const index = new Map<unknown, number>(names.map((name, i) => [name, i]));
  return coded<Names[number]>({ enum: names }, `one of ${names.join(", ")}`, (v) => index.has(v), {
    bytes: 1,
    last: names.length - 1,
    toCode: (value) => index.get(value)!,
    fromCode: (code) => names[code] as Names[number],
  });
}

const utf8 = new TextEncoder();
const BYTES_MAX = 65_536;
/** Halves of a character, as after a cut through an emoji: UTF-8 has no bytes for them. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Text of at most `bytesMax` UTF-8 bytes, up to 65,536. What is no Unicode is mended to U+FFFD, as the wire would. */
export function string(bytesMax: number): Type<string> {
  limit(bytesMax, "t.string", BYTES_MAX);
  const type = scalar<string>(
    { string: bytesMax },
    "",
    `text of at most ${bytesMax} UTF-8 bytes`,
    (v) => typeof v === "string" && (v.length * 3 <= bytesMax || utf8.encode(v).length <= bytesMax),
    (out, v) => out.string(v),
    (r) => r.string(),
  );
  return { ...type, check: (value, path) => type.check(value, path).replace(LONE_SURROGATES, "\ufffd") };
}

/** At most `bytesMax` bytes, up to 65,536. Copied when assigned and when read: assign new bytes to change them. */
export function bytes(bytesMax: number): Type<Uint8Array> {
  limit(bytesMax, "t.bytes", BYTES_MAX);
  const type = scalar<Uint8Array>(
    { bytes: bytesMax },
    new Uint8Array(),
    `a Uint8Array of at most ${bytesMax} bytes`,
    (v) => v instanceof Uint8Array && v.length <= bytesMax,
    (out, v) => out.bytes(v),
    (r) => r.bytes(),
  );
  return {
    ...type,
    initial: () => new Uint8Array(),
    check: (value, path) => new Uint8Array(type.check(value, path)),
  };
}

/** A limit that a definition names. Throws InputError unless it is a whole number from 0 to `max`. */
export function limit(value: number, where: string, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new InputError(where, value, `a whole number from 0 to ${max}`);
}
