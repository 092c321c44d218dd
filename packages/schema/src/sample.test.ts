import { ByteReader, ByteWriter, Prng } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { sample, type Type, t, typeText } from "./index.ts";

/** Of a kind each; the compiler asks for a new one. */
const KINDS: Readonly<Record<Exclude<keyof typeof t, "table" | "state" | "action" | "event">, unknown>> = {
  bool: t.bool(),
  u8: t.u8(),
  u16: t.u16(),
  u32: t.u32(),
  i8: t.i8(),
  i16: t.i16(),
  i32: t.i32(),
  varuint: t.varuint(),
  varint: t.varint(),
  f32: t.f32(),
  f64: t.f64(),
  enum: t.enum("a", "b", "c"),
  quantised: t.quantised(-0.1, 0.3, 0.07),
  angle: t.angle(8),
  string: t.string(3),
  bytes: t.bytes(3),
  playerId: t.playerId(),
  optional: t.optional(t.u8()),
  array: t.array(t.i8(), 3),
  fixedArray: t.fixedArray(t.u8(), 40),
  struct: t.struct({ at: t.struct({ x: t.f32() }), names: t.array(t.string(9), 65_536), none: t.struct({}) }),
};
const TYPES = Object.values(KINDS) as Type<unknown>[];
const SAMPLES = 500;

function samples(type: Type<unknown>, seed = 1): unknown[] {
  const random = new Prng(seed);
  return Array.from({ length: SAMPLES }, () => sample(type, random));
}

describe.each(TYPES.map((type) => [typeText(type.json), type] as const))("a sample of %s", (_, type) => {
  it("is valid as it is, and can be sent", () => {
    for (const value of samples(type)) {
      expect(type.check(value, "value")).toEqual(value);
      const out = new ByteWriter();
      type.write(out, value);
      const reader = new ByteReader(out.finish());
      type.read(reader);
      expect(reader.left).toBe(0);
    }
  });

  it("is the same for the same seed, and differs from one to the next", () => {
    expect(samples(type)).toEqual(samples(type));
    expect(new Set(samples(type).map((value) => JSON.stringify(value))).size).toBeGreaterThan(1);
  });
});

it("reaches both ends of whole numbers, all names, and absence", () => {
  expect(new Set(samples(t.i8() as Type<unknown>, 3))).toContain(-128);
  expect(new Set(samples(t.i8() as Type<unknown>, 3))).toContain(127);
  expect(new Set(samples(t.enum("a", "b", "c") as Type<unknown>))).toEqual(new Set(["a", "b", "c"]));
  expect(samples(t.optional(t.u8()) as Type<unknown>)).toContain(undefined);
});

it("stays small where the type allows much", () => {
  for (const value of samples(t.string(65_536) as Type<unknown>))
    expect(String(value).length).toBeLessThanOrEqual(16);
});
