import type { Clock } from "@warren/kernel";
import type { Domain } from "../log/domain.ts";
import type { NodeLink } from "../rooms/node-link.ts";

/** How long a count is good enough for all who ask, and how often those who follow are told. */
export const COUNT_MS = 1_000;

/** How much is going on in the whole cluster, as nodes and the log tell it. */
export interface Counts {
  /** Who has a seat, connected or not. */
  readonly players: number;
  /** Connections, those that may still come back included; spectators too. */
  readonly sessions: number;
  readonly spectators: number;
  readonly rooms: number;
  readonly nodes: number;
  /** By queue: players who wait, and players in rooms of its matches. */
  readonly queues: Readonly<Record<string, { readonly waiting: number; readonly playing: number }>>;
  /** By region that nodes name. */
  readonly regions: Readonly<Record<string, { readonly players: number; readonly nodes: number }>>;
}

/**
 * Counts what every replica knows anyway: the loads and rooms its nodes tell of, and the open tickets of its fold. Any
 * replica says the same, as late as a node's load and one count: two seconds.
 */
export class LiveCounts {
  readonly #domain: Pick<Domain, "fold" | "queues">;
  readonly #nodes: { up(): Iterable<Pick<NodeLink, "record" | "load" | "rooms">> };
  readonly #clock: Clock;
  readonly #listeners = new Set<(counts: Counts) => void>();
  #counts: Counts | undefined;
  #text = "";
  #atMs = 0;
  #cancel: () => void = () => {};

  constructor(options: {
    domain: Pick<Domain, "fold" | "queues">;
    nodes: { up(): Iterable<Pick<NodeLink, "record" | "load" | "rooms">> };
    clock: Clock;
  }) {
    this.#domain = options.domain;
    this.#nodes = options.nodes;
    this.#clock = options.clock;
  }

  /** As of now, or of less than a second ago. Going through what waits and runs costs, so all who ask share it. */
  now(): Counts {
    const nowMs = this.#clock.monotonicMs();
    if (this.#counts && nowMs - this.#atMs < COUNT_MS) return this.#counts;
    this.#atMs = nowMs;
    const counts = this.#count();
    const text = JSON.stringify(counts);
    // The same object as long as nothing has changed.
    if (text !== this.#text || !this.#counts) this.#counts = counts;
    this.#text = text;
    return this.#counts;
  }

  /** Calls `listener` after changes, once a second at the most. What it answers ends that. */
  onChange(listener: (counts: Counts) => void): () => void {
    if (this.#listeners.size === 0) this.#beat();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#cancel();
    };
  }

  close(): void {
    this.#cancel();
    this.#listeners.clear();
  }

  #beat(): void {
    const before = this.now();
    this.#cancel = this.#clock.after(COUNT_MS, () => {
      const now = this.now();
      if (now !== before) for (const listener of [...this.#listeners]) listener(now);
      if (this.#listeners.size > 0) this.#beat();
    });
  }

  #count(): Counts {
    const { fold, queues: known } = this.#domain;
    const total = { players: 0, sessions: 0, spectators: 0, rooms: 0, nodes: 0 };
    const queues = new Map([...known.keys()].map((name) => [name, { waiting: 0, playing: 0 }]));
    const regions = new Map<string, { players: number; nodes: number }>();
    for (const ticket of fold.open)
      for (const name of ticket.queues) {
        const queue = queues.get(name);
        if (queue) queue.waiting += ticket.players.length;
      }
    for (const { record, load, rooms } of this.#nodes.up()) {
      total.nodes++;
      total.players += load?.seats ?? 0;
      total.sessions += load?.sessions ?? 0;
      total.rooms += load?.rooms ?? 0;
      if (record.region !== "") {
        const region = regions.get(record.region) ?? { players: 0, nodes: 0 };
        regions.set(record.region, region);
        region.nodes++;
        region.players += load?.seats ?? 0;
      }
      for (const room of rooms.values()) {
        total.spectators += room.spectators;
        const queue = queues.get(room.queue);
        if (queue) queue.playing += room.players;
      }
    }
    return { ...total, queues: sorted(queues), regions: sorted(regions) };
  }
}

/** In one order on every replica. */
function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
