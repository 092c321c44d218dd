import type { NodeId } from "@warren/kernel";
import type { Lease } from "./lease.ts";

/** The nodes that hold a lease now: what is said of others means nothing. */
export class LiveNodes {
  readonly #live = new Set<string>();
  #stop = () => {};

  /** Resolves when those that live are known. */
  static async watch(lease: Lease): Promise<LiveNodes> {
    const nodes = new LiveNodes();
    nodes.#stop = await lease.watch("node", (nodeId, value) => {
      if (value) nodes.#live.add(nodeId);
      else nodes.#live.delete(nodeId);
    });
    return nodes;
  }

  has(node: NodeId): boolean {
    return this.#live.has(node);
  }

  close(): void {
    this.#stop();
  }
}
