import { type Clock, InputError, systemClock } from "@warren/kernel";
import { Interpolation, type InterpolationOptions } from "./interpolation.ts";
import { listen } from "./listen.ts";
import { tickClock } from "./room-clock.ts";
import type { StateSource } from "./room-port.ts";

type Rows = ReadonlyMap<string, object>;
type TableNames<S> = { [K in keyof S]: S[K] extends Rows ? K : never }[keyof S];
type RowOf<T> = T extends ReadonlyMap<string, Readonly<infer Row extends object>> ? Row : never;

/** A table that can be drawn at any moment between two states. */
export interface Interpolated<Row> {
  /**
   * The table at a tick, which may be a fraction; exactly the state's at the tick of one. Before the oldest state kept it
   * is that one, after the newest the newest. The map and its rows are good until the next call.
   */
  at(tick: number): ReadonlyMap<string, Readonly<Row>>;
  /** Takes it off the room: it stays as it is by then. */
  stop(): void;
}

/**
 * Keeps the last states of a table, so that it can be drawn at any moment between two of them:
 * `interpolate(room, "ships", { fields: { x: "linear", y: "linear", angle: "angle" } }).at(tickClock(room).shownTick(nowMs))`.
 * Listens to the room until `stop`, or until the room has ended. Throws InputError for what is no table, and for a room without ticks.
 */
export function interpolate<S, K extends TableNames<S>>(
  room: StateSource<S>,
  table: K,
  options: InterpolationOptions<RowOf<S[K]>>,
  clock: Clock = systemClock,
): Interpolated<RowOf<S[K]>> {
  if (!(room.state[table] instanceof Map)) {
    const tables = Object.entries(room.state as object).filter(([, value]) => value instanceof Map);
    const accepted = `a table of the state: ${tables.map(([name]) => name).join(", ") || "there is none"}`;
    throw new InputError("interpolate table", table, accepted);
  }
  const interpolation = new Interpolation<RowOf<S[K]>>(options);
  const record = (tick: number) =>
    interpolation.record(tick, room.state[table] as ReadonlyMap<string, RowOf<S[K]>>);
  record(room.tick);
  // It measures from now on.
  tickClock(room, clock);
  return { at: (tick) => interpolation.at(tick), stop: listen(room, record) };
}
