import { ByteWriter } from "@warren/kernel";
import type { StateFields, StateStore, StateType, View } from "@warren/schema";
import type { StatePublication } from "./room-link.ts";
import type { Seat } from "./seat.ts";

/** Where rows were is remembered this many ticks for slow readers; one further behind gets a snapshot. */
export const TOMBSTONE_TICKS_MAX = 1_000;

const out = new ByteWriter(4096);

/** Tells sessions of a room's state: each what changed in its own view since it was told last, encoded once for all who share that. */
export class Replication {
  readonly #store: StateStore<StateType<StateFields>>;
  /** Readers of before this tick get a snapshot. */
  #forgottenTick = 0;

  constructor(store: StateStore<StateType<StateFields>>) {
    this.#store = store;
  }

  /** Seals the tick and gives the state to everyone, or only to those who have none yet. */
  publish(seats: Iterable<Seat>, toAll: boolean): void {
    const tick = this.#store.seal(toAll);
    const publications = new Map<string, StatePublication>();
    const encoded = new Map<string, Uint8Array>();
    // Who was told before that gets a snapshot: there is no use in remembering more for them.
    const rememberedTick = Math.max(1, this.#forgottenTick, tick - TOMBSTONE_TICKS_MAX);
    let oldestReader = tick;
    for (const seat of seats) {
      const { down } = seat;
      if (!down || !seat.connected) continue;
      if (toAll || down.stateTick === 0) {
        const { view } = seat.eyes;
        let publication = publications.get(view.key);
        if (!publication) {
          publication = this.#publication(tick, view, encoded);
          publications.set(view.key, publication);
        }
        down.publish(publication, seat.inputs.consumedNumber, seat.inputs.waiting);
      }
      if (down.stateTick >= rememberedTick) oldestReader = Math.min(oldestReader, down.stateTick);
    }
    this.#forgottenTick = oldestReader;
    this.#store.forget(this.#forgottenTick);
  }

  #publication(tick: number, view: View, encoded: Map<string, Uint8Array>): StatePublication {
    return {
      tick,
      view,
      since: (shown) => {
        const isKnown = shown !== undefined && shown.tick >= this.#forgottenTick;
        const baseTick = isKnown ? shown.tick : 0;
        const then = isKnown ? shown.view : view;
        const key = `${baseTick}:${then.key}:${view.key}`;
        let payload = encoded.get(key);
        if (!payload) {
          this.#store.writeDelta(out.reset(), baseTick, then, view);
          payload = out.finish();
          encoded.set(key, payload);
        }
        return { baseTick, payload };
      },
    };
  }
}
