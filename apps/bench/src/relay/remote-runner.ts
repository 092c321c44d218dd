import type { Figures, Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { Hall } from "./hall.ts";
import { play } from "./play.ts";
import type { Measured } from "./seat-client.ts";

/**
 * 200 players of one room, all on the node that runs it and all on another, one after the other: what they wait more for
 * their replies and states when they are elsewhere.
 */
export async function remoteRunner(players: number, warmUpMs: number, halfMs: number): Promise<Runner> {
  const hall = await Hall.open("full", players);
  let localFirst = true;
  const half = async (remote: boolean) => {
    const clients = await hall.sit(remote ? hall.other : hall.owner);
    try {
      await play(clients, warmUpMs);
      const measured: Measured = { roundTripsMs: [], statesMs: [] };
      await play(clients, halfMs, measured);
      return measured;
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  };
  return {
    async round(): Promise<Figures> {
      localFirst = !localFirst;
      const first = await half(!localFirst);
      const second = await half(localFirst);
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
        addedP50Ms: figures.remoteP50Ms - figures.localP50Ms,
        addedP99Ms: figures.remoteP99Ms - figures.localP99Ms,
        stateAddedP50Ms: figures.stateRemoteP50Ms - figures.stateLocalP50Ms,
        stateAddedP99Ms: figures.stateRemoteP99Ms - figures.stateLocalP99Ms,
      };
    },
    close: () => hall.close(),
  };
}
