import { ByteWriter } from "@warren/kernel";
import { expect, it } from "vitest";
import { type Type, t, typeBytes, typeText } from "./index.ts";
import type { TypeJson } from "./type.ts";

it.each<[text: string, type: Type<never>, shortest: unknown, longest: unknown]>([
  ["bool", t.bool(), false, true],
  ["u8", t.u8(), 0, 255],
  ["i32", t.i32(), 0, -1],
  ["f64", t.f64(), 0, 0.1],
  ['enum("lobby", "fight")', t.enum("lobby", "fight"), "lobby", "fight"],
  ["string(16)", t.string(16), "", "x".repeat(16)],
  ["string(300)", t.string(300), "", "x".repeat(300)],
  ["array(u16, 200)", t.array(t.u16(), 200), [], Array(200).fill(7)],
  [
    "{ at: { x: f32 }, names: array(string(3), 2) }",
    t.struct({ at: t.struct({ x: t.f32() }), names: t.array(t.string(3), 2) }),
    { at: { x: 0 }, names: [] },
    { at: { x: 1 }, names: ["abc", "def"] },
  ],
  ["{}", t.struct({}), {}, {}],
] as [string, Type<never>, unknown, unknown][])(
  "%s is how the type is shown, with the bytes that values take",
  (text, type, shortest, longest) => {
    expect(typeText(type.json)).toBe(text);
    const bytesOf = (value: unknown) => {
      const out = new ByteWriter();
      type.write(out, value as never);
      return out.finish().length;
    };
    expect(typeBytes(type.json)).toEqual({ min: bytesOf(shortest), max: bytesOf(longest) });
  },
);

it.each([
  ["optional(u16)", { optional: "u16" }, 1, 3],
  ["fixedArray(string(4), 3)", { fixedArray: { string: 4 }, length: 3 }, 3, 15],
  ["bytes(200)", { bytes: 200 }, 1, 202],
  ["varuint", "varuint", 1, 8],
])("%s, whether this package makes such a type or not", (text, json, min, max) => {
  expect(typeText(json as TypeJson)).toBe(text);
  expect(typeBytes(json as TypeJson)).toEqual({ min, max });
});

it.each([
  ["quantised(-1, 1, 0.5)", { quantised: [-1, 1, 0.5] }],
  ["angle(16)", { angle: 16 }],
])("%s is how the type is shown", (text, json) => {
  expect(typeText(json as never)).toBe(text);
});
