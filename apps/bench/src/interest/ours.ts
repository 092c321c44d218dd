import { ByteWriter } from "@warren/kernel";
import { StateStore, StateView, type View } from "@warren/schema";
import { quantised, type Shown, type Step } from "../flight.ts";
import { addRows, type EntityRow, type EntityState, moveRows, quantisedState } from "../our-entities.ts";
import type { Send } from "../send.ts";
import type { InterestOptions, InterestSubject } from "./interest-subject.ts";

interface Reader {
  readonly eyes: ReturnType<StateStore<EntityState>["eyesOf"]>;
  /** The view it was told last. */
  told: View;
}

/**
 * A table with a grid, and one reader per client whose eye is at its own row. As rooms do it, those who had the same
 * view before and have the same now are encoded for once.
 */
class OurInterest implements InterestSubject {
  readonly quantum;
  readonly #store: StateStore<EntityState>;
  readonly #rows: readonly EntityRow[];
  readonly #readers: readonly Reader[];
  readonly #shown: ReadonlyMap<number, StateView>;
  readonly #out = new ByteWriter(64 * 1024);
  #baseTick = 0;

  constructor({ flight, plan, clients, watched }: InterestOptions) {
    const { world, cell, radius } = plan;
    const type = quantisedState(world, { grid: { x: "x", y: "y", cell, radius } });
    this.quantum = quantised(world);
    this.#store = new StateStore(type);
    this.#rows = addRows(this.#store.state.entities, flight);
    this.#readers = Array.from({ length: clients }, (_, client) => {
      const eyes = this.#store.eyesOf(`e${client}`);
      return { eyes, told: eyes.view };
    });
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
    const tick = this.#store.seal();
    const encoded = new Map<string, Uint8Array>();
    for (let client = 0; client < this.#readers.length; client++) {
      const reader = this.#readers[client]!;
      const now = reader.eyes.view;
      const key = `${reader.told.key}:${now.key}`;
      let payload = encoded.get(key);
      if (!payload) {
        this.#store.writeDelta(this.#out.reset(), this.#baseTick, reader.told, now);
        payload = this.#out.finish();
        encoded.set(key, payload);
      }
      reader.told = now;
      send(client, payload);
    }
    this.#store.forget(tick);
    this.#baseTick = tick;
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
