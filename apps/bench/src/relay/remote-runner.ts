import type { Figures, Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { Hall } from "./hall.ts";
import { play } from "./play.ts";
import type { Measured } from "./seat-client.ts";

/** Before each half when code is compiled: the sockets' first states are over. */
const SETTLE_MS = 500;

/**
 * 200 players of one room, all on the node that runs it and all on another, one after the other: what they wait more for
 * their replies and states when they are elsewhere.
 */
export async function remoteRunner(players: number, warmUpMs: number, halfMs: number): Promise<Runner> {
  const hall = await Hall.open("full", players);
  let localFirst = true;
  let warmUp = warmUpMs;
  const half = async (remote: boolean) => {
    const clients = await hall.sit(remote ? hall.other : hall.owner);
    try {
      await play(clients, warmUp);
      const measured: Measured = { roundTripsMs: [], statesMs: [] };
      const before = await hall.counts();
      await play(clients, halfMs, measured);
      const after = await hall.counts();
      const framesPerTick = (after.relayedStates - before.relayedStates) / (after.ticks - before.ticks);
      return { ...measured, framesPerTick };
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  };
  return {
    async round(): Promise<Figures> {
      localFirst = !localFirst;
      const first = await half(!localFirst);
      const second = await half(localFirst);
      warmUp = Math.min(warmUp, SETTLE_MS);
      const [local, remote] = localFirst ? [first, second] : [second, first];
      const figures = {
        localP50Ms: quantile(local.roundTripsMs, 0.5),
        localP99Ms: quantile(local.roundTripsMs, 0.99),
        remoteP50Ms: quantile(remote.roundTripsMs, 0.5),
        remoteP99Ms: quantile(remote.roundTripsMs, 0.99),
        stateLocalP50Ms: quantile(local.statesMs, 0.5),
        stateRemoteP50Ms: quantile(remote.statesMs, 0.5),
        stateLocalP99Ms: quantile(local.statesMs, 0.99),
        stateRemoteP99Ms: quantile(remote.statesMs, 0.99),
      };
      return {
        ...figures,
        framesPerRemoteNodePerTick: remote.framesPerTick,
        addedP50Ms: figures.remoteP50Ms - figures.localP50Ms,
        addedP99Ms: figures.remoteP99Ms - figures.localP99Ms,
        stateAddedP50Ms: figures.stateRemoteP50Ms - figures.stateLocalP50Ms,
        stateAddedP99Ms: figures.stateRemoteP99Ms - figures.stateLocalP99Ms,
      };
    },
    close: () => hall.close(),
  };
}
