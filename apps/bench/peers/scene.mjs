// What the rooms of a server do: `{ "players": 50, "tickHz": 20, "maxSpeed": false }`. Rooms fill up to `players`; at
// `tickHz` every player's entity {x, y, angle, hp} moves and the state is sent; with 0 a room only answers messages.
// `maxSpeed`: the next tick as soon as the last one was sent.
import { flight } from "../dist/flight.js";

/** Edge of the square world, in units. */
export const WORLD = 2_000;
const FLIGHT_TICKS = 400;
/** At full speed a room waits while a client of it has more than this many bytes yet to be sent. */
const UNSENT_BYTES_MAX = 64 * 1024;

/** Moments of a flight of `players` entities, there and back for ever: by tick, typed arrays of x, y, angle and hp. */
export function flightOf({ players }) {
  const { there, back } = flight({ entities: players, world: WORLD, movingShare: 1, ticks: FLIGHT_TICKS });
  const moments = [...there, ...back];
  return (tick) => moments[tick % moments.length];
}

/** Calls `tick` as the scene says until the returned function is called. `unsentBytes`: of one client of the room. */
export function ticking({ tickHz, maxSpeed }, tick, unsentBytes) {
  if (tickHz === 0) return () => {};
  if (!maxSpeed) {
    const timer = setInterval(tick, 1_000 / tickHz);
    return () => clearInterval(timer);
  }
  let next = setImmediate(function again() {
    next = setImmediate(again);
    if (unsentBytes() <= UNSENT_BYTES_MAX) tick();
  });
  return () => clearImmediate(next);
}
