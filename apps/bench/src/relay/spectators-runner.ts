import type { Figures, Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { Hall } from "./hall.ts";
import { play } from "./play.ts";
import type { SeatClient } from "./seat-client.ts";

/** Players of the room that is watched, all on its own node. */
const PLAYERS = 20;
/** Before each half when code is compiled: the sockets' first states are over. */
const SETTLE_MS = 500;

/** How evenly a room ticks with nobody watching and with so many spectators on another node, one after the other. */
export async function spectatorsRunner(
  spectators: number,
  warmUpMs: number,
  halfMs: number,
): Promise<Runner> {
  const hall = await Hall.open("small", PLAYERS);
  let watchedFirst = true;
  let warmUp = warmUpMs;
  const half = async (watched: boolean) => {
    const players = await hall.sit(hall.owner);
    let watching: SeatClient[] = [];
    try {
      if (watched) watching = await hall.watch(hall.other, spectators);
      await play(players, warmUp);
      const ticksMs: number[] = [];
      players[0]!.ticksMs = ticksMs;
      const statesBefore = sum(watching);
      await play(players, halfMs);
      players[0]!.ticksMs = undefined;
      const gapsMs = ticksMs.slice(1).map((ms, i) => ms - ticksMs[i]!);
      const shown = (sum(watching) - statesBefore) / Math.max(1, watching.length) / ticksMs.length;
      return { p99Ms: quantile(gapsMs, 0.99), p50Ms: quantile(gapsMs, 0.5), shown };
    } finally {
      await Promise.all([...players, ...watching].map((client) => client.close()));
    }
  };
  return {
    async round(): Promise<Figures> {
      watchedFirst = !watchedFirst;
      const first = await half(watchedFirst);
      const second = await half(!watchedFirst);
      warmUp = Math.min(warmUp, SETTLE_MS);
      const [watched, alone] = watchedFirst ? [first, second] : [second, first];
      return {
        tickGapAloneP99Ms: alone.p99Ms,
        tickGapWatchedP99Ms: watched.p99Ms,
        tickGapP99Ratio: watched.p99Ms / alone.p99Ms,
        statesShownShare: watched.shown,
      };
    },
    close: () => hall.close(),
  };
}

const sum = (clients: readonly SeatClient[]) => clients.reduce((states, client) => states + client.states, 0);
