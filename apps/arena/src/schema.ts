import { type Infer, type Room, type StateOf, t } from "@warren/game";
import { FIELD_HEIGHT, FIELD_WIDTH, ROCKS, SEATS, SPEED_MAX } from "./rules.ts";

/** Finer than a pixel, so that what is seen and predicted from is what is so; two bytes each. */
const PLACE_STEP = 1 / 32;
const speed = () => t.quantised(-SPEED_MAX, SPEED_MAX, 1 / 32);

/** One row a player. Moments are ticks and not time left, so that nothing is sent while they merely pass. */
const Ship = t.struct({
  x: t.quantised(0, FIELD_WIDTH, PLACE_STEP),
  y: t.quantised(0, FIELD_HEIGHT, PLACE_STEP),
  vx: speed(),
  vy: speed(),
  angle: t.angle(),
  thrusting: t.bool(),
  /** 0: destroyed, and back at `spawnTick`. */
  hp: t.u8(),
  score: t.u16(),
  name: t.string(64),
  isBot: t.bool(),
  /** 0 to 7, one each: the ship's colour, and a short name for its owner in shots. */
  slot: t.u8(),
  spawnTick: t.u32(),
  reloadTick: t.u32(),
  /** Until this tick the ship fires three shots at once. */
  tripleTick: t.u32(),
  sayTick: t.u32(),
});

/**
 * Never changes after it is added: where a shot is now follows from where and when it began (see shot.ts),
 * so it costs its 13 bytes once and nothing while it flies.
 */
const Shot = t.struct({
  x: t.i16(),
  y: t.i16(),
  vx: t.i16(),
  vy: t.i16(),
  bornTick: t.u32(),
  /** Slot of the ship that fired. */
  by: t.u8(),
});

const PickupKind = t.enum("repair", "triple");
const Pickup = t.struct({ x: t.i16(), y: t.i16(), kind: PickupKind });
const Rock = t.struct({ x: t.i16(), y: t.i16(), radius: t.u8() });

export const state = t.state({
  phase: t.enum("fight", "results"),
  round: t.u16(),
  /** When the phase ends. */
  endsTick: t.u32(),
  rocks: t.array(Rock, ROCKS),
  ships: t.table(Ship),
  shots: t.table(Shot),
  pickups: t.table(Pickup),
});

/** What is steered in one tick: percent of full thrust (below 0: brake) and of the fastest turn (above 0: clockwise). */
export const input = t.struct({ thrust: t.i8(), turn: t.i8(), fire: t.bool() });

export const join = t.struct({ name: t.string(64) });

const Word = t.enum("hello", "nice", "oops", "rematch");

export const actions = {
  /** Shows a word above the ship; the answer is how many players it reached. Refused when it comes too soon. */
  say: t.action({ word: Word }, { reached: t.u8() }),
};

export const events = {
  hit: t.event({ ship: t.playerId(), by: t.playerId(), damage: t.u8() }),
  kill: t.event({ ship: t.playerId(), by: t.playerId() }),
  pickup: t.event({ ship: t.playerId(), kind: PickupKind }),
  said: t.event({ ship: t.playerId(), word: Word }),
  /** `winner` is empty when nobody scored. */
  roundOver: t.event({ winner: t.string(64), score: t.u16() }),
};

export type ShipRow = Infer<typeof Ship>;
export type ShotRow = Infer<typeof Shot>;
export type PickupRow = Infer<typeof Pickup>;
export type RockRow = Infer<typeof Rock>;
export type ArenaWord = Infer<typeof Word>;
export type ArenaInput = Infer<typeof input>;
export type ArenaState = StateOf<typeof state>;
export type ArenaRoom = Room<unknown, Infer<typeof join>, typeof state, ArenaInput, typeof events>;

/** Slots that no ship has. */
export function freeSlot(ships: ArenaState["ships"]): number {
  const taken = new Set([...ships.values()].map((ship) => ship.slot));
  for (let slot = 0; slot < SEATS; slot++) if (!taken.has(slot)) return slot;
  throw new Error(`more than ${SEATS} ships`);
}
