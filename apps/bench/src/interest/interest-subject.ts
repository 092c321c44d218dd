import type { Flight, Quantum, Shown, Step } from "../flight.ts";
import type { Send } from "../send.ts";
import type { Grid, GridPlan } from "./grid.ts";

/** One way to send each client only what it sees. */
export interface InterestSubject {
  readonly quantum: Quantum;
  /** Sends everyone what is seen at the start. */
  start(send: Send): void;
  /** What a room's own code does in a tick: moves everyone. */
  mutate(step: Step): void;
  /** What a room's own code does so that everyone goes on seeing the right ones. */
  look(step: Step): void;
  encode(send: Send): void;
  /** One of the watched clients gets what was sent to it. */
  decode(client: number, bytes: Uint8Array): void;
  shownCount(client: number): number;
  shown(client: number, i: number): Shown | undefined;
}

export interface InterestOptions {
  readonly flight: Flight;
  readonly plan: GridPlan;
  readonly grid: Grid;
  /** Client `c` looks from where entity `c` is. */
  readonly clients: number;
  /** Clients whose frames are decoded and checked. */
  readonly watched: readonly number[];
}
