import {
  type Cluster,
  encodeNodeRecord,
  type HeldLease,
  LEASE_TTL_MS,
  type NodeRecord,
} from "@warren/cluster";
import type { Logger } from "@warren/service";

/** Keeps the node's lease, so that every replica finds and dials it. A lost lease is taken again under the same id. */
export async function announceNode(options: {
  cluster: Cluster;
  record: NodeRecord;
  log: Logger;
  /** The lease is held for another time; retaken: it was lost before. */
  onHeld?: (isRetaken: boolean) => void;
}): Promise<{ close: () => Promise<void> }> {
  const { cluster, record, log } = options;
  const value = encodeNodeRecord(record);
  let held: HeldLease | undefined = await cluster.lease.acquire("node", record.nodeId, value);
  let closed = false;
  const renew = async () => {
    try {
      if (held && !(await held.renew())) {
        log.warn({ event: "node.lease_lost" }, "the node's lease was lost; taking it again");
        held = undefined;
      }
      const isRetaken = !held;
      held ??= await cluster.lease.acquire("node", record.nodeId, value);
      if (!held) return;
      if (isRetaken) log.info({ event: "node.lease_retaken" }, "the node's lease is held again");
      options.onHeld?.(isRetaken);
    } catch (error) {
      log.warn({ event: "node.lease_unreachable", err: error }, "the node's lease could not be renewed");
    }
  };
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewing.then(() => (closed ? undefined : renew()));
  }, LEASE_TTL_MS.node / 3);
  return {
    async close() {
      closed = true;
      clearInterval(timer);
      await renewing;
      await held?.release();
    },
  };
}
