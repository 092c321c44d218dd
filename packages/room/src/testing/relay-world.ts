import { type NodeId, type Prng, parseNodeId, parseRoomId } from "@warren/kernel";
import { RelayPacket } from "@warren/protocol/services";
import { VirtualClock } from "@warren/testkit";
import type { AnyRoomDefinition } from "../definition.ts";
import { Relay } from "../relay/relay.ts";
import type { Admission } from "../session/session-host.ts";
import { TestNode } from "./test-node.ts";

/** How long a packet is on its way. */
const WAY_MS = 1;

/** Nodes that relay for each other over a bus that may lose, repeat and be cut. */
export class RelayWorld {
  readonly clock = new VirtualClock(1_000);
  readonly nodes = new Map<NodeId, RelayNode>();
  /** Which node runs which room. */
  readonly owners = new Map<string, NodeId>();
  /** Nodes that have no connection to the bus, and know it. */
  readonly offline = new Set<NodeId>();
  readonly leaseless = new Set<NodeId>();
  /** Packets that arrived, with who sent them to whom. */
  readonly packets: { readonly from: NodeId; readonly to: NodeId; readonly packet: RelayPacket }[] = [];
  lossRate = 0;
  repeatRate = 0;
  /** True: the packet is lost. */
  loses: (packet: RelayPacket, from: NodeId, to: NodeId) => boolean = () => false;
  /** Packets are not kept; for long runs. */
  forgets = false;
  readonly #prng: Prng | undefined;

  constructor(prng?: Prng) {
    this.#prng = prng;
  }

  /** A node; with a definition it owns the room. */
  node(name: string, definition: AnyRoomDefinition, room?: string): RelayNode {
    const node = new RelayNode(this, parseNodeId(`n_${name}`), definition);
    this.nodes.set(node.id, node);
    if (room !== undefined) {
      node.open(parseRoomId(room));
      this.owners.set(room, node.id);
    }
    return node;
  }

  publish(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    if (this.offline.has(from)) return;
    const packet = RelayPacket.decode(bytes);
    const times = this.#isLucky(this.repeatRate) ? 2 : 1;
    for (let i = 0; i < times; i++) {
      if (this.#isLucky(this.lossRate) || this.loses(packet, from, to)) continue;
      this.clock.after(WAY_MS, () => {
        if (this.offline.has(to)) return;
        if (!this.forgets) this.packets.push({ from, to, packet });
        this.nodes.get(to)?.relay.receive(bytes);
      });
    }
  }

  #isLucky(rate: number): boolean {
    return rate > 0 && this.#prng !== undefined && this.#prng.float() < rate;
  }

  /** Lets time pass, and what was promised happen. */
  async pass(ms: number, stepMs = 1): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
      this.clock.advance(Math.min(stepMs, leftMs));
      for (let i = 0; i < 8; i++) await Promise.resolve();
    }
    this.clock.advance(0);
  }
}

/** A node whose sessions may be in rooms of others. */
export class RelayNode extends TestNode {
  readonly id: NodeId;
  readonly relay: Relay;
  resynced = 0;
  resent = 0;
  /** Bytes of packets sent. */
  sentBytes = 0;
  readonly #world: RelayWorld;

  constructor(world: RelayWorld, id: NodeId, definition: AnyRoomDefinition) {
    super(definition, {}, { clock: world.clock, opens: false });
    this.id = id;
    this.#world = world;
    let channels = 0;
    this.relay = new Relay({
      self: id,
      clock: world.clock,
      send: (to, packet) => world.publish(id, to, packet),
      isConnected: () => !world.offline.has(id),
      hasLease: (node) => !world.leaseless.has(node),
      atEndOfTurn: (fn) => world.clock.after(0, fn),
      admit: (token) => this.admitHere(token),
      newChannelId: () => `${id} ${++channels}`,
      metrics: {
        onSent: (bytes) => {
          this.sentBytes += bytes;
        },
        onResynced: () => {
          this.resynced++;
        },
        onResent: (items) => {
          this.resent += items;
        },
      },
    });
  }

  override admit(token: string): Admission | Promise<Admission> {
    const [, room = ""] = token.split(" ");
    const owner = this.#world.owners.get(room);
    return owner === undefined || owner === this.id ? this.admitHere(token) : this.relay.admit(owner, token);
  }
}
