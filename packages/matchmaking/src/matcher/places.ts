import type { QueueRules } from "./queue-rules.ts";
import type { NodeSpace } from "./surroundings.ts";

/** Nodes on which rooms of a queue may open, for one look. */
export class Places {
  readonly #rules: QueueRules;
  readonly #nodes: readonly NodeSpace[];
  /** Numbers of the regions with space; without a latency rule none. */
  regions: readonly number[] = [];

  constructor(rules: QueueRules, nodes: readonly NodeSpace[]) {
    this.#rules = rules;
    this.#nodes = nodes.filter((node) => node.rooms.has(rules.config.room));
    this.#count();
  }

  get hasSpace(): boolean {
    return this.#nodes.some(({ freeRooms }) => freeRooms > 0);
  }

  /** The most wanted node of a region, or of any, which then has one room less. */
  take(region: number): NodeSpace | undefined {
    const name = region < 0 ? undefined : this.#rules.regions[region];
    const node = this.#nodes.find(
      (each) => each.freeRooms > 0 && (name === undefined || each.region === name),
    );
    if (!node) return undefined;
    node.freeRooms--;
    if (node.freeRooms === 0) this.#count();
    return node;
  }

  #count(): void {
    if (!this.#rules.config.latency) return;
    const open = this.#nodes.filter(({ freeRooms }) => freeRooms > 0);
    this.regions = [...new Set(open.map(({ region }) => this.#rules.regionIndex(region)))];
  }
}
