import { describe, expect, it } from "vitest";
import { FIELD_HEIGHT, FIELD_WIDTH, SHIP_RADIUS, TICK_HZ } from "./rules.ts";
import { type Motion, stepShip } from "./ship.ts";

const DT_MS = 1000 / TICK_HZ;
const rocks = [{ x: 1_250, y: 650, radius: 80 }];
const atRest = (angle: number): Motion => ({ x: 950, y: 650, vx: 0, vy: 0, angle });

function fly(
  from: Motion,
  thrust: number,
  turn: number,
  ticks: number,
  each: (ship: Motion) => void,
): Motion {
  let ship = from;
  for (let tick = 0; tick < ticks; tick++) {
    ship = stepShip(ship, { thrust, turn, fire: false }, DT_MS, rocks);
    each(ship);
  }
  return ship;
}

describe("stepShip", () => {
  it("[A6] full thrust in any direction leads neither out of the field nor into a rock", () => {
    for (let angle = -3; angle <= 3; angle += 0.25) {
      fly(atRest(angle), 100, 0, 300, ({ x, y }) => {
        expect(Math.abs(x - FIELD_WIDTH / 2)).toBeLessThanOrEqual(FIELD_WIDTH / 2 - SHIP_RADIUS);
        expect(Math.abs(y - FIELD_HEIGHT / 2)).toBeLessThanOrEqual(FIELD_HEIGHT / 2 - SHIP_RADIUS);
        expect(Math.hypot(x - 1_250, y - 650)).toBeGreaterThan(80 + SHIP_RADIUS - 0.001);
      });
    }
  });

  it("[A7] a ship drifts on without thrust, slows down and comes to rest", () => {
    const moving = fly(atRest(-1), 100, 0, 20, () => {});
    const later = fly(moving, 0, 0, 10, () => {});
    expect(Math.hypot(later.x - moving.x, later.y - moving.y)).toBeGreaterThan(30);
    const rest = fly(later, 0, 0, 300, () => {});
    expect([rest.vx, rest.vy]).toEqual([0, 0]);
  });

  it("[A8] an input beyond the full one is the full one", () => {
    const full = fly(atRest(0), 100, 100, 10, () => {});
    expect(fly(atRest(0), 127, 127, 10, () => {})).toEqual(full);
  });
});
