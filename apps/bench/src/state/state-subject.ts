import type { Flight, Quantum, Shown, Step } from "../flight.ts";

/** One way to bring the state of a room to a client. Server and client in one, connected by the bytes only. */
export interface StateSubject {
  /** By how much a shown value may differ from its source. */
  readonly quantum: Quantum;
  /** The state as it is now, whole, for a client that has nothing yet. */
  snapshot(): Uint8Array;
  /** What a room's own code does in a tick: assigns what changed. */
  mutate(step: Step): void;
  /** What changed since it was called last, ready to be sent. The bytes may be reused by the next call. */
  encode(): Uint8Array;
  /** The client: applies what `snapshot` and `encode` answered, in order. */
  decode(bytes: Uint8Array): void;
  shownCount(): number;
  /** What the client shows of entity `i`. */
  shown(i: number): Shown | undefined;
}

export interface StateOptions {
  readonly flight: Flight;
  readonly world: number;
}
