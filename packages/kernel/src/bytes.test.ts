import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { InputError } from "./input-error.ts";

type Method = Exclude<keyof ByteReader & keyof ByteWriter, "raw" | "buffer">;
const METHODS: { readonly [M in Method]: fc.Arbitrary<unknown> } = {
  u8: fc.integer({ min: 0, max: 255 }),
  u16: fc.integer({ min: 0, max: 65_535 }),
  u32: fc.integer({ min: 0, max: 4_294_967_295 }),
  f32: fc.float(),
  f64: fc.double(),
  varint: fc.maxSafeNat(),
  bytes: fc.uint8Array({ maxLength: 300 }),
  string: fc.string({ unit: "binary", maxLength: 100 }),
};
const step = fc.oneof(
  ...Object.entries(METHODS).map(([method, values]) => values.map((value) => ({ method, value }))),
);
type Call = Record<string, (value?: unknown) => unknown>;

describe("byte writer and reader", () => {
  it("what is written is read back, in any order and size", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const out = new ByteWriter(1);
        for (const { method, value } of steps) (out as unknown as Call)[method]!(value);
        const reader = new ByteReader(out.finish());
        for (const { method, value } of steps) expect((reader as unknown as Call)[method]!()).toEqual(value);
        reader.end();
      }),
    );
  });

  it("any bytes are read, or refused by an InputError and nothing else", () => {
    const method = fc.constantFrom(...Object.keys(METHODS), "end");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(method), (bytes, methods) => {
        const reader = new ByteReader(bytes);
        try {
          for (const name of methods) (reader as unknown as Call)[name]!();
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
        expect(reader.left).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("a byte order mark is text like any other", () => {
    const out = new ByteWriter();
    out.string("\ufeffa");
    expect(new ByteReader(out.view()).string()).toBe("\ufeffa");
  });

  it.each([
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [300, "ac02"],
    [Number.MAX_SAFE_INTEGER, "ffffffffffffff0f"],
  ])("the varint of %d has its bytes", (value, hex) => {
    const out = new ByteWriter();
    out.varint(value);
    expect(Buffer.from(out.view()).toString("hex")).toBe(hex);
    expect(new ByteReader(out.view()).varint()).toBe(value);
  });

  it.each(["ffffffffffffff10", "ffffffffffffffff", "808080808080808001"])(
    "a varint over 2^53-1 is refused: %s",
    (hex) => {
      expect(() => new ByteReader(Buffer.from(hex, "hex")).varint()).toThrow(
        'varint is "too long"; accepted: 0 to 2^53-1 in at most 8 bytes',
      );
    },
  );

  it("a length beyond the end, text that is not UTF-8 and bytes left over are refused", () => {
    const reader = (hex: string) => new ByteReader(Buffer.from(hex, "hex"));
    expect(() => reader("0561").string()).toThrow('bytes is "1 bytes left"; accepted: at least 5 more');
    expect(() => reader("01ff").string()).toThrow("accepted: valid UTF-8");
    expect(() => reader("00").end()).toThrow("1 bytes too many");
  });

  it("a part is read from where it is, and not beyond its end", () => {
    const reader = new ByteReader(Buffer.from("ff0102030405", "hex"));
    reader.u8();
    const part = reader.part(3);
    expect([part.u16(), part.left, reader.left]).toEqual([0x0201, 1, 2]);
    expect(() => part.u16()).toThrow('bytes is "1 bytes left"; accepted: at least 2 more');
    expect([...part.rest(), ...reader.rest()]).toEqual([3, 4, 5]);
    expect(() => reader.part(1)).toThrow("0 bytes left");
  });

  it("bytes and parts of them are appended whole, few or many", () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
    for (let from = 0; from < 3; from++)
      for (let to = from; to <= bytes.length; to++) {
        const out = new ByteWriter(1);
        out.u8(0xff);
        out.copy(bytes, from, to);
        out.raw(bytes.subarray(from, to));
        const part = [...bytes.subarray(from, to)];
        expect([...out.finish()]).toEqual([0xff, ...part, ...part]);
      }
  });

  it("finish copies, view does not", () => {
    const out = new ByteWriter();
    out.u8(1);
    const copy = out.finish();
    const view = out.view();
    out.reset().u8(2);
    expect([copy[0], view[0], out.length]).toEqual([1, 2, 1]);
  });
});
