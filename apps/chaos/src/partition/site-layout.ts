import { freePort } from "@warren/testbed";
import type { Links } from "./links.ts";
import type { Namespaces } from "./namespaces.ts";
import { NftLinks } from "./nft-links.ts";
import { Relay } from "./relay.ts";
import { type HostRelays, RelayLinks } from "./relay-links.ts";

const NATS_PORT = 4222;
const NODE_PORT = 7000;
const REPLICA_PORT = 7001;
const REST_PORT = 8080;
const ROOMS_PORT = 8081;

type Env = Readonly<Record<string, string>>;

/** Each host is a region of its own, so that players can ask for rooms on it. */
export const regionOf = (host: number): string => `host-${host}`;

/** What runs where, and how to reach it. */
export interface Layout {
  readonly nats: { readonly address: string; readonly port: number; readonly prefix: readonly string[] };
  readonly hosts: readonly {
    readonly prefix: readonly string[];
    /** Settings of its room-server and its matchmaker. */
    readonly rooms: Env;
    readonly matchmaker: Env;
    /** For players. */
    readonly restUrl: string;
    readonly roomsUrl: string;
    /** For whoever asks the node: never cut. */
    readonly nodeAddress: string;
  }[];
  /** NATS, for whoever reads the log: never cut. */
  readonly natsUrl: string;
  readonly links: Links;
  /** How it is cut, in a word. */
  readonly means: "namespaces" | "relays";
}

/** Three hosts: the first has NATS, under one address for room-servers and another for matchmakers. */
export async function namespaceLayout(spaces: Namespaces, nft: readonly string[]): Promise<Layout> {
  const [first, ...others] = spaces.hosts;
  if (!first) throw new Error("there is no host for NATS");
  const natsOfReplicas = first.address;
  const natsOfNodes = await spaces.addAddress(first, 101);
  const natsOfPlayers = await spaces.addAddress(first, 102);
  const natsUrl = (address: string) => `nats://${address}:${NATS_PORT}`;
  return {
    means: "namespaces",
    nats: { address: "0.0.0.0", port: NATS_PORT, prefix: first.prefix },
    natsUrl: natsUrl(natsOfPlayers),
    hosts: others.map(({ address, prefix }, i) => ({
      prefix,
      restUrl: `http://${address}:${REST_PORT}`,
      roomsUrl: `ws://${address}:${ROOMS_PORT}`,
      nodeAddress: `${address}:${NODE_PORT}`,
      rooms: {
        WARREN_NATS_URL: natsUrl(natsOfNodes),
        WARREN_RELAY: "true",
        WARREN_REGION: regionOf(i),
        WARREN_ROOMS_HOST: address,
        WARREN_ROOMS_PORT: String(ROOMS_PORT),
        WARREN_ROOMS_PUBLIC_URL: `ws://${address}:${ROOMS_PORT}`,
        WARREN_GRPC_HOST: address,
        WARREN_GRPC_PORT: String(NODE_PORT),
        WARREN_ADMIN_PORT: "9001",
      },
      matchmaker: {
        WARREN_NATS_URL: natsUrl(natsOfReplicas),
        WARREN_HTTP_HOST: address,
        WARREN_HTTP_PORT: String(REST_PORT),
        WARREN_GRPC_HOST: address,
        WARREN_GRPC_PORT: String(REPLICA_PORT),
        WARREN_ADMIN_PORT: "9002",
      },
    })),
    links: new NftLinks(nft, others, { natsOfNodes, natsOfReplicas, nodePort: NODE_PORT }),
  };
}

/** All on loopback, each with a relay on its ways to the others. */
export async function relayLayout(): Promise<Layout> {
  const natsPort = await freePort();
  const hosts: (Layout["hosts"][number] & { readonly relays: HostRelays })[] = [];
  for (let i = 0; i < 2; i++) {
    const [nodePort, restPort, roomsPort] = [await freePort(), await freePort(), await freePort()];
    const relays = {
      nodeNats: await Relay.start("127.0.0.1", 0, natsPort),
      replicaNats: await Relay.start("127.0.0.1", 0, natsPort),
      // The port is announced as it is, so the relay has it on another address.
      node: await Relay.start(`127.0.0.${i + 2}`, nodePort, nodePort),
    };
    hosts.push({
      prefix: [],
      relays,
      restUrl: `http://127.0.0.1:${restPort}`,
      roomsUrl: `ws://127.0.0.1:${roomsPort}`,
      nodeAddress: `127.0.0.1:${nodePort}`,
      rooms: {
        WARREN_NATS_URL: `nats://127.0.0.1:${relays.nodeNats.port}`,
        WARREN_RELAY: "true",
        WARREN_REGION: regionOf(i),
        WARREN_ROOMS_PORT: String(roomsPort),
        WARREN_GRPC_PORT: String(nodePort),
        WARREN_GRPC_PUBLIC_HOST: `127.0.0.${i + 2}`,
        WARREN_ADMIN_PORT: "0",
      },
      matchmaker: {
        WARREN_NATS_URL: `nats://127.0.0.1:${relays.replicaNats.port}`,
        WARREN_HTTP_PORT: String(restPort),
        WARREN_ADMIN_PORT: "0",
      },
    });
  }
  return {
    means: "relays",
    nats: { address: "127.0.0.1", port: natsPort, prefix: [] },
    natsUrl: `nats://127.0.0.1:${natsPort}`,
    hosts,
    links: new RelayLinks(hosts.map(({ relays }) => relays)),
  };
}
