import { type Table, t } from "@warren/schema";
import { FLOAT32, type Flight, type Quantum, type Step } from "./flight.ts";

/** An entity as a room's own code sees it. */
export interface EntityRow {
  x: number;
  y: number;
  angle: number;
  hp: number;
  name: string;
}

export function float32State() {
  return t.state({
    entities: t.table(t.struct({ x: t.f32(), y: t.f32(), angle: t.f32(), hp: t.u8(), name: t.string(32) })),
  });
}

/** Stands in until the types are there. */
export function quantisedState(_world: number) {
  return float32State();
}
export const OUR_QUANTUM = (_world: number): Quantum => FLOAT32;

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
