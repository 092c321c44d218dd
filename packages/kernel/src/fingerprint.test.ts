import { describe, expect, it } from "vitest";
import { fingerprint } from "./index.ts";

describe("fingerprint", () => {
  // The vectors of the FNV authors: another value would tell every client that its schema is another one.
  it.each([
    ["", "cbf29ce484222325"],
    ["a", "af63dc4c8601ec8c"],
    ["foobar", "85944171f73967e8"],
  ])("of %j is 64-bit FNV-1a", (text, hex) => {
    expect(fingerprint(text)).toBe(hex);
  });

  it("is of UTF-8 and always 16 digits long", () => {
    expect(fingerprint("ü")).not.toBe(fingerprint("u"));
    for (let i = 0; i < 500; i++) expect(fingerprint(String(i))).toMatch(/^[0-9a-f]{16}$/);
  });
});
