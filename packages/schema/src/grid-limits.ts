import { InputError } from "@warren/kernel";

/** A radius is shorter than so many cells. */
export const GRID_RADIUS_CELLS_MAX = 16;

/** Throws InputError when a grid cannot be one. */
export function checkGrid({ cell, radius }: { cell: number; radius: number }): void {
  const fits = cell > 0 && Number.isFinite(cell) && radius >= 0 && radius / cell < GRID_RADIUS_CELLS_MAX;
  if (!fits) {
    const accepted = `a cell above 0 and a radius from 0 to below ${GRID_RADIUS_CELLS_MAX} cells`;
    throw new InputError("t.table view.grid", { cell, radius }, accepted);
  }
}
