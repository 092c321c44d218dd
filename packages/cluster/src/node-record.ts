import { InputError, type NodeId, parseNodeId } from "@warren/kernel";

/** What a node's lease says of it. Written by the node, read by every replica. */
export interface NodeRecord {
  readonly nodeId: NodeId;
  /** `host:port` of its RoomNodeService. */
  readonly grpcAddress: string;
  /** Where players connect: a URL, or `:<port>` to be joined to the host they used for REST. */
  readonly publicUrl: string;
  /** Version of the game and of Warren it runs, as its operator names it; empty: not said. */
  readonly build: string;
  /** It takes players and spectators of rooms on other nodes, and passes on what they say and are told. */
  readonly relay: boolean;
  /** Region it is in; empty: not said. */
  readonly region: string;
  /** Names of the room definitions it runs, each with its wire fingerprint. */
  readonly rooms: Readonly<Record<string, string>>;
}

export function encodeNodeRecord(record: NodeRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** Throws InputError on anything that is not a node record. */
export function decodeNodeRecord(bytes: Uint8Array): NodeRecord {
  let record: Partial<NodeRecord>;
  try {
    record = JSON.parse(new TextDecoder().decode(bytes)) as Partial<NodeRecord>;
  } catch {
    throw new InputError("node record", "bytes", "JSON");
  }
  const { grpcAddress, publicUrl, build, relay, region, rooms } = record;
  if (
    typeof grpcAddress !== "string" ||
    typeof publicUrl !== "string" ||
    typeof build !== "string" ||
    typeof relay !== "boolean" ||
    typeof region !== "string" ||
    typeof rooms !== "object" ||
    rooms === null
  ) {
    throw new InputError(
      "node record",
      record,
      "nodeId, grpcAddress, publicUrl, build, relay, region and rooms",
    );
  }
  return { nodeId: parseNodeId(record.nodeId), grpcAddress, publicUrl, build, relay, region, rooms };
}

/** Where browsers measure how far away a node is: a URL, or `:<port>/ping` on the host they used for REST. */
export function pingUrlOf({ publicUrl }: Pick<NodeRecord, "publicUrl">): string {
  if (publicUrl.startsWith(":")) return `${publicUrl}/ping`;
  const url = new URL(publicUrl);
  url.protocol = url.protocol.replace("ws", "http");
  url.pathname = `${url.pathname.replace(/\/$/, "")}/ping`;
  url.search = "";
  return url.href;
}
