import type { Figures, Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { Hall } from "./hall.ts";
import type { Measured, SeatClient } from "./seat-client.ts";

const TICK_MS = 1_000 / 30;
/** Each player acts once in so many of its ticks, not all in the same one. */
const ACTS_EVERY_TICKS = 8;

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
      await play(clients, warmUpMs, undefined);
      return await play(clients, halfMs, { roundTripsMs: [], statesMs: [] });
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

/** Everyone plays for so long, spread evenly over a tick as players are. */
async function play(
  clients: readonly SeatClient[],
  forMs: number,
  measured: Measured | undefined,
): Promise<Measured> {
  for (const client of clients) client.measured = measured;
  const startedMs = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedMs;
      const due = Math.floor((elapsedMs / TICK_MS) * clients.length);
      for (; sent < due; sent++) {
        const client = clients[sent % clients.length]!;
        client.input();
        if ((Math.floor(sent / clients.length) + sent) % ACTS_EVERY_TICKS === 0) client.act();
      }
      if (elapsedMs < forMs) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  for (const client of clients) {
    client.measured = undefined;
    if (!client.open) throw new Error("a socket was closed while it was measured");
  }
  return measured ?? { roundTripsMs: [], statesMs: [] };
}
