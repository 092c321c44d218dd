import { type Clock, systemClock } from "@warren/kernel";
import { listen } from "./listen.ts";
import type { StateSource } from "./room-port.ts";
import { TickClock } from "./tick-clock.ts";

const PING_EVERY_MS = 1_000;

const clocks = new WeakMap<object, TickClock>();

/**
 * The room's tick clock, one per room: fed by its states, and by a ping a second, until the room has ended. Throws
 * InputError for a room without ticks.
 */
export function tickClock(room: StateSource<unknown>, clock: Clock = systemClock): TickClock {
  const known = clocks.get(room);
  if (known) return known;
  const ticks = new TickClock(room.tickHz);
  clocks.set(room, ticks);
  ticks.state(room.tick, clock.monotonicMs());
  if (room.status === "ended") return ticks;
  let cancel = () => {};
  listen(
    room,
    (tick) => ticks.state(tick, clock.monotonicMs()),
    (status) => {
      if (status === "ended") cancel();
    },
  );
  const ping = () => {
    cancel = clock.after(PING_EVERY_MS, ping);
    room.ping().then(
      (roundTripMs) => ticks.roundTrip(roundTripMs),
      // Offline: there is nothing to measure, and who wants to know is told by onStatus.
      () => {},
    );
  };
  ping();
  return ticks;
}
