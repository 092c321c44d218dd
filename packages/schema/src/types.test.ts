import { ByteReader, ByteWriter, InputError } from "@warren/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Type, type TypeJson, t, typeFromJson } from "./index.ts";

interface Case {
  readonly name: string;
  readonly type: Type<unknown>;
  readonly values: fc.Arbitrary<unknown>;
  readonly bytes: readonly [value: unknown, hex: string];
  readonly initial: unknown;
}

const int = (min: number, max: number) => fc.integer({ min, max });
const float = { noNaN: true, noDefaultInfinity: true } as const;

const CASES: readonly Case[] = [
  { name: "bool", type: t.bool(), values: fc.boolean(), bytes: [true, "01"], initial: false },
  { name: "u8", type: t.u8(), values: int(0, 255), bytes: [255, "ff"], initial: 0 },
  { name: "u16", type: t.u16(), values: int(0, 65_535), bytes: [258, "0201"], initial: 0 },
  {
    name: "u32",
    type: t.u32(),
    values: int(0, 4_294_967_295),
    bytes: [4_294_967_294, "feffffff"],
    initial: 0,
  },
  { name: "i8", type: t.i8(), values: int(-128, 127), bytes: [-2, "fe"], initial: 0 },
  { name: "i16", type: t.i16(), values: int(-32_768, 32_767), bytes: [-2, "feff"], initial: 0 },
  { name: "i32", type: t.i32(), values: int(-(2 ** 31), 2 ** 31 - 1), bytes: [-2, "feffffff"], initial: 0 },
  { name: "f32", type: t.f32(), values: fc.float(float), bytes: [1.5, "0000c03f"], initial: 0 },
  { name: "f64", type: t.f64(), values: fc.double(float), bytes: [1.5, "000000000000f83f"], initial: 0 },
  { name: "varuint", type: t.varuint(), values: fc.maxSafeNat(), bytes: [300, "ac02"], initial: 0 },
  {
    name: "varint",
    type: t.varint(),
    values: int(-(2 ** 52) + 1, 2 ** 52 - 1),
    bytes: [-65, "8101"],
    initial: 0,
  },
  {
    name: "quantised, exact steps",
    type: t.quantised(-100, 100, 0.5),
    values: int(-200, 200).map((n) => n / 2),
    bytes: [1.5, "cb00"],
    initial: 0,
  },
  {
    name: "quantised, three bytes",
    type: t.quantised(0, 1_000_000, 1),
    values: int(0, 1_000_000),
    bytes: [65_793, "010101"],
    initial: 0,
  },
  {
    name: "quantised, four bytes",
    type: t.quantised(0, 2 ** 31 - 1, 1),
    values: int(0, 2 ** 31 - 1),
    bytes: [67_305_985, "01020304"],
    initial: 0,
  },
  {
    name: "angle",
    type: t.angle(),
    values: int(-32_768, 32_767).map((n) => (n * Math.PI) / 32_768),
    bytes: [-Math.PI / 2, "00c0"],
    initial: 0,
  },
  {
    name: "angle of a byte",
    type: t.angle(8),
    values: int(-128, 127).map((n) => (n * Math.PI) / 128),
    bytes: [Math.PI / 2, "40"],
    initial: 0,
  },
  {
    name: "bytes",
    type: t.bytes(9),
    values: fc.uint8Array({ maxLength: 9 }),
    bytes: [new Uint8Array([1, 2]), "020102"],
    initial: new Uint8Array(),
  },
  {
    name: "optional",
    type: t.optional(t.u16()),
    values: fc.option(int(0, 65_535), { nil: undefined }),
    bytes: [258, "010201"],
    initial: undefined,
  },
  {
    name: "fixed array",
    type: t.fixedArray(t.u8(), 3),
    values: fc.array(int(0, 255), { minLength: 3, maxLength: 3 }),
    bytes: [[1, 2, 3], "010203"],
    initial: [0, 0, 0],
  },
  {
    name: "enum",
    type: t.enum("a", "b", "c"),
    values: fc.constantFrom("a", "b", "c"),
    bytes: ["b", "01"],
    initial: "a",
  },
  {
    name: "string",
    type: t.string(40),
    values: fc.string({ unit: "binary", maxLength: 10 }),
    bytes: ["aü", "0361c3bc"],
    initial: "",
  },
  {
    name: "array",
    type: t.array(t.u8(), 3),
    values: fc.array(int(0, 255), { maxLength: 3 }),
    bytes: [[1, 2], "020102"],
    initial: [],
  },
  {
    name: "struct",
    type: t.struct({ x: t.i8(), names: t.array(t.struct({ n: t.string(9) }), 2) }),
    values: fc.record({
      x: int(-128, 127),
      names: fc.array(fc.record({ n: fc.string({ unit: "grapheme-ascii", maxLength: 9 }) }), {
        maxLength: 2,
      }),
    }),
    bytes: [{ x: -1, names: [{ n: "a" }] }, "ff010161"],
    initial: { x: 0, names: [] },
  },
];

function encode(type: Type<unknown>, value: unknown): Uint8Array {
  const out = new ByteWriter();
  type.write(out, value);
  return out.finish();
}

describe.each(CASES)("$name", ({ type, values, bytes, initial }) => {
  it("what is checked and written is read back, by the type and by the one made from its JSON", () => {
    const twin = typeFromJson(JSON.parse(JSON.stringify(type.json)) as TypeJson);
    expect(twin.json).toEqual(type.json);
    fc.assert(
      fc.property(values, (value) => {
        const checked = type.check(value, "it");
        expect(checked).toEqual(value);
        for (const reads of [type, twin]) {
          const reader = new ByteReader(encode(type, checked));
          expect(reads.read(reader)).toEqual(checked);
          reader.end();
        }
      }),
    );
  });

  it("has the bytes of docs/protocol.md", () => {
    expect(Buffer.from(encode(type, bytes[0])).toString("hex")).toBe(bytes[1]);
  });

  it("begins with its initial value, which is a valid one", () => {
    expect(type.initial()).toEqual(initial);
    expect(type.check(type.initial(), "it")).toEqual(initial);
  });

  it("any bytes are a valid value or an InputError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (some) => {
        try {
          const value = type.read(new ByteReader(some));
          expect(type.check(value, "it")).toEqual(value);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });

  it("anything is checked to a value that can be written, or an InputError that names the field", () => {
    fc.assert(
      fc.property(fc.oneof(values, fc.anything({ withBigInt: true, withSparseArray: true })), (value) => {
        try {
          const checked = type.check(value, "join");
          const reader = new ByteReader(encode(type, checked));
          type.read(reader);
          reader.end();
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as InputError).field).toMatch(/^join/);
        }
      }),
    );
  });
});

describe("check", () => {
  const join = t.struct({
    name: t.string(4),
    mode: t.enum("duel", "team"),
    at: t.array(t.struct({ x: t.f32() }), 2),
  });
  const good = { name: "Ann", mode: "duel", at: [] };

  it.each<[value: unknown, message: string]>([
    [5, "join is 5; accepted: an object with name, mode, at"],
    [[], "join is []; accepted: an object with name, mode, at"],
    [null, "join is null; accepted: an object with name, mode, at"],
    [{ ...good, name: undefined }, "join.name is missing; accepted: text of at most 4 UTF-8 bytes"],
    [{ ...good, name: "Annie" }, 'join.name is "Annie"; accepted: text of at most 4 UTF-8 bytes'],
    [{ ...good, name: "üüü" }, 'join.name is "üüü"; accepted: text of at most 4 UTF-8 bytes'],
    [{ ...good, mode: "solo" }, 'join.mode is "solo"; accepted: one of duel, team'],
    [
      { ...good, at: [{ x: 1 }, { x: "1" }] },
      'join.at[1].x is "1"; accepted: a finite number within ±3.4e38',
    ],
    [{ ...good, at: [{ x: 1e39 }] }, "join.at[0].x is 1e+39; accepted: a finite number within ±3.4e38"],
    [{ ...good, at: [1, 2, 3] }, "join.at is [1,2,3]; accepted: an array of at most 2 items"],
    [{ ...good, hp: 1 }, 'join.hp is "hp"; accepted: only the fields name, mode, at'],
    [
      JSON.parse('{"__proto__": 1}'),
      'join.__proto__ is "__proto__"; accepted: only the fields name, mode, at',
    ],
  ])("refuses %j", (value, message) => {
    expect(() => join.check(value, "join")).toThrow(
      new InputError("", "", "").constructor as ErrorConstructor,
    );
    expect(() => join.check(value, "join")).toThrow(message);
  });

  it.each<[name: string, type: Type<unknown>, bad: unknown[], accepted: string]>([
    ["u8", t.u8(), [-1, 256, 0.5, Number.NaN, "1"], "a whole number from 0 to 255"],
    ["u16", t.u16(), [-1, 65_536], "a whole number from 0 to 65535"],
    ["u32", t.u32(), [-1, 2 ** 32], "a whole number from 0 to 4294967295"],
    ["i8", t.i8(), [-129, 128], "a whole number from -128 to 127"],
    ["i16", t.i16(), [-32_769, 32_768], "a whole number from -32768 to 32767"],
    ["i32", t.i32(), [-(2 ** 31) - 1, 2 ** 31], "a whole number from -2147483648 to 2147483647"],
    ["f64", t.f64(), [Number.POSITIVE_INFINITY, Number.NaN, null], "a finite number"],
    ["bool", t.bool(), [0, 1, "true"], "true or false"],
    ["varuint", t.varuint(), [-1, 0.5, 2 ** 53], "a whole number from 0 to 2^53-1"],
    [
      "varint",
      t.varint(),
      [2 ** 52, Number.NaN],
      "a whole number from -4503599627370495 to 4503599627370495",
    ],
    ["quantised", t.quantised(-1, 1, 0.1), [-1.1, 1.01, Number.NaN, "0"], "a number from -1 to 1"],
    ["angle", t.angle(), [Number.NaN, Number.NEGATIVE_INFINITY, "0"], "a finite number, in radians"],
    ["bytes", t.bytes(1), [[1], new Uint8Array(2)], "a Uint8Array of at most 1 bytes"],
    ["fixed array", t.fixedArray(t.u8(), 2), [[1], [1, 2, 3], "ab"], "an array of 2 items"],
  ])("says the range of %s", (_name, type, bad, accepted) => {
    for (const value of bad) expect(() => type.check(value, "state.x")).toThrow(`; accepted: ${accepted}`);
  });

  it("text that is no Unicode is mended, so that every copy of it is the same", () => {
    const checked = t.string(9).check("a\ud83d", "it");
    expect(checked).toBe("a\ufffd");
    expect(t.string(9).read(new ByteReader(encode(t.string(9) as Type<unknown>, checked)))).toBe(checked);
  });

  it("a quantised number is read as the nearest step, an angle as the nearest direction from -π to π", () => {
    const sent = (type: Type<number>, value: number) =>
      type.read(new ByteReader(encode(type as Type<unknown>, value)));
    fc.assert(
      fc.property(fc.double({ min: -50, max: 7, noNaN: true }), (value) => {
        expect(Math.abs(sent(t.quantised(-50, 7, 0.3), value) - value)).toBeLessThanOrEqual(0.15 + 1e-9);
        const turned = sent(t.angle(8), value);
        expect(Math.abs(turned)).toBeLessThanOrEqual(Math.PI);
        expect(Math.cos(turned - value)).toBeGreaterThan(Math.cos(Math.PI / 256 + 1e-9));
      }),
    );
    expect([10, 11].map((max) => sent(t.quantised(0, max, 3), max))).toEqual([9, 11]);
  });

  it.each([
    [0, 0.7, 0.008],
    [0, 19.9, 0.008],
    [-0.50325, 0.50325, 0.001],
  ])("both ends of a quantised range have a code: %d to %d by %d", (min, max, precision) => {
    const type = t.quantised(min, max, precision);
    for (const end of [min, max]) {
      const read = type.read(new ByteReader(encode(type as Type<unknown>, end)));
      expect(Math.abs(read - end)).toBeLessThanOrEqual(precision / 2 + 1e-9);
    }
  });

  it("holes of an array are missing items", () => {
    expect(() => t.array(t.u8(), 2).check(new Array(1), "it")).toThrow("it[0] is missing");
  });

  it("a value that is held cannot be changed behind the back of its holder", () => {
    const type = t.struct({ at: t.array(t.struct({ x: t.u8() }), 3) });
    const mine = { at: [{ x: 1 }] };
    const held = type.check(mine, "it");
    mine.at[0]!.x = 2;
    expect(held).toEqual({ at: [{ x: 1 }] });
  });
});

describe("bytes that are no value", () => {
  it.each<[type: Type<unknown>, hex: string, message: string]>([
    [t.bool() as Type<unknown>, "02", "value is 2; accepted: a code from 0 to 1"],
    [t.quantised(0, 10, 1) as Type<unknown>, "0b", "value is 11; accepted: a code from 0 to 10"],
    [t.optional(t.u8()) as Type<unknown>, "02", "value is 2"],
    [t.enum("a", "b") as Type<unknown>, "02", "value is 2; accepted: a code from 0 to 1"],
    [
      t.array(t.u8(), 1) as Type<unknown>,
      "020101",
      'array is "2 items"; accepted: an array of at most 1 items',
    ],
    [t.string(1) as Type<unknown>, "026161", 'value is "aa"; accepted: text of at most 1 UTF-8 bytes'],
    [t.f64() as Type<unknown>, "000000000000f07f", "value is Infinity; accepted: a finite number"],
    [t.f32() as Type<unknown>, "0000c07f", "value is NaN; accepted: a finite number"],
  ])("are refused with the range: %#", (type, hex, message) => {
    expect(() => type.read(new ByteReader(Buffer.from(hex, "hex")))).toThrow(message);
  });
});

describe("definitions", () => {
  it.each<[what: string, make: () => unknown, message: string]>([
    ["no names", () => t.enum(), "t.enum is 0; accepted: 1 to 256 different names"],
    ["a name twice", () => t.enum("a", "a"), "1 to 256 different names"],
    ["a field that is no name", () => t.struct({ "a-b": t.u8() }), "t.struct.a-b"],
    ["a field `constructor`", () => t.struct({ constructor: t.u8() }), "not `constructor`"],
    [
      "65 fields",
      () => t.struct(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, t.u8()]))),
      "at most 64",
    ],
    ["a state field `__proto__`", () => t.state({ ["__proto__"]: t.u8() }), "t.state.__proto__"],
    [
      "text of no length",
      () => t.string(Number.NaN),
      "t.string is NaN; accepted: a whole number from 0 to 65536",
    ],
    [
      "a range upside down",
      () => t.quantised(1, 0, 0.1),
      "t.quantised is [1,0,0.1]; accepted: min below max",
    ],
    ["a precision of nothing", () => t.quantised(0, 1, 0), "a precision above 0"],
    ["a precision without end", () => t.quantised(0, 1, Number.POSITIVE_INFINITY), "a precision above 0"],
    ["a range of too many steps", () => t.quantised(0, 1, 1e-12), "2147483647 steps"],
    ["items of no bytes", () => t.array(t.struct({}), 3), "t.array is"],
    ["fixed items of no bytes", () => t.fixedArray(t.fixedArray(t.u8(), 0), 3), "t.fixedArray is"],
    ["an angle of 12 bits", () => t.angle(12 as 8), "t.angle is 12; accepted: 8 or 16 bits"],
    [
      "a length that is no number",
      () => t.fixedArray(t.u8(), { toString: null } as never),
      "t.fixedArray is",
    ],
    ["text of a negative length", () => t.string(-1), "t.string is -1"],
    [
      "an array without a limit",
      () => t.array(t.u8(), Number.POSITIVE_INFINITY),
      "t.array is Infinity; accepted: a whole number from 0 to 65536",
    ],
  ])("refuses %s", (_what, make, message) => {
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });

  it("a description is read to a type or refused by an InputError", () => {
    const { tie } = fc.letrec((again) => ({
      tie: fc.oneof(
        fc.constantFrom("u8", "f32", "u64", "__proto__"),
        fc.anything(),
        fc.record({ enum: fc.oneof(fc.array(fc.string()), fc.anything()) }),
        fc.record({ string: fc.oneof(fc.integer(), fc.anything()) }),
        fc.record({ quantised: fc.oneof(fc.array(fc.double()), fc.anything()) }),
        fc.record({ angle: fc.anything() }),
        fc.record({ bytes: fc.anything() }),
        fc.record({ optional: again("tie") }),
        fc.record({ fixedArray: again("tie"), length: fc.oneof(fc.integer({ max: 9 }), fc.anything()) }),
        fc.record({ array: again("tie"), max: fc.oneof(fc.integer(), fc.anything()) }),
        fc.record({ struct: fc.oneof(fc.array(fc.tuple(fc.string(), again("tie"))), fc.anything()) }),
      ),
    }));
    fc.assert(
      fc.property(tie, (json) => {
        try {
          typeFromJson(json as TypeJson);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
