import type { Clock, NodeId, PlayerId } from "@warren/kernel";
import type { Directory } from "../directory.ts";
import type { LiveNodes } from "../live-nodes.ts";
import { decodePresence, presenceKey } from "./presence-entry.ts";

/** What was read is believed for one to two of these. */
export const PLAYER_NODES_FRESH_MS = 3_000;
/** Players remembered in one of these; in all at most twice as many. */
export const PLAYER_NODES_MAX = 20_000;

type Remembered = Map<PlayerId, Promise<readonly NodeId[]>>;

/** On which nodes players have sessions, as the directory says: read when it is asked, never watched. */
export class PlayerNodes {
  readonly #directory: Directory;
  readonly #nodes: LiveNodes;
  readonly #clock: Clock;
  /** Two generations, so that nothing has to be noted of a single player. */
  #young: Remembered = new Map();
  #old: Remembered = new Map();
  #youngSinceMs: number;

  constructor(options: { directory: Directory; nodes: LiveNodes; clock: Clock }) {
    this.#directory = options.directory;
    this.#nodes = options.nodes;
    this.#clock = options.clock;
    this.#youngSinceMs = this.#clock.monotonicMs();
  }

  /** Nodes with a lease only. Rejects when the directory cannot be reached. */
  async of(player: PlayerId): Promise<NodeId[]> {
    this.#age();
    const nodes = await (this.#young.get(player) ?? this.#old.get(player) ?? this.#read(player));
    return nodes.filter((node) => this.#nodes.has(node));
  }

  /** As {@link of}, whatever is remembered. */
  async refreshed(player: PlayerId): Promise<NodeId[]> {
    this.#forget(player);
    return this.of(player);
  }

  #read(player: PlayerId): Promise<readonly NodeId[]> {
    const reading = this.#directory
      .get("presence", presenceKey(player))
      .then((entry) => (entry ? decodePresence(entry.value) : []));
    this.#young.set(player, reading);
    // That somebody is nowhere changes soon, and is not worth the memory.
    reading.then(
      (nodes) => nodes.length === 0 && this.#forget(player, reading),
      () => this.#forget(player, reading),
    );
    return reading;
  }

  #forget(player: PlayerId, reading?: Promise<readonly NodeId[]>): void {
    for (const remembered of [this.#young, this.#old])
      if (!reading || remembered.get(player) === reading) remembered.delete(player);
  }

  #age(): void {
    const nowMs = this.#clock.monotonicMs();
    const ageMs = nowMs - this.#youngSinceMs;
    if (ageMs < PLAYER_NODES_FRESH_MS && this.#young.size < PLAYER_NODES_MAX) return;
    this.#old = ageMs < 2 * PLAYER_NODES_FRESH_MS ? this.#young : new Map();
    this.#young = new Map();
    this.#youngSinceMs = nowMs;
  }
}
