import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "./cluster.ts";
import { busContract } from "./contract/bus-contract.ts";
import { directoryContract } from "./contract/directory-contract.ts";
import { leaseContract } from "./contract/lease-contract.ts";
import { logContract } from "./contract/log-contract.ts";

/** A fresh, empty cluster, and what tests must know about its time. */
export interface ContractWorld {
  readonly cluster: Cluster;
  /** Lets `ms` pass and answers `ms` where time is virtual; answers 0 where it passes by itself while the test polls. */
  elapse(ms: number): number;
}

/** The rules every implementation of the ports keeps. Tests only. */
export function clusterContract(name: string, make: () => Promise<ContractWorld>): void {
  describe(name, () => {
    let world: ContractWorld;
    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world.cluster.close());

    logContract(() => world);
    busContract(() => world);
    leaseContract(() => world);
    directoryContract(() => world);

    it("[C01] is healthy until it is closed", async () => {
      expect(world.cluster.healthy()).toBe(true);
      await world.cluster.close();
      expect(world.cluster.healthy()).toBe(false);
    });
  });
}
