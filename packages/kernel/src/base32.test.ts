import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base32 } from "./index.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** The slow way: all bytes as one number, five bits at a time. */
function expected(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => ALPHABET[Number.parseInt(five.padEnd(5, "0"), 2)])
    .join("");
}

describe("base32", () => {
  it("has its characters", () => {
    expect(base32(new Uint8Array([]))).toBe("");
    expect(base32(new Uint8Array([0xff]))).toBe("zw");
    expect(base32(new TextEncoder().encode("hello"))).toBe("d1jprv3f");
  });

  it("is the same as the slow way, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(base32(bytes)).toBe(expected(bytes));
      }),
    );
  });
});
