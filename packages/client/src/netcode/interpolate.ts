import { type Clock, systemClock } from "@warren/kernel";
import { Interpolation, type InterpolationOptions } from "./interpolation.ts";
import { tickClock } from "./room-clock.ts";
import type { StateSource } from "./room-port.ts";

type Rows = ReadonlyMap<string, object>;
type TableNames<S> = { [K in keyof S]: S[K] extends Rows ? K : never }[keyof S];
type RowOf<T> = T extends ReadonlyMap<string, Readonly<infer Row extends object>> ? Row : never;

/**
 * Keeps the last states of a table, so that it can be drawn at any moment between two of them:
 * `interpolate(room, "ships", { fields: { x: "linear", y: "linear", angle: "angle" } }).at(tickClock(room).shownTick(nowMs))`.
 */
export function interpolate<S, K extends TableNames<S>>(
  room: StateSource<S>,
  table: K,
  options: InterpolationOptions<RowOf<S[K]>>,
  clock: Clock = systemClock,
): Interpolation<RowOf<S[K]>> {
  const interpolation = new Interpolation<RowOf<S[K]>>(options);
  const record = (tick: number) =>
    interpolation.record(tick, room.state[table] as ReadonlyMap<string, RowOf<S[K]>>);
  record(room.tick);
  room.onState(record);
  // It measures from now on.
  tickClock(room, clock);
  return interpolation;
}
