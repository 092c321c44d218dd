import { expect, it } from "vitest";
import { randomBytes } from "./random-bytes.ts";

it("no byte is given out twice, and none is forgotten", () => {
  const given = Array.from({ length: 5_000 }, (_, i) => randomBytes(9 + (i % 8)));
  expect(given.every(({ length }, i) => length === 9 + (i % 8))).toBe(true);
  expect(new Set(given.map((bytes) => bytes.join())).size).toBe(given.length);
  const counts = new Array<number>(256).fill(0);
  for (const byte of given.flatMap((bytes) => [...bytes])) counts[byte]!++;
  // 62,500 bytes: about 244 of each, give or take 16.
  expect(Math.min(...counts)).toBeGreaterThan(150);
  expect(Math.max(...counts)).toBeLessThan(340);
});

it("what was given out is the caller's own", () => {
  const first = randomBytes(16);
  const kept = first.slice();
  for (let i = 0; i < 1_000; i++) randomBytes(16).fill(0);
  expect(first).toEqual(kept);
});
