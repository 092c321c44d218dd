import { expect, test } from "vitest";
import { Grid } from "./grid.ts";

test("a radius below one cell shows the own cell and the eight around it", () => {
  const grid = new Grid({ world: 3_000, cell: 300, radius: 200 });
  const middle = grid.cellOf(1_000, 1_000);
  expect(grid.seenFrom(middle)).toHaveLength(9);
  expect(grid.seenFrom(grid.cellOf(0, 0))).toHaveLength(4);
  expect([...grid.seenFrom(middle)]).toContain(grid.cellOf(899, 1_200));
  expect([...grid.seenFrom(middle)]).not.toContain(grid.cellOf(599, 1_000));
});

test("a cell is seen when its nearest point is within the radius", () => {
  const grid = new Grid({ world: 3_000, cell: 128, radius: 400 });
  const seen = [...grid.seenFrom(grid.cellOf(1_500, 1_500))];
  // Four cells away there are three cells, 384 units, between; but not in the corners.
  expect(seen).toContain(grid.cellOf(1_500 + 4 * 128, 1_500));
  expect(seen).not.toContain(grid.cellOf(1_500 + 5 * 128, 1_500));
  expect(seen).not.toContain(grid.cellOf(1_500 + 4 * 128, 1_500 + 4 * 128));
});

test("the check finds who is missing and who is too many, and lets those at a border be on either side", () => {
  const grid = new Grid({ world: 3_000, cell: 300, radius: 200 });
  const eye = { x: 450, y: 450 };
  const at = { x: Float64Array.of(100, 2_000, 900.01), y: Float64Array.of(100, 2_000, 450) };
  const check = (...shown: number[]) => grid.checkShown(eye, at, 0.05, (i) => shown.includes(i));
  check(0);
  check(0, 2);
  expect(() => check()).toThrow("0 at 100, 100 is not shown");
  expect(() => check(0, 1)).toThrow("1 at 2000, 2000 is shown");
});
