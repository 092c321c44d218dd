import { hash } from "node:crypto";
import { base32, type NodeId, type PlayerId, parseNodeId } from "@warren/kernel";

/** Nodes one entry names, at the most; of more the first goes. */
export const ENTRY_NODES_MAX = 16;
/** Of the hash; enough that no two players ever share an entry, and every one of them costs memory in NATS. */
const KEY_BYTES = 15;

/** Player ids are text from outside, so keys are hashes. */
export function presenceKey(player: PlayerId): string {
  return base32(hash("sha256", player, "buffer").subarray(0, KEY_BYTES));
}

/** The nodes a player has sessions on, as JSON. */
export function encodePresence(nodes: readonly NodeId[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(nodes));
}

/** What cannot be read is nobody: the entry is written anew by the nodes it is about. */
export function decodePresence(bytes: Uint8Array): NodeId[] {
  try {
    const nodes = JSON.parse(new TextDecoder().decode(bytes)) as unknown[];
    return nodes.map((node) => parseNodeId(node));
  } catch {
    return [];
  }
}
