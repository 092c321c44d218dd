import type { Clock } from "@warren/kernel";
import type { Cluster } from "../cluster.ts";
import type { OnEvent } from "../event.ts";
import { MemoryBus } from "./memory-bus.ts";
import { MemoryDirectory } from "./memory-directory.ts";
import { MemoryLease } from "./memory-lease.ts";
import { MemoryLog } from "./memory-log.ts";

/** All four ports in one process, shared by everything in it. Deterministic; keeps nothing across a restart. */
export function memoryCluster(clock: Clock, onEvent: OnEvent = () => undefined): Cluster {
  const closed = new AbortController();
  const bus = new MemoryBus(clock, onEvent);
  const lease = new MemoryLease(clock);
  return {
    log: new MemoryLog(clock, closed.signal),
    bus,
    lease,
    directory: new MemoryDirectory(),
    healthy: () => !closed.signal.aborted,
    close: async () => {
      closed.abort();
      bus.close();
      lease.close();
    },
  };
}
