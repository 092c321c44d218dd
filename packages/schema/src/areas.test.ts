import { describe, expect, it } from "vitest";
import { Areas } from "./areas.ts";

/** Takes so many new areas one after another, of which the last `used` are in use. */
function wander(areas: Areas<number>, count: number, used: number, from = 0): void {
  for (let value = from; value < from + count; value++) {
    areas.of(value);
    if (!areas.isCrowded) continue;
    const isUsed = new Uint8Array(areas.end);
    for (let i = 0; i < used; i++) isUsed[areas.of(value - i)] = 1;
    areas.keepOnly(isUsed);
  }
}

describe("areas", () => {
  it("that were left give their numbers to others, however many there have been", () => {
    const areas = new Areas<number>();
    wander(areas, 100_000, 500);
    expect(areas.end).toBeLessThanOrEqual(2 * 500 + 1_025);
    expect(areas.find(0)).toBeUndefined();
    for (let value = 99_500; value < 100_000; value++) expect(areas.valueOf(areas.find(value)!)).toBe(value);
  });

  it("need few numbers again after there were many", () => {
    const areas = new Areas<number>();
    wander(areas, 20_000, 10_000);
    wander(areas, 60_000, 10, 20_000);
    expect(areas.end).toBeLessThanOrEqual(2 * 10 + 1_025);
  });

  it("that came are listed in order, and in another list when some have gone", () => {
    const areas = new Areas<string>();
    for (const value of ["a", "b", "a", "c"]) areas.of(value);
    const { added } = areas;
    expect(added).toEqual([0, 1, 2]);
    areas.keepOnly(new Uint8Array([0, 1, 0]));
    expect(areas.added).not.toBe(added);
    expect([areas.end, areas.valueOf(0), areas.valueOf(1)]).toEqual([2, undefined, "b"]);
    areas.of("d");
    areas.of("e");
    expect(areas.added).toEqual([0, 2]);
  });
});
