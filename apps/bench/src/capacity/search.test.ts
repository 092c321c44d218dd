import { expect, it } from "vitest";
import { mostThatHolds } from "./search.ts";

async function search(capacity: number, limits = { from: 1_000, max: 16_000, exact: 250 }) {
  const tried: number[] = [];
  const found = await mostThatHolds(limits, async (count) => {
    tried.push(count);
    return { holds: count <= capacity };
  });
  return { found: found?.count, tried };
}

it.each([1_000, 1_249, 1_250, 3_333, 8_000, 15_900])("finds %d to the step below", async (capacity) => {
  const { found } = await search(capacity);
  expect(found).toBe(Math.floor(capacity / 250) * 250);
});

it("doubles, then halves", async () => {
  expect((await search(5_100)).tried).toEqual([1_000, 2_000, 4_000, 8_000, 6_000, 5_000, 5_500, 5_250]);
});

it("ends at the most that is tried, and without an answer when the least is too much", async () => {
  expect(await search(1e6)).toEqual({ found: 16_000, tried: [1_000, 2_000, 4_000, 8_000, 16_000] });
  expect(await search(1e6, { from: 3, max: 10, exact: 1 })).toEqual({ found: 10, tried: [3, 6, 10] });
  expect(await search(999)).toEqual({ found: undefined, tried: [1_000] });
});
