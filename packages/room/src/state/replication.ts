import { ByteWriter, type Epoch } from "@warren/kernel";
import { STATE_HEAD_BYTES_MAX, StateFrames } from "@warren/protocol/session";
import type { StateFields, StateStore, StateType, View, ViewerEyes } from "@warren/schema";
import type { RoomDown, ShownState, StatePublication } from "../room/room-link.ts";

/** Where rows were is remembered this many ticks for slow readers; one further behind gets a snapshot. */
export const TOMBSTONE_TICKS_MAX = 1_000;

/** Who is told of a state: seats, and readers of tests and benchmarks. */
export interface StateReader {
  readonly eyes: ViewerEyes;
  /** Undefined: nobody to tell yet. */
  readonly down: Pick<RoomDown, "stateTick" | "publish"> | undefined;
  readonly connected: boolean;
  readonly inputs: { readonly consumedNumber: number; readonly waiting: number };
}

interface Encoded {
  readonly baseTick: number;
  readonly then: View;
  readonly frames: StateFrames;
}

/** A buffer that one publication has made larger than this is not kept for the next. */
const BUFFER_BYTES_KEPT_MAX = 16 * 1024 * 1024;

/** The frames of one publication, one after the other. */
let out = new ByteWriter(4096);

/** Tells sessions of a room's state: each what changed in its own view since it was told last, encoded once for all who share that. */
export class Replication {
  readonly #store: StateStore<StateType<StateFields>>;
  readonly #epoch: Epoch;
  readonly #hasTicks: boolean;
  /** Readers of before this tick get a snapshot. */
  #forgottenTick = 0;

  /** `hasTicks`: readers are told of every state, because it says what the time is and which inputs were used. */
  constructor(store: StateStore<StateType<StateFields>>, epoch: Epoch, hasTicks = true) {
    this.#store = store;
    this.#epoch = epoch;
    this.#hasTicks = hasTicks;
  }

  /** Seals the tick and gives the state to everyone, or only to those who have none yet. */
  publish(readers: Iterable<StateReader>, toAll: boolean): void {
    const tick = this.#store.seal(toAll);
    const publications = new Map<string, StatePublication>();
    let publication: StatePublication | undefined;
    // Who was told before that gets a snapshot: there is no use in remembering more for them.
    const rememberedTick = Math.max(1, this.#forgottenTick, tick - TOMBSTONE_TICKS_MAX);
    let oldestReader = tick;
    out = out.length > BUFFER_BYTES_KEPT_MAX ? new ByteWriter(4096) : out.reset();
    for (const reader of readers) {
      const { down } = reader;
      if (!down || !reader.connected) continue;
      if (toAll || down.stateTick === 0) {
        const { view } = reader.eyes;
        // Mostly all see the same, and the one before is the one that is wanted.
        if (publication?.view.key !== view.key) publication = publications.get(view.key);
        if (!publication) {
          publication = this.#publication(tick, view);
          publications.set(view.key, publication);
        }
        down.publish(publication, reader.inputs.consumedNumber, reader.inputs.waiting);
      }
      if (down.stateTick >= rememberedTick) oldestReader = Math.min(oldestReader, down.stateTick);
    }
    this.#forgottenTick = oldestReader;
    this.#store.forget(this.#forgottenTick);
  }

  #publication(tick: number, view: View): StatePublication {
    // One, or a few when readers are behind or saw something else before: not worth a key for each reader.
    const written: Encoded[] = [];
    const since = (shown: ShownState | undefined) => {
      const isKnown = shown !== undefined && shown.tick >= this.#forgottenTick;
      const baseTick = isKnown ? shown.tick : 0;
      const then = isKnown ? shown.view : view;
      for (const encoded of written)
        if (encoded.baseTick === baseTick && encoded.then.key === then.key) return encoded.frames;
      const frames = this.#encode(tick, baseTick, then, view);
      written.push({ baseTick, then, frames });
      return frames;
    };
    return {
      tick,
      view,
      since,
      isNews: (shown) => {
        if (this.#hasTicks) return true;
        const { baseTick, payload } = since(shown);
        // Told nothing now and then: an empty delta is less than the snapshot it would get when its state is forgotten.
        if (baseTick === 0 || tick - baseTick >= TOMBSTONE_TICKS_MAX) return true;
        // No value in the mask, and every table at its end at once.
        return payload.some((byte) => byte !== 0);
      },
    };
  }

  #encode(tick: number, baseTick: number, then: View, now: View): StateFrames {
    const at = out.reserve(STATE_HEAD_BYTES_MAX);
    this.#store.writeDelta(out, baseTick, then, now);
    // When the buffer grows, frames of before stay in the one they are in.
    return new StateFrames(this.#epoch, tick, baseTick, out.buffer.subarray(at, out.length));
  }
}
