import { ByteWriter } from "@warren/kernel";
import { StateStore, StateView, type View } from "@warren/schema";
import { FLOAT32, type Quantum, quantised, type Shown, type Step } from "../flight.ts";
import {
  addRows,
  type EntityRow,
  type EntityState,
  float32State,
  moveRows,
  quantisedState,
} from "../our-entities.ts";
import type { StateOptions, StateSubject } from "./state-subject.ts";

/** One store and one view, as a room and a client have them. */
class OurState implements StateSubject {
  readonly quantum: Quantum;
  readonly #store: StateStore<EntityState>;
  readonly #rows: readonly EntityRow[];
  readonly #everything: View;
  readonly #shown: StateView;
  readonly #out = new ByteWriter(64 * 1024);
  #baseTick = 0;

  constructor(type: EntityState, quantum: Quantum, { flight }: StateOptions) {
    this.quantum = quantum;
    this.#store = new StateStore(type);
    this.#rows = addRows(this.#store.state.entities, flight);
    this.#everything = this.#store.eyesOf(undefined).view;
    this.#shown = new StateView(type.json);
  }

  snapshot(): Uint8Array {
    return this.encode();
  }

  mutate(step: Step): void {
    moveRows(this.#rows, step);
  }

  encode(): Uint8Array {
    const tick = this.#store.seal();
    this.#store.writeDelta(this.#out.reset(), this.#baseTick, this.#everything, this.#everything);
    this.#store.forget(tick);
    this.#baseTick = tick;
    return this.#out.view();
  }

  decode(bytes: Uint8Array): void {
    this.#shown.apply(this.#shown.tick + 1, this.#shown.tick, bytes);
  }

  shownCount(): number {
    return this.#table().size;
  }

  shown(i: number): Shown | undefined {
    return this.#table().get(`e${i}`);
  }

  #table(): ReadonlyMap<string, Shown> {
    return this.#shown.state["entities"] as ReadonlyMap<string, Shown>;
  }
}

export function openFloat32(options: StateOptions): StateSubject {
  return new OurState(float32State(), FLOAT32, options);
}

export function openQuantised(options: StateOptions): StateSubject {
  const { world } = options;
  return new OurState(quantisedState(world), quantised(world), options);
}
