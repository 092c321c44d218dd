import { Prng } from "@warren/kernel";

export const TICK_HZ = 20;
const SPEED_MIN = 60;
const SPEED_MAX = 180;
const TURN_MAX = 1;
/** On average a hit per entity in this many ticks. */
const HIT_EVERY_TICKS = 50;

export interface FlightPlan {
  readonly entities: number;
  /** Edge of the square world, in units. */
  readonly world: number;
  /** Share of the entities that fly, 0 to 1; the others stand still for the whole flight. Hits may meet everyone. */
  readonly movingShare: number;
  readonly ticks: number;
}

/** Where everyone is at one moment. By entity: units, units, radians (0 to 2π), points. */
export interface Moment {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly angle: Float64Array;
  readonly hp: Uint8Array;
}

/** What a tick changes: the new moment, who moved to get there, and whose hp is another. */
export interface Step extends Moment {
  readonly movers: Uint32Array;
  readonly hits: Uint32Array;
}

/**
 * Everything that will happen, computed before anything is measured. It is flown there and back again for as long as
 * needed: the way back changes the same entities by the same distances, so it can be repeated without a jump.
 */
export interface Flight {
  readonly names: readonly string[];
  readonly start: Moment;
  /** From the start to the last moment. */
  readonly there: readonly Step[];
  /** From the last moment to the start. */
  readonly back: readonly Step[];
}

/** Entities fly at 60 to 180 units/s, each turning at its own rate of up to 1 rad/s, and bounce off the walls. */
export function flight(plan: FlightPlan, seed = 1): Flight {
  const { entities, world } = plan;
  const random = new Prng(seed);
  const between = (min: number, max: number) => min + random.float() * (max - min);
  const speeds = Float64Array.from({ length: entities }, () => between(SPEED_MIN, SPEED_MAX) / TICK_HZ);
  const turns = Float64Array.from({ length: entities }, () => between(-TURN_MAX, TURN_MAX) / TICK_HZ);
  const movers = some(entities, Math.round(entities * plan.movingShare), random);

  const start: Moment = {
    x: Float64Array.from({ length: entities }, () => between(0, world)),
    y: Float64Array.from({ length: entities }, () => between(0, world)),
    angle: Float64Array.from({ length: entities }, () => between(0, 2 * Math.PI)),
    hp: new Uint8Array(entities).fill(100),
  };
  const there: Step[] = [];
  let last = start;
  for (let tick = 1; tick < plan.ticks; tick++) {
    const next: Moment = {
      x: last.x.slice(),
      y: last.y.slice(),
      angle: last.angle.slice(),
      hp: last.hp.slice(),
    };
    for (const i of movers) fly(next, i, speeds[i]!, turns[i]!, world);
    const hits: number[] = [];
    for (let i = 0; i < entities; i++) {
      if (random.float() * HIT_EVERY_TICKS >= 1) continue;
      hits.push(i);
      next.hp[i] = next.hp[i]! > 20 ? next.hp[i]! - random.int(1, 20) : 100;
    }
    there.push({ ...next, movers, hits: Uint32Array.from(hits) });
    last = next;
  }
  const back = there.map((step, i) => {
    const before = i === 0 ? start : there[i - 1]!;
    const { x, y, angle, hp } = before;
    return { x, y, angle, hp, movers: step.movers, hits: step.hits };
  });
  return {
    names: Array.from({ length: entities }, (_, i) => `Entity ${i}`),
    start,
    there,
    back: back.reverse(),
  };
}

function fly(at: Moment, i: number, distance: number, turn: number, world: number): void {
  let angle = at.angle[i]! + turn;
  let x = at.x[i]! + Math.cos(angle) * distance;
  let y = at.y[i]! + Math.sin(angle) * distance;
  if (x < 0 || x > world) {
    x = x < 0 ? -x : 2 * world - x;
    angle = Math.PI - angle;
  }
  if (y < 0 || y > world) {
    y = y < 0 ? -y : 2 * world - y;
    angle = -angle;
  }
  const whole = 2 * Math.PI;
  at.x[i] = x;
  at.y[i] = y;
  at.angle[i] = ((angle % whole) + whole) % whole;
}

/** `count` of the numbers below `of`, scattered, in rising order. */
function some(of: number, count: number, random: Prng): Uint32Array {
  const all = Uint32Array.from({ length: of }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const other = random.int(i, of - 1);
    const picked = all[other]!;
    all[other] = all[i]!;
    all[i] = picked;
  }
  return all.slice(0, count).sort();
}

/** What is shown of one entity, after it went over the wire. */
export interface Shown {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly hp: number;
  readonly name: string;
}

/** By how much a value may differ from its source after it went over the wire. */
export interface Quantum {
  /** Units. */
  readonly position: number;
  /** Radians. */
  readonly angle: number;
}

/** Values a float32 holds are exact to about this in a world of a few thousand units. */
export const FLOAT32: Quantum = { position: 2.5e-4, angle: 1e-6 };
export const EXACT: Quantum = { position: 0, angle: 0 };

/** x and y in 16 bits, the angle in 8. */
export function quantised(world: number): Quantum {
  return { position: world / 65_535, angle: (2 * Math.PI) / 256 };
}

/** Throws when entity `i` is shown elsewhere than it is, by more than the quantum. */
export function checkShown(
  shown: Shown | undefined,
  moment: Moment,
  i: number,
  name: string,
  quantum: Quantum,
): void {
  const x = moment.x[i]!;
  const y = moment.y[i]!;
  const angle = moment.angle[i]!;
  const hp = moment.hp[i]!;
  if (
    shown === undefined ||
    !(Math.abs(shown.x - x) <= quantum.position) ||
    !(Math.abs(shown.y - y) <= quantum.position) ||
    !(angleBetween(shown.angle, angle) <= quantum.angle) ||
    shown.hp !== hp ||
    shown.name !== name
  )
    throw new Error(
      `${name} is shown as ${JSON.stringify(shown)}, but is at ${JSON.stringify({ x, y, angle, hp })}; accepted difference: ${JSON.stringify(quantum)}`,
    );
}

function angleBetween(a: number, b: number): number {
  const whole = 2 * Math.PI;
  const turned = (((a - b) % whole) + whole) % whole;
  return Math.min(turned, whole - turned);
}
