import { describe, expect, it } from "vitest";
import type { ContractWorld } from "../cluster-contract.ts";
import { LEASE_TTL_MS } from "../lease.ts";
import { bytesOf, eventually, textOf } from "./bytes.ts";

export function leaseContract(world: () => ContractWorld): void {
  const lease = () => world().cluster.lease;
  const acquire = (key: string, text: string) => lease().acquire("decider", key, bytesOf(text));
  const watched = async (kind: "decider" | "node" = "decider") => {
    const changes: string[] = [];
    const stop = await lease().watch(kind, (key, value) => changes.push(`${key}=${textOf(value) ?? "gone"}`));
    return { changes, stop };
  };

  describe("lease", () => {
    it("[E01] of racing acquires exactly one wins, and a held lease is not given again", async () => {
      const won = await Promise.all(Array.from({ length: 8 }, (_, i) => acquire("main", `${i}`)));
      expect(won.filter((held) => held !== undefined)).toHaveLength(1);
      expect(await acquire("main", "late")).toBeUndefined();
      expect(await acquire("other", "free")).toBeDefined();
      expect(await lease().acquire("node", "main", bytesOf("another kind"))).toBeDefined();
    });

    it("[E02] a lease that is not renewed is gone after its time-to-live, for its holder too", async () => {
      const { changes } = await watched();
      const alone = await acquire("alone", "a");
      const held = await acquire("main", "a");
      await eventually("the acquires", () => expect(changes).toEqual(["alone=a", "main=a"]));
      world().elapse(LEASE_TTL_MS.decider);
      await eventually("the expiries", () =>
        expect(changes.slice(2).toSorted()).toEqual(["alone=gone", "main=gone"]),
      );
      expect(await alone?.renew()).toBe(false);
      expect(await acquire("main", "b")).toBeDefined();
      expect(await held?.renew()).toBe(false);
      await held?.release();
      expect(await acquire("main", "c")).toBeUndefined();
    });

    it("[E03] a lease that is renewed lives on", async () => {
      const held = await acquire("main", "a");
      const startMs = performance.now();
      let virtualMs = 0;
      await eventually("one and a half times to live", async () => {
        virtualMs += world().elapse(500);
        expect(await held?.renew()).toBe(true);
        expect(Math.max(performance.now() - startMs, virtualMs)).toBeGreaterThan(LEASE_TTL_MS.decider * 1.5);
      });
      expect(await held?.renew()).toBe(true);
      expect(await acquire("main", "b")).toBeUndefined();
    });

    it("[E04] a released lease is free at once and watchers are told", async () => {
      const { changes } = await watched("node");
      const held = await lease().acquire("node", "n_1", bytesOf("a"));
      await held?.release();
      await held?.release();
      expect(await held?.renew()).toBe(false);
      expect(await lease().acquire("node", "n_1", bytesOf("b"))).toBeDefined();
      await eventually(
        "all three changes",
        () => {
          expect(changes.at(-1)).toBe("n_1=b");
          expect(changes.filter((change) => change === "n_1=gone").length).toBeLessThanOrEqual(1);
        },
        1_000,
      );
    });

    it("[E05] a watch tells what is held before it resolves, then every change", async () => {
      const first = await acquire("one", "1");
      await acquire("two", "2");
      const ended = await acquire("three", "3");
      await ended?.release();
      const { changes } = await watched();
      expect(changes.toSorted()).toEqual(["one=1", "two=2"]);
      await first?.renew(bytesOf("new"));
      await eventually("the new value", () => expect(changes.at(-1)).toBe("one=new"));
      await first?.release();
      await eventually("the release", () => expect(changes.at(-1)).toBe("one=gone"), 1_000);
    });

    it("[E06] a renewal with the same value is no change", async () => {
      const { changes } = await watched();
      const held = await acquire("one", "1");
      await held?.renew();
      await held?.renew(bytesOf("1"));
      await held?.renew(bytesOf("2"));
      await eventually("the last change", () => expect(changes.at(-1)).toBe("one=2"));
      expect(changes).toEqual(["one=1", "one=2"]);
    });

    it("[E07] a stopped watch tells nothing more", async () => {
      const stopped = await watched();
      const { changes } = await watched();
      stopped.stop();
      await acquire("one", "1");
      await eventually("the other watch", () => expect(changes).toEqual(["one=1"]));
      expect(stopped.changes).toEqual([]);
    });

    it("[E08] a key or value outside the limits is refused", async () => {
      await expect(acquire("Not a key", "x")).rejects.toThrow("key");
      await expect(lease().acquire("decider", "a", new Uint8Array(65_537))).rejects.toThrow("at most 65536");
    });
  });
}
