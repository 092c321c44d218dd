import { type NodeId, type PlayerId, parseNodeId, parsePlayerId } from "@warren/kernel";
import { eventually, VirtualClock } from "@warren/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "../cluster.ts";
import type { Directory } from "../directory.ts";
import { LiveNodes } from "../live-nodes.ts";
import { PLAYER_NODES_FRESH_MS, PlayerNodes } from "./player-nodes.ts";
import {
  PRESENCE_LOOK_MS,
  PRESENCE_RETRY_MS,
  PRESENCE_REWRITE_MS,
  PRESENCE_WRITES_MAX,
  Presence,
} from "./presence.ts";
import { presenceKey } from "./presence-entry.ts";

const ANN = parsePlayerId("ann@example.com");
const player = (number: number) => parsePlayerId(`p${number}`);

/** The rules of presence on any cluster. The time of the nodes is virtual, that of the cluster its own. Tests only. */
export function presenceContract(name: string, make: () => Promise<Cluster>): void {
  describe(name, () => {
    let cluster: Cluster;
    let clock: VirtualClock;
    const closing: (() => unknown)[] = [];
    beforeEach(async () => {
      cluster = await make();
      clock = new VirtualClock(1_000);
    });
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
      await cluster.close();
    });

    async function start(id: string, directory: Directory = cluster.directory) {
      const nodeId = parseNodeId(id);
      const lease = await cluster.lease.acquire("node", id, new TextEncoder().encode(id));
      const nodes = await LiveNodes.watch(cluster.lease);
      const failures: unknown[] = [];
      const presence = new Presence({
        nodeId,
        directory,
        nodes,
        clock,
        onFailed: (error) => failures.push(error),
      });
      closing.push(
        () => nodes.close(),
        () => presence.close(),
      );
      return { presence, nodes, failures, release: () => lease?.release() };
    }
    const written = (...all: { readonly presence: Presence }[]) =>
      eventually(async () => {
        // In memory that is enough.
        await new Promise(setImmediate);
        return all.every(({ presence }) => presence.waiting === 0) ? undefined : "all presence is written";
      });
    /** Everything is written, after those who left were looked at. */
    async function settled(...all: { readonly presence: Presence }[]): Promise<void> {
      await written(...all);
      for (let looks = 0; looks < 3; looks++) {
        clock.advance(PRESENCE_LOOK_MS);
        await written(...all);
      }
    }
    const lookUp = async (who: PlayerId): Promise<NodeId[]> => {
      const nodes = await LiveNodes.watch(cluster.lease);
      closing.push(() => nodes.close());
      return new PlayerNodes({ directory: cluster.directory, nodes, clock }).of(who);
    };
    const entryOf = async (who: PlayerId) => {
      const entry = await cluster.directory.get("presence", presenceKey(who));
      return entry && new TextDecoder().decode(entry.value);
    };
    const forget = async (who: PlayerId) => {
      const entry = await cluster.directory.get("presence", presenceKey(who));
      if (entry) await cluster.directory.remove("presence", presenceKey(who), entry.revision);
    };

    it("[V01] who is announced is found, who is withdrawn is not, and nothing is left of the entry", async () => {
      const a = await start("n_a");
      a.presence.announce(ANN);
      await settled(a);
      expect(await lookUp(ANN)).toEqual(["n_a"]);
      a.presence.withdraw(ANN);
      await settled(a);
      expect(await lookUp(ANN)).toEqual([]);
      expect(await entryOf(ANN)).toBeUndefined();
      expect(a.presence.playerCount).toBe(0);
    });

    it("[V02] nodes that write one entry at once lose nothing of each other", async () => {
      const nodes = [await start("n_a"), await start("n_b"), await start("n_c")] as const;
      const [a, b, c] = nodes;
      const players = Array.from({ length: 20 }, (_, i) => player(i));
      for (const { presence } of nodes) for (const who of players) presence.announce(who);
      await settled(...nodes);
      for (const who of players) expect((await lookUp(who)).sort()).toEqual(["n_a", "n_b", "n_c"]);
      for (const { presence } of [a, b]) for (const who of players) presence.withdraw(who);
      await settled(...nodes);
      for (const who of players) expect(await entryOf(who)).toBe('["n_c"]');
      for (const who of players) c.presence.withdraw(who);
      await settled(...nodes);
      for (const who of players) expect(await entryOf(who)).toBeUndefined();
    });

    it("[V03] nodes without a lease are not answered, and the next to write takes them out", async () => {
      const a = await start("n_a");
      const b = await start("n_b");
      a.presence.announce(ANN);
      await settled(a);
      await a.release();
      await eventually(() => (b.nodes.has(parseNodeId("n_a")) ? "the lease is gone" : undefined));
      expect(await lookUp(ANN)).toEqual([]);
      expect(await entryOf(ANN)).toBe('["n_a"]');
      b.presence.announce(ANN);
      await settled(b);
      expect(await entryOf(ANN)).toBe('["n_b"]');
    });

    it("[V04] a player who goes and comes back at once is written once, and so is one who stays", async () => {
      const { directory, writes } = watched(cluster.directory);
      const a = await start("n_a", directory);
      for (let times = 0; times < 10; times++) {
        a.presence.announce(ANN);
        a.presence.withdraw(ANN);
        a.presence.announce(ANN);
        await settled(a);
      }
      expect(writes).toEqual([presenceKey(ANN)]);
      a.presence.withdraw(ANN);
      await settled(a);
      expect(writes).toHaveLength(2);
    });

    it("[V05] what was announced and withdrawn while nothing could be written is written afterwards", async () => {
      const broken = watched(cluster.directory);
      const a = await start("n_a", broken.directory);
      a.presence.announce(player(0));
      await settled(a);
      broken.isDown = true;
      a.presence.withdraw(player(0));
      for (let i = 1; i <= 100; i++) a.presence.announce(player(i));
      clock.advance(PRESENCE_LOOK_MS * 3);
      await eventually(() => (a.failures.length > 0 ? undefined : "a failure"));
      for (let tries = 0; tries < 5; tries++) clock.advance(PRESENCE_RETRY_MS);
      // It does not hammer what is down.
      expect(a.failures.length).toBeLessThanOrEqual(10 * PRESENCE_WRITES_MAX);
      broken.isDown = false;
      await eventually(() => {
        clock.advance(PRESENCE_RETRY_MS);
        return a.presence.waiting === 0 ? undefined : "all presence is written";
      });
      await settled(a);
      expect(await entryOf(player(0))).toBeUndefined();
      for (let i = 1; i <= 100; i++) expect(await entryOf(player(i))).toBe('["n_a"]');
    });

    it("[V06] every entry is written again within two rounds, a few at a time", async () => {
      const { directory, writes } = watched(cluster.directory);
      const a = await start("n_a", directory);
      const players = 60;
      for (let i = 0; i < players; i++) a.presence.announce(player(i));
      await settled(a);
      writes.length = 0;
      let most = 0;
      const steps = 60;
      for (let step = 0; step < 2 * steps; step++) {
        const before = writes.length;
        clock.advance(PRESENCE_REWRITE_MS / steps);
        await written(a);
        most = Math.max(most, writes.length - before);
        // Players come and go meanwhile.
        a.presence.withdraw(player(players + step - 1));
        a.presence.announce(player(players + step));
      }
      const rewritten = new Set(writes);
      for (let i = 0; i < players; i++) expect(rewritten).toContain(presenceKey(player(i)));
      expect(most).toBeLessThanOrEqual(5);
    });

    it("[V07] once one entry turns out to be lost all are written again", async () => {
      const a = await start("n_a");
      for (let i = 0; i < 50; i++) a.presence.announce(player(i));
      await settled(a);
      for (let i = 0; i < 50; i++) await forget(player(i));
      // As long as it takes to come to the first.
      clock.advance(PRESENCE_REWRITE_MS / 50 + 10 * PRESENCE_LOOK_MS);
      await settled(a);
      for (let i = 0; i < 50; i++) expect(await entryOf(player(i))).toBe('["n_a"]');
    });

    it("[V08] what was read is believed for some seconds, unless it is asked anew; that somebody is nowhere is not", async () => {
      const a = await start("n_a");
      const b = await start("n_b");
      const players = new PlayerNodes({ directory: cluster.directory, nodes: a.nodes, clock });
      expect(await players.of(ANN)).toEqual([]);
      b.presence.announce(ANN);
      await settled(b);
      expect(await players.of(ANN)).toEqual(["n_b"]);
      a.presence.announce(ANN);
      await written(a);
      expect(await players.of(ANN)).toEqual(["n_b"]);
      expect(await players.refreshed(ANN)).toEqual(["n_b", "n_a"]);
      b.presence.withdraw(ANN);
      clock.advance(2 * PRESENCE_LOOK_MS);
      await written(b);
      expect(await players.of(ANN)).toEqual(["n_b", "n_a"]);
      clock.advance(2 * PLAYER_NODES_FRESH_MS);
      expect(await players.of(ANN)).toEqual(["n_a"]);
    });

    it("[V09] at most so many writes are under way at once", async () => {
      const { directory, under } = watched(cluster.directory);
      const a = await start("n_a", directory);
      for (let i = 0; i < 3 * PRESENCE_WRITES_MAX; i++) a.presence.announce(player(i));
      await settled(a);
      expect(under.most).toBe(PRESENCE_WRITES_MAX);
    });
  });
}

/** A directory that says which keys were written, and can be made to fail. */
function watched(directory: Directory) {
  const writes: string[] = [];
  const under = { now: 0, most: 0 };
  const state = { isDown: false };
  const run = async <T>(key: string | undefined, what: () => Promise<T>): Promise<T> => {
    if (state.isDown) throw new Error("the directory is down");
    if (key !== undefined) writes.push(key);
    under.most = Math.max(under.most, ++under.now);
    try {
      return await what();
    } finally {
      under.now--;
    }
  };
  const wrapped: Directory = {
    claim: (kind, key, ...rest) => run(key, () => directory.claim(kind, key, ...rest)),
    get: (kind, key) => run(undefined, () => directory.get(kind, key)),
    remove: (kind, key, revision) => run(key, () => directory.remove(kind, key, revision)),
  };
  return Object.assign(state, { directory: wrapped, writes, under });
}
