import { TICK_HZ } from "../src/rules.ts";
import type { ShipRow, ShotRow } from "../src/schema.ts";
import { wrapAngle } from "../src/ship.ts";

type Ships = ReadonlyMap<string, Readonly<ShipRow>>;

interface View {
  readonly ships: Ships;
  readonly shots: ReadonlyMap<string, Readonly<ShotRow>>;
}

/** What is drawn is this far behind the newest state, so that there are states on both sides to draw between. */
const DELAY_TICKS = 3;
const KEPT_TICKS = 30;
/** A ship that moved further than this between two states did not fly: it was destroyed and came back. */
const JUMP = 150;

/** The last second of the match: keeps the states that came, and answers what to draw at a moment between them. */
export class Timeline {
  #frames: { tick: number; ships: Ships }[] = [];
  readonly #shots = new Map<string, { shot: Readonly<ShotRow>; goneTick: number }>();
  #later: { tick: number; show: () => void }[] = [];
  /** The room's tick at page time 0; smoothed, for states come early and late. */
  #tickOffset: number | undefined;

  record(tick: number, view: View, nowMs: number): void {
    const offset = tick - (nowMs / 1000) * TICK_HZ;
    const isFar = this.#tickOffset === undefined || Math.abs(offset - this.#tickOffset) > TICK_HZ / 2;
    this.#tickOffset = isFar ? offset : this.#tickOffset! + (offset - this.#tickOffset!) * 0.04;

    const ships = new Map([...view.ships].map(([id, ship]) => [id, { ...ship }]));
    this.#frames = this.#frames.filter((frame) => frame.tick > tick - KEPT_TICKS && frame.tick < tick);
    this.#frames.push({ tick, ships });

    for (const [key, shot] of view.shots) {
      if (!this.#shots.has(key)) this.#shots.set(key, { shot, goneTick: Number.POSITIVE_INFINITY });
    }
    for (const [key, known] of this.#shots) {
      if (!view.shots.has(key)) known.goneTick = Math.min(known.goneTick, tick);
      if (known.goneTick < tick - KEPT_TICKS) this.#shots.delete(key);
    }
  }

  /** Runs `show` when what is drawn has come to the tick of an event. */
  at(tick: number, show: () => void): void {
    this.#later.push({ tick, show });
  }

  /** The moment to draw now, in ticks; most often not a whole one. Shows the events that are due. */
  advance(nowMs: number): number {
    const tick = (nowMs / 1000) * TICK_HZ + (this.#tickOffset ?? 0) - DELAY_TICKS;
    const due = this.#later.filter((event) => event.tick <= tick);
    this.#later = this.#later.filter((event) => event.tick > tick);
    for (const { show } of due) show();
    return tick;
  }

  ships(tick: number): Ships {
    const next = this.#frames.findIndex((frame) => frame.tick > tick);
    const before = this.#frames.at(next < 0 ? -1 : Math.max(0, next - 1));
    const after = this.#frames[next];
    if (!before) return new Map();
    if (!after || before === after) return before.ships;
    const part = (tick - before.tick) / (after.tick - before.tick);
    return new Map([...before.ships].map(([id, ship]) => [id, between(ship, after.ships.get(id), part)]));
  }

  *shots(tick: number): Iterable<Readonly<ShotRow>> {
    for (const { shot, goneTick } of this.#shots.values()) {
      if (shot.bornTick <= tick && tick < goneTick) yield shot;
    }
  }
}

function between(
  from: Readonly<ShipRow>,
  to: Readonly<ShipRow> | undefined,
  part: number,
): Readonly<ShipRow> {
  if (!to || Math.hypot(to.x - from.x, to.y - from.y) > JUMP) return from;
  return {
    ...from,
    x: from.x + (to.x - from.x) * part,
    y: from.y + (to.y - from.y) * part,
    angle: from.angle + wrapAngle(to.angle - from.angle) * part,
  };
}
