import type { QueueRules } from "./queue-rules.ts";
import type { NodeSpace } from "./surroundings.ts";

/** Nodes on which rooms of a queue may open, for one look. Other queues take of them too. */
export class Places {
  readonly #rules: QueueRules;
  readonly #nodes: readonly NodeSpace[];
  /** Numbers of the regions with space; without a latency rule none. */
  regions: readonly number[] = [];

  constructor(rules: QueueRules, nodes: readonly NodeSpace[]) {
    this.#rules = rules;
    this.#nodes = nodes.filter((node) => node.rooms.has(rules.config.room));
    this.count();
  }

  get hasSpace(): boolean {
    return this.#nodes.some((node) => this.#fits(node));
  }

  /** The most wanted node of a region, or of any, which then has one room and so many seats less. */
  take(region: number, players: number): NodeSpace | undefined {
    const name = region < 0 ? undefined : this.#rules.regions[region];
    const node = this.#nodes.find((each) => this.#fits(each) && (name === undefined || each.region === name));
    if (!node) return undefined;
    node.freeRooms--;
    node.freeSeats -= players;
    if (!this.#fits(node)) this.count();
    return node;
  }

  /** A node has to have space for a whole match: how many will be in the next one is not known before. */
  #fits({ freeRooms, freeSeats }: NodeSpace): boolean {
    return freeRooms > 0 && freeSeats >= this.#rules.config.size;
  }

  /** Looks anew where there is space, after others have taken some. */
  count(): void {
    if (!this.#rules.config.latency) return;
    const open = this.#nodes.filter((node) => this.#fits(node));
    this.regions = [...new Set(open.map(({ region }) => this.#rules.regionIndex(region)))];
  }
}
