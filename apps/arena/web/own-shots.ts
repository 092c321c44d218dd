import { RELOAD_TICKS, TRIPLE_SPREAD } from "../src/rules.ts";
import type { ShotRow } from "../src/schema.ts";
import type { Motion } from "../src/ship.ts";
import { isBlocked, shotAt, shotFrom } from "../src/shot.ts";
import type { Match } from "./find.ts";
import type { ShownShot } from "./timeline.ts";

/** A shot takes so many times the delay to come from the own ship's time into that of the others, whom it is to hit. */
const SETTLE = 3;

/**
 * The own shots. They leave the nose when the key is pressed, before the room knows, and there the own ship is ahead of
 * the room; the others are drawn as they were a little ago. So a shot begins in the ship's time and flies slower at
 * first, until it is in the time of those it may hit: what is seen to hit has hit.
 */
export class OwnShots {
  readonly #room: Match;
  /** Those the room has told of: when they are gone. */
  readonly #known = new Map<string, { readonly shot: Readonly<ShotRow>; goneTick: number }>();
  /** Those it will tell of, if it agrees. */
  #expected: ShotRow[] = [];
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
    for (const offset of angles)
      this.#expected.push(shotFrom({ ...motion, slot: ship.slot }, motion.angle + offset, tick));
    return true;
  }

  /** `ownTick` is the time of the own ship, `shownTick` that of the others. */
  *at(ownTick: number, shownTick: number): Iterable<ShownShot> {
    for (const [key, { goneTick }] of this.#known) if (goneTick <= shownTick) this.#known.delete(key);
    const known = [...this.#known.values()];
    const expected = this.#expected.map((shot) => ({ shot, goneTick: Number.POSITIVE_INFINITY }));
    for (const { shot, goneTick } of [...known, ...expected]) {
      const tick = Math.max(shownTick, ownTick - (ownTick - shot.bornTick) / SETTLE);
      const isFlying = shot.bornTick <= tick && tick < goneTick;
      // Ahead of the room the page has to see for itself where a shot ends.
      if (isFlying && !isBlocked(shot, shotAt(shot, tick), this.#room.state.rocks)) yield { shot, tick };
    }
  }

  #record(tick: number): void {
    const { shots, ships } = this.#room.state;
    const slot = ships.get(this.#room.playerId)?.slot;
    for (const [key, shot] of shots) {
      if (shot.by !== slot || this.#known.has(key)) continue;
      this.#known.set(key, { shot, goneTick: Number.POSITIVE_INFINITY });
      // Most often of the very tick; an input that came late is fired late.
      const index = this.#expected.findIndex(
        (other) => Math.abs(other.bornTick - shot.bornTick) < RELOAD_TICKS / 2,
      );
      if (index >= 0) this.#expected.splice(index, 1);
    }
    for (const [key, known] of this.#known)
      if (!shots.has(key)) known.goneTick = Math.min(known.goneTick, tick);
    // The room would have told of it by now: it did not agree.
    this.#expected = this.#expected.filter((shot) => shot.bornTick > tick);
  }
}
