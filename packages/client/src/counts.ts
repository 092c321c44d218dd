import type { GameShape } from "./types.ts";
import { partsOf, type Warren } from "./warren.ts";

/** How much is going on in the whole cluster, a second or two old. */
export interface Counts {
  /** Who has a seat, connected or not. */
  readonly players: number;
  /** Connections, those that may still come back and spectators included. */
  readonly sessions: number;
  readonly spectators: number;
  readonly rooms: number;
  /** Room-servers. */
  readonly nodes: number;
  /** By queue: players who wait, and players in rooms of its matches. */
  readonly queues: Readonly<Record<string, { readonly waiting: number; readonly playing: number }>>;
  readonly regions: Readonly<Record<string, { readonly players: number; readonly nodes: number }>>;
}

/** Counts as they are now. */
export function counts<G extends GameShape>(warren: Warren<G>): Promise<Counts> {
  return partsOf(warren).json({ method: "GET", path: "/v1/counts" });
}

/** Counts at once and after every change, once a second at the most, until `signal` aborts. One connection while it runs. */
export async function* watchCounts<G extends GameShape>(
  warren: Warren<G>,
  signal?: AbortSignal,
): AsyncGenerator<Counts> {
  for await (const { event, said } of partsOf(warren).events("/v1/counts/events", signal))
    if (event === "counts") yield said as unknown as Counts;
}
