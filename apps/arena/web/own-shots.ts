import { RELOAD_TICKS, SHIP_RADIUS, SHOT_RADIUS, SHOT_TICKS, TRIPLE_SPREAD } from "../src/rules.ts";
import type { ShipRow, ShotRow } from "../src/schema.ts";
import type { Motion } from "../src/ship.ts";
import { isBlocked, passes, shotAt, shotFrom } from "../src/shot.ts";
import type { Match } from "./find.ts";
import { ownIdOf } from "./own-ship.ts";
import type { ShownShot } from "./timeline.ts";

interface Flying {
  readonly shot: Readonly<ShotRow>;
  /** It was drawn up to this tick. */
  drawnTick: number;
  /** It was seen to hit. */
  isSpent: boolean;
}

/**
 * The own shots. They leave the nose when the key is pressed, before the room knows, and fly with the own ship ahead of
 * the room, through others that are drawn as they were a little ago. The room judges them by just that (`rewind` in
 * game.ts), so the page may say at once that a shot has hit.
 */
export class OwnShots {
  readonly #room: Match;
  /** Those the room has told of. */
  readonly #known = new Map<string, Flying>();
  /** Those it will tell of, if it agrees. */
  #expected: Flying[] = [];
  #reloadTick = 0;

  constructor(room: Match) {
    this.#room = room;
    room.onState((tick) => this.#record(tick));
  }

  /** Fires, if the room will at that tick. `motion` is the ship's after the step. */
  fire(motion: Readonly<Motion>, tick: number): boolean {
    const { state, playerId } = this.#room;
    const ship = state.ships.get(playerId);
    if (!ship || state.phase !== "fight" || tick < Math.max(ship.reloadTick, this.#reloadTick)) return false;
    this.#reloadTick = tick + RELOAD_TICKS;
    const angles = tick < ship.tripleTick ? [-TRIPLE_SPREAD, 0, TRIPLE_SPREAD] : [0];
    for (const offset of angles) {
      const shot = shotFrom({ ...motion, slot: ship.slot }, motion.angle + offset, tick);
      this.#expected.push({ shot, drawnTick: tick, isSpent: false });
    }
    return true;
  }

  /** `tick` is the time of the own ship; `ships` are those that are drawn. */
  *at(tick: number, ships: ReadonlyMap<string, Readonly<ShipRow>>): Iterable<ShownShot> {
    for (const flying of [...this.#known.values(), ...this.#expected]) {
      const { shot } = flying;
      const isFlying = shot.bornTick <= tick && tick - shot.bornTick < SHOT_TICKS;
      if (!isFlying || isBlocked(shot, shotAt(shot, tick), this.#room.state.rocks)) continue;
      flying.isSpent ||= hitsOne(shot, flying.drawnTick, tick, ships);
      flying.drawnTick = tick;
      if (!flying.isSpent) yield { shot, tick };
    }
  }

  #record(tick: number): void {
    const { shots, ships } = this.#room.state;
    const slot = ships.get(ownIdOf(this.#room))?.slot;
    for (const [key, shot] of shots) {
      if (shot.by !== slot || this.#known.has(key)) continue;
      // Most often of the very tick; an input that came late is fired late.
      const index = this.#expected.findIndex(
        (other) => Math.abs(other.shot.bornTick - shot.bornTick) < RELOAD_TICKS / 2,
      );
      const [expected] = index >= 0 ? this.#expected.splice(index, 1) : [];
      this.#known.set(key, { drawnTick: shot.bornTick, isSpent: false, ...expected, shot });
    }
    for (const key of this.#known.keys()) if (!shots.has(key)) this.#known.delete(key);
    // The room would have told of it by now: it did not agree.
    this.#expected = this.#expected.filter(({ shot }) => shot.bornTick > tick);
  }
}

function hitsOne(
  shot: Readonly<ShotRow>,
  fromTick: number,
  toTick: number,
  ships: ReadonlyMap<string, Readonly<ShipRow>>,
): boolean {
  const [from, to] = [shotAt(shot, fromTick), shotAt(shot, toTick)];
  return [...ships.values()].some(
    (ship) => ship.slot !== shot.by && ship.hp > 0 && passes(from, to, ship, SHIP_RADIUS + SHOT_RADIUS),
  );
}
