import type { CutKind, Links } from "./links.ts";
import type { Relay } from "./relay.ts";

/** Half of the time nothing passes. */
const LOSSY_MS = 300;

/** The relays of one host: its room-server's and its matchmaker's way to NATS, and the matchmakers' to its room-server. */
export interface HostRelays {
  readonly nodeNats: Relay;
  readonly replicaNats: Relay;
  readonly node: Relay;
}

/** Cuts by holding back what passes. Both matchmakers reach a room-server by one relay, so they are cut off together. */
export class RelayLinks implements Links {
  readonly #hosts: readonly HostRelays[];
  #lossy: NodeJS.Timeout | undefined;

  constructor(hosts: readonly HostRelays[]) {
    this.#hosts = hosts;
  }

  async cut(kind: CutKind, at: number): Promise<void> {
    const { nodeNats, replicaNats, node } = this.#hosts[at] as HostRelays;
    const both = (...relays: Relay[]) => relays.flatMap(({ up, down }) => [up, down]);
    const ways = {
      "node-nats": both(nodeNats),
      "replica-nats": both(replicaNats),
      "host-nats": both(nodeNats, replicaNats),
      "node-replicas": both(node),
      host: both(nodeNats, replicaNats, node),
      "to-nats": [nodeNats.up],
      "from-nats": [nodeNats.down],
      lossy: [nodeNats.up, node.down],
    }[kind];
    for (const way of ways) way.cut();
    if (kind !== "lossy") return;
    this.#lossy = setInterval(() => {
      for (const way of ways) {
        if (way.isCut) way.heal();
        else way.cut();
      }
    }, LOSSY_MS);
  }

  async heal(): Promise<void> {
    clearInterval(this.#lossy);
    for (const { nodeNats, replicaNats, node } of this.#hosts)
      for (const { up, down } of [nodeNats, replicaNats, node]) {
        up.heal();
        down.heal();
      }
  }

  async close(): Promise<void> {
    clearInterval(this.#lossy);
    for (const { nodeNats, replicaNats, node } of this.#hosts)
      for (const relay of [nodeNats, replicaNats, node]) relay.close();
  }
}
