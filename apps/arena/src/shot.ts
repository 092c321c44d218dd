import { FIELD_HEIGHT, FIELD_WIDTH, SHIP_RADIUS, SHOT_SPEED, TICK_HZ } from "./rules.ts";
import type { RockRow, ShipRow, ShotRow } from "./schema.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A shot that leaves the nose of a ship. Whole numbers, so that room and client see the very same path. */
export function shotFrom(
  ship: Pick<ShipRow, "x" | "y" | "vx" | "vy" | "slot">,
  angle: number,
  tick: number,
): ShotRow {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return {
    x: Math.round(ship.x + cos * SHIP_RADIUS),
    y: Math.round(ship.y + sin * SHIP_RADIUS),
    vx: Math.round(ship.vx + cos * SHOT_SPEED),
    vy: Math.round(ship.vy + sin * SHOT_SPEED),
    bornTick: tick,
    by: ship.slot,
  };
}

/** Where a shot is at a tick, which may be a fraction. */
export function shotAt(shot: Readonly<ShotRow>, tick: number): Point {
  const seconds = (tick - shot.bornTick) / TICK_HZ;
  return { x: shot.x + shot.vx * seconds, y: shot.y + shot.vy * seconds };
}

/** Whether the way from `from` to `to` comes within `reach` of a point: a shot is faster than a ship is wide. */
export function passes(from: Point, to: Point, point: Point, reach: number): boolean {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const along = (point.x - from.x) * dx + (point.y - from.y) * dy;
  const part = Math.min(Math.max(along / (dx * dx + dy * dy || 1), 0), 1);
  return Math.hypot(from.x + dx * part - point.x, from.y + dy * part - point.y) < reach;
}

/** Whether a shot ends on its way because of a wall or a rock. */
export function isBlocked(from: Point, to: Point, rocks: readonly RockRow[]): boolean {
  if (to.x < 0 || to.y < 0 || to.x > FIELD_WIDTH || to.y > FIELD_HEIGHT) return true;
  return rocks.some((rock) => passes(from, to, rock, rock.radius));
}
