import { parseEpoch } from "@warren/kernel";
import { Replication, type ShownState, type StatePublication, type StateReader } from "@warren/room";
import { StateStore, StateView, type ViewerEyes } from "@warren/schema";
import { quantised, type Shown, type Step } from "../flight.ts";
import { addRows, type EntityRow, type EntityState, moveRows, quantisedState } from "../our-entities.ts";
import type { Send } from "../send.ts";
import type { InterestOptions, InterestSubject } from "./interest-subject.ts";

/** A reader without session and socket. */
class Client implements StateReader {
  readonly eyes: ViewerEyes;
  readonly connected = true;
  readonly inputs = { consumedNumber: 0, waiting: 0 };
  readonly down = this;
  readonly #send: (payload: Uint8Array) => void;
  #shown: ShownState | undefined;

  constructor(eyes: ViewerEyes, send: (payload: Uint8Array) => void) {
    this.eyes = eyes;
    this.#send = send;
  }

  get stateTick(): number {
    return this.#shown?.tick ?? 0;
  }

  publish(state: StatePublication): void {
    this.#send(state.since(this.#shown).payload);
    this.#shown = state;
  }
}

/** A table with a grid, and one reader per client whose eye is at its own row: a room's replication without the room. */
class OurInterest implements InterestSubject {
  readonly quantum;
  readonly #store: StateStore<EntityState>;
  readonly #replication: Replication;
  readonly #rows: readonly EntityRow[];
  readonly #clients: readonly Client[];
  readonly #shown: ReadonlyMap<number, StateView>;
  #send: Send = () => {};

  constructor({ flight, plan, clients, watched }: InterestOptions) {
    const { world, cell, radius } = plan;
    const type = quantisedState(world, { grid: { x: "x", y: "y", cell, radius } });
    this.quantum = quantised(world);
    this.#store = new StateStore(type);
    this.#replication = new Replication(this.#store, parseEpoch(1));
    this.#rows = addRows(this.#store.state.entities, flight);
    this.#clients = Array.from(
      { length: clients },
      (_, client) => new Client(this.#store.eyesOf(`e${client}`), (payload) => this.#send(client, payload)),
    );
    this.#shown = new Map(watched.map((client) => [client, new StateView(type.json)]));
  }

  start(send: Send): void {
    this.encode(send);
  }

  mutate(step: Step): void {
    moveRows(this.#rows, step);
  }

  look(): void {
    // An eye is at its own row by itself.
  }

  encode(send: Send): void {
    this.#send = send;
    this.#replication.publish(this.#clients, true);
  }

  decode(client: number, bytes: Uint8Array): void {
    const shown = this.#shown.get(client)!;
    shown.apply(shown.tick + 1, shown.tick, bytes);
  }

  shownCount(client: number): number {
    return this.#table(client).size;
  }

  shown(client: number, i: number): Shown | undefined {
    return this.#table(client).get(`e${i}`);
  }

  #table(client: number): ReadonlyMap<string, Shown> {
    return this.#shown.get(client)!.state["entities"] as ReadonlyMap<string, Shown>;
  }
}

export function openOurs(options: InterestOptions): InterestSubject {
  return new OurInterest(options);
}
