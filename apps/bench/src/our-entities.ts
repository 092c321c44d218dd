import { type Table, type TableVisibility, t } from "@warren/schema";
import { type Flight, quantised, type Step } from "./flight.ts";

/** An entity as a room's own code sees it. */
export interface EntityRow {
  x: number;
  y: number;
  angle: number;
  hp: number;
  name: string;
}

/** Whose rows a client sees. */
type EntityView = TableVisibility<"x" | "y">;

export function float32State(view: EntityView = "everyone") {
  const row = t.struct({ x: t.f32(), y: t.f32(), angle: t.f32(), hp: t.u8(), name: t.string(32) });
  return t.state({ entities: t.table(row, { view }) });
}

/** x and y in 16 bits, the angle in 8: {@link quantised}. */
export function quantisedState(world: number, view: EntityView = "everyone"): EntityState {
  const place = t.quantised(0, world, quantised(world).position);
  const row = t.struct({ x: place, y: place, angle: t.angle(8), hp: t.u8(), name: t.string(32) });
  return t.state({ entities: t.table(row, { view }) });
}

export type EntityState = ReturnType<typeof float32State>;

export function addRows(entities: Table<EntityRow>, { start, names }: Flight): EntityRow[] {
  const { x, y, angle, hp } = start;
  return names.map((name, i) =>
    entities.add(`e${i}`, { x: x[i]!, y: y[i]!, angle: angle[i]!, hp: hp[i]!, name }),
  );
}

export function moveRows(rows: readonly EntityRow[], { movers, hits, x, y, angle, hp }: Step): void {
  for (let m = 0; m < movers.length; m++) {
    const i = movers[m]!;
    const row = rows[i]!;
    row.x = x[i]!;
    row.y = y[i]!;
    row.angle = angle[i]!;
  }
  for (let h = 0; h < hits.length; h++) {
    const i = hits[h]!;
    rows[i]!.hp = hp[i]!;
  }
}
