import type { Clock, NodeId, PlayerId } from "@warren/kernel";
import type { Directory } from "../directory.ts";
import type { LiveNodes } from "../live-nodes.ts";
import { RecentReads } from "../recent-reads.ts";
import { decodePresence, presenceKey } from "./presence-entry.ts";

/** What was read is believed for one to two of these. */
export const PLAYER_NODES_FRESH_MS = 3_000;
/** Players remembered in one of these; in all at most twice as many. */
const PLAYERS_MAX = 20_000;

/** On which nodes players have sessions, as the directory says: read when it is asked, never watched. */
export class PlayerNodes {
  readonly #nodes: LiveNodes;
  readonly #reads: RecentReads<PlayerId, readonly NodeId[]>;

  constructor({ directory, nodes, clock }: { directory: Directory; nodes: LiveNodes; clock: Clock }) {
    this.#nodes = nodes;
    this.#reads = new RecentReads({
      clock,
      freshMs: PLAYER_NODES_FRESH_MS,
      countMax: PLAYERS_MAX,
      async read(player) {
        const entry = await directory.get("presence", presenceKey(player));
        return entry ? decodePresence(entry.value) : [];
      },
    });
  }

  /** Nodes with a lease only. Rejects when the directory cannot be reached. */
  async of(player: PlayerId): Promise<NodeId[]> {
    const nodes = await this.#reads.of(player);
    // That somebody is nowhere changes soon, and is not worth the memory.
    if (nodes.length === 0) this.#reads.forget(player);
    return nodes.filter((node) => this.#nodes.has(node));
  }

  /** As {@link of}, whatever is remembered. */
  refreshed(player: PlayerId): Promise<NodeId[]> {
    this.#reads.forget(player);
    return this.of(player);
  }
}
