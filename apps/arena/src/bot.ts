import { FIELD_HEIGHT, FIELD_WIDTH, HP_MAX, SHIELD_TICKS, SHIP_RADIUS, SHOT_SPEED } from "./rules.ts";
import type { ArenaInput, PickupRow, RockRow, ShipRow } from "./schema.ts";
import { clamp, wrapAngle } from "./ship.ts";

const SIGHT_RANGE = 900;
const FIRE_RANGE = 480;
/** Bots aim beside their target by up to this angle, slowly swaying. It is what makes them beatable. */
const AIM_ERROR = 0.22;
const TURN_PERCENT_MAX = 75;
const LOOK_AHEAD_S = 0.8;
const WALL_MARGIN = 90;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a bot sees: the room's state, or the start page's few ships. */
export interface Sight {
  readonly rocks: readonly RockRow[];
  readonly ships: { values(): Iterable<Readonly<ShipRow>> };
  readonly pickups: { values(): Iterable<Readonly<PickupRow>> };
}

/** What a bot does in one tick. It has no memory: habits come from its slot and the tick. */
export function drive(me: Readonly<ShipRow>, state: Sight, tick: number): ArenaInput {
  if (me.hp === 0) return { thrust: 0, turn: 0, fire: false };
  const danger = dangerAhead(me, state);
  if (danger) return steer(me, angleTo(danger, me), 100, false);

  const foe = nearest(me, SIGHT_RANGE, foes(me, state, tick));
  const pickup = nearest(me, me.hp < HP_MAX / 2 ? SIGHT_RANGE : 300, state.pickups.values());
  if (pickup && (!foe || distance(me, pickup) < distance(me, foe))) {
    return steer(me, angleTo(me, pickup), 80, false);
  }
  if (!foe) return steer(me, angleTo(me, wanderPoint(me.slot, tick)), 60, false);

  const seconds = distance(me, foe) / SHOT_SPEED;
  const ahead = { x: foe.x + (foe.vx - me.vx) * seconds, y: foe.y + (foe.vy - me.vy) * seconds };
  const aim = angleTo(me, ahead) + AIM_ERROR * Math.sin(tick / 23 + me.slot * 2.1);
  const isClose = distance(me, foe) < FIRE_RANGE;
  const isBurst = (tick + me.slot * 17) % 54 < 27;
  const isAligned = Math.abs(wrapAngle(aim - me.angle)) < 0.2;
  return steer(me, aim, isClose ? 25 : 85, isClose && isBurst && isAligned);
}

/** The wall or rock the ship is about to hit. */
function dangerAhead(me: Readonly<ShipRow>, state: Sight): Point | undefined {
  const x = me.x + me.vx * LOOK_AHEAD_S;
  const y = me.y + me.vy * LOOK_AHEAD_S;
  const isOutside =
    x < WALL_MARGIN || y < WALL_MARGIN || x > FIELD_WIDTH - WALL_MARGIN || y > FIELD_HEIGHT - WALL_MARGIN;
  if (isOutside) {
    // Away from the mirror image of the middle of the field is towards its middle.
    return { x: 2 * me.x - FIELD_WIDTH / 2, y: 2 * me.y - FIELD_HEIGHT / 2 };
  }
  return state.rocks.find((rock) => distance({ x, y }, rock) < rock.radius + SHIP_RADIUS + 25);
}

function* foes(me: Readonly<ShipRow>, state: Sight, tick: number): Iterable<Readonly<ShipRow>> {
  for (const ship of state.ships.values()) {
    if (ship.slot !== me.slot && ship.hp > 0 && tick >= ship.spawnTick + SHIELD_TICKS) yield ship;
  }
}

/** Somewhere inside the field, another place every four seconds. */
function wanderPoint(slot: number, tick: number): Point {
  const leg = Math.floor(tick / 120) + slot * 7;
  return {
    x: FIELD_WIDTH * (0.5 + 0.36 * Math.sin(leg * 2.4)),
    y: FIELD_HEIGHT * (0.5 + 0.34 * Math.cos(leg * 1.7)),
  };
}

function steer(me: Readonly<ShipRow>, angle: number, thrust: number, fire: boolean): ArenaInput {
  const error = wrapAngle(wrapAngle(angle) - me.angle);
  return {
    thrust: Math.abs(error) < 1 ? thrust : 0,
    turn: Math.round(clamp(error * 120, -TURN_PERCENT_MAX, TURN_PERCENT_MAX)),
    fire,
  };
}

function nearest<P extends Point>(me: Point, within: number, points: Iterable<P>): P | undefined {
  let found: P | undefined;
  let best = within;
  for (const point of points) {
    const away = distance(me, point);
    if (away < best) {
      best = away;
      found = point;
    }
  }
  return found;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function angleTo(from: Point, to: Point): number {
  return Math.atan2(to.y - from.y, to.x - from.x);
}
