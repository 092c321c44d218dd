import type { Bus } from "./bus.ts";
import type { Directory } from "./directory.ts";
import type { Lease } from "./lease.ts";
import type { Log } from "./log.ts";

/** The tunnels between processes: four ports and their end. In memory (one process) or on NATS. */
export interface Cluster {
  readonly log: Log;
  readonly bus: Bus;
  readonly lease: Lease;
  readonly directory: Directory;
  /** False while the other side cannot be reached. For /readyz. */
  healthy(): boolean;
  close(): Promise<void>;
}
