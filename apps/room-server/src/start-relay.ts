import type { Cluster, LiveNodes } from "@warren/cluster";
import { type Clock, type NodeId, randomId } from "@warren/kernel";
import type { Admission } from "@warren/room";
import { Relay } from "@warren/room/relay";
import type { RoomServerMetrics } from "./metrics.ts";

/** Where packets for a node are published. */
const subjectOf = (node: NodeId) => `node.${node}.relay`;

/** The relay on the bus of the cluster. */
export async function startRelay(options: {
  nodeId: NodeId;
  cluster: Cluster;
  clock: Clock;
  nodes: LiveNodes;
  metrics: RoomServerMetrics;
  admit(seatToken: string): Admission;
}): Promise<{ core: Relay; close(): void }> {
  const { nodeId, cluster, clock, nodes, metrics, admit } = options;
  const core = new Relay({
    self: nodeId,
    clock,
    send: (node, packet) => cluster.bus.publish(subjectOf(node), packet),
    isConnected: () => cluster.healthy(),
    hasLease: (node) => nodes.has(node),
    atEndOfTurn: (fn) => setImmediate(fn),
    admit,
    newChannelId: () => randomId("j"),
    metrics: {
      onSent(bytes) {
        metrics.relayPackets.inc();
        metrics.relayBytes.inc(bytes);
      },
      onResent: (items) => metrics.relayResent.inc(items),
      onState: () => metrics.relayStates.inc(),
      onResynced: () => metrics.relayGapsResynced.inc(),
    },
  });
  const unsubscribe = await cluster.bus.subscribe(subjectOf(nodeId), (bytes) => {
    core.receive(bytes);
    return undefined;
  });
  return {
    core,
    close() {
      core.close();
      unsubscribe();
    },
  };
}
