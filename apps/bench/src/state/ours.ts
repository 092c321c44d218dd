import { ByteWriter } from "@warren/kernel";
import { StateStore, StateView } from "@warren/schema";
import { FLOAT32, type Quantum, type Shown, type Step } from "../flight.ts";
import {
  addRows,
  type EntityRow,
  float32State,
  moveRows,
  OUR_QUANTUM,
  quantisedState,
} from "../our-entities.ts";
import type { StateOptions, StateSubject } from "./state-subject.ts";

/** One store and one view, as a room and a client have them. */
class OurState implements StateSubject {
  readonly quantum: Quantum;
  readonly #store: StateStore<ReturnType<typeof float32State>>;
  readonly #view: StateView;
  readonly #rows: EntityRow[];
  readonly #out = new ByteWriter(64 * 1024);
  #baseTick = 0;

  constructor(type: ReturnType<typeof float32State>, quantum: Quantum, { flight }: StateOptions) {
    this.quantum = quantum;
    this.#store = new StateStore(type);
    this.#view = new StateView(type.json);
    this.#rows = addRows(this.#store.state.entities, flight);
  }

  snapshot(): Uint8Array {
    return this.#write(0);
  }

  mutate(step: Step): void {
    moveRows(this.#rows, step);
  }

  encode(): Uint8Array {
    return this.#write(this.#baseTick);
  }

  #write(baseTick: number): Uint8Array {
    this.#baseTick = this.#store.seal();
    this.#out.reset();
    this.#store.writeDelta(this.#out, baseTick);
    this.#store.forget(this.#baseTick);
    return this.#out.view();
  }

  decode(bytes: Uint8Array): void {
    this.#view.apply(this.#view.tick + 1, this.#view.tick, bytes);
  }

  shownCount(): number {
    return this.#table().size;
  }

  shown(i: number): Shown | undefined {
    return this.#table().get(`e${i}`);
  }

  #table(): ReadonlyMap<string, Shown> {
    return this.#view.state["entities"] as ReadonlyMap<string, Shown>;
  }
}

export function openFloat32(options: StateOptions): StateSubject {
  return new OurState(float32State(), FLOAT32, options);
}

export function openQuantised(options: StateOptions): StateSubject {
  return new OurState(quantisedState(options.world), OUR_QUANTUM(options.world), options);
}
