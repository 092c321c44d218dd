import {
  BOUNCE,
  BRAKE,
  DRAG_PER_S,
  FIELD_HEIGHT,
  FIELD_WIDTH,
  REST_SPEED,
  SHIP_RADIUS,
  THRUST,
  TURN_PER_S,
} from "./rules.ts";
import type { ArenaInput, RockRow, ShipRow } from "./schema.ts";

export type Motion = Pick<ShipRow, "x" | "y" | "vx" | "vy" | "angle">;

/** One step of a ship. Pure, and shared: the room moves ships with it, and a client can predict its own. */
export function stepShip(
  ship: Readonly<Motion>,
  input: Readonly<ArenaInput>,
  dtMs: number,
  rocks: readonly RockRow[],
): Motion {
  const dt = dtMs / 1000;
  const thrust = clamp(input.thrust / 100, -1, 1);
  const angle = wrapAngle(ship.angle + clamp(input.turn / 100, -1, 1) * TURN_PER_S * dt);
  const push = (thrust > 0 ? THRUST : BRAKE) * thrust * dt;
  const kept = 1 - DRAG_PER_S * dt;
  let vx = (ship.vx + Math.cos(angle) * push) * kept;
  let vy = (ship.vy + Math.sin(angle) * push) * kept;
  if (push === 0 && Math.hypot(vx, vy) < REST_SPEED) vx = vy = 0;
  const moved: Motion = { x: ship.x + vx * dt, y: ship.y + vy * dt, vx, vy, angle };
  for (const rock of rocks) bounceOffRock(moved, rock);
  bounceOffWalls(moved);
  return moved;
}

function bounceOffWalls(ship: Motion): void {
  const x = clamp(ship.x, SHIP_RADIUS, FIELD_WIDTH - SHIP_RADIUS);
  const y = clamp(ship.y, SHIP_RADIUS, FIELD_HEIGHT - SHIP_RADIUS);
  if (x !== ship.x) ship.vx *= -BOUNCE;
  if (y !== ship.y) ship.vy *= -BOUNCE;
  ship.x = x;
  ship.y = y;
}

function bounceOffRock(ship: Motion, rock: RockRow): void {
  const dx = ship.x - rock.x;
  const dy = ship.y - rock.y;
  const distance = Math.hypot(dx, dy) || 1;
  const reach = rock.radius + SHIP_RADIUS;
  if (distance >= reach) return;
  const nx = dx / distance;
  const ny = dy / distance;
  ship.x = rock.x + nx * reach;
  ship.y = rock.y + ny * reach;
  const inward = ship.vx * nx + ship.vy * ny;
  if (inward >= 0) return;
  ship.vx -= (1 + BOUNCE) * inward * nx;
  ship.vy -= (1 + BOUNCE) * inward * ny;
}

/** The same direction, from −π to π. */
export function wrapAngle(angle: number): number {
  if (angle > Math.PI) return angle - 2 * Math.PI;
  if (angle < -Math.PI) return angle + 2 * Math.PI;
  return angle;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
