import { interpolate, tickClock } from "@warren/client";
import type { ShipRow, ShotRow } from "../src/schema.ts";
import { DueEvents } from "./due-events.ts";
import type { Match } from "./find.ts";
import { JUMP, type OwnShip, ownIdOf } from "./own-ship.ts";
import { OwnShots } from "./own-shots.ts";

/** A shot, and the tick at which it is drawn. */
export interface ShownShot {
  readonly shot: Readonly<ShotRow>;
  readonly tick: number;
}

/**
 * What is drawn at a moment: others as they were a little ago, between two states of the room, and the own ship and its
 * shots ahead of the room.
 */
export class Timeline {
  readonly #room: Match;
  readonly #me: OwnShip;
  readonly #ships;
  readonly #shots;
  readonly #ownShots: OwnShots;
  readonly #events: DueEvents;
  #own: Readonly<ShipRow> | undefined;
  /** The moment shown of everything but the own ship, in ticks; most often not a whole one. */
  tick = 0;

  constructor(room: Match, me: OwnShip) {
    this.#room = room;
    this.#me = me;
    this.#ships = interpolate(room, "ships", {
      fields: { x: "linear", y: "linear", angle: "angle" },
      teleport: JUMP,
    });
    this.#shots = interpolate(room, "shots", { fields: {} });
    this.#ownShots = new OwnShots(room);
    this.#events = new DueEvents(room.tickHz);
  }

  /** Runs `show` when what is drawn has come to the tick of an event. */
  at(tick: number, show: () => void): void {
    this.#events.at(tick, show);
  }

  /** Goes to a moment, and shows the events that are due by then. */
  advance(nowMs: number): void {
    this.tick = tickClock(this.#room).shownTick(nowMs);
    this.#events.advance(this.tick);
  }

  /** All ships, by player. */
  ships(nowMs: number): ReadonlyMap<string, Readonly<ShipRow>> {
    const id = ownIdOf(this.#room);
    const ships = new Map(this.#ships.at(this.tick));
    this.#own = this.#ownAt(nowMs, ships.get(id));
    if (this.#own) ships.set(id, this.#own);
    return ships;
  }

  #ownAt(nowMs: number, shown: Readonly<ShipRow> | undefined): Readonly<ShipRow> | undefined {
    const motion = this.#me.at(nowMs);
    if (motion) {
      // The room says first that the ship is back, and only then it is shown to be.
      const row = shown?.hp ? shown : this.#room.state.ships.get(this.#room.playerId);
      return row && { ...row, ...motion, thrusting: (this.#me.input?.thrust ?? 0) > 0 };
    }
    // And that it is destroyed: until it is seen to burst it stays where it was.
    const last = this.#own;
    return shown?.hp && last
      ? { ...shown, x: last.x, y: last.y, angle: last.angle, thrusting: false }
      : shown;
  }

  /** All shots that are on their way. */
  *shots(nowMs: number): Iterable<ShownShot> {
    const { tick } = this;
    for (const shot of this.#shots.at(tick).values()) if (shot.by !== this.#own?.slot) yield { shot, tick };
    yield* this.#ownShots.at(this.#me.tickAt(nowMs), this.#ships.at(tick));
  }

  /** The own ship may fire with its next step. */
  fire(motion: Parameters<OwnShots["fire"]>[0]): boolean {
    return this.#ownShots.fire(motion, this.#me.headTick + 1);
  }
}
