import type { Flight, Quantum, Shown, Step } from "../flight.ts";
import type { Send } from "../send.ts";

/** Rooms full of players, each with a socket. Client `room × playersPerRoom + i` sits in that room. */
export interface ReplicateSubject {
  readonly quantum: Quantum;
  /** A tick of every room: its own code moves everyone, and everyone is sent what changed. */
  tick(step: Step): void;
  /** One of the watched clients gets a message. */
  receive(client: number, message: Uint8Array): void;
  shownCount(client: number): number;
  shown(client: number, i: number): Shown | undefined;
}

export interface ReplicateOptions {
  readonly flight: Flight;
  readonly world: number;
  readonly rooms: number;
  readonly playersPerRoom: number;
  /** The sockets. */
  readonly send: Send;
  /** Clients whose messages are read and checked. */
  readonly watched: readonly number[];
}
