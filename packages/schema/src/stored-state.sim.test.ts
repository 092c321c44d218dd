import { ByteReader, ByteWriter, InputError, Prng } from "@warren/kernel";
import { forEachSeed } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import {
  type StateFields,
  StateStore,
  type StateType,
  StateView,
  type View,
  type ViewerEyes,
} from "./index.ts";
import {
  asSent,
  assertSameState,
  assertShown,
  KEYS,
  mutate,
  randomEye,
  randomShape,
  type Shape,
} from "./testing/random-state.ts";

// One store is the room's; copies are made of what it stores, at their own pace, and take over now and then. A copy
// has to be the room's state to the last bit and in its order, and what it tells a client of its own has to be right.

const RUNS = 1_500;
const DAMAGED_RUNS = 2_000;
const STEPS = 50;

const out = new ByteWriter();

/** A copy of a room's state, with one client. */
class Copy {
  readonly store: StateStore<StateType<StateFields>>;
  /** Ticks it was at: it can say what came after them, and after nothing. */
  readonly ticks = new Set([0]);
  readonly #shape: Shape;
  readonly #eyes: ViewerEyes;
  readonly #view: StateView;
  #then: View | undefined;

  constructor(shape: Shape, self: string) {
    this.#shape = shape;
    this.store = new StateStore(shape.type);
    this.#eyes = this.store.eyesOf(self);
    this.#view = new StateView(shape.type.json);
  }

  /** Last tick that was sealed. */
  get tick(): number {
    return this.store.tick - 1;
  }

  /** The oldest tick that it or its client goes on from. */
  get baseTick(): number {
    return this.#then ? this.#view.tick : this.tick;
  }

  stored(baseTick: number): Uint8Array {
    this.store.writeStored(out.reset(), baseTick);
    return out.finish();
  }

  follow(source: Copy): void {
    this.store.readStored(new ByteReader(source.stored(this.tick)));
    this.ticks.add(this.tick);
    assertSameState(this.#shape, source.store.state, this.store.state);
    if (Buffer.compare(this.stored(0), source.stored(0)) !== 0) throw new Error("is stored differently");
  }

  tell(prng: Prng): void {
    if (prng.int(0, 5) === 0) this.#eyes.eye = randomEye(prng);
    const now = this.#eyes.view;
    const then = this.#then;
    const baseTick = then ? this.#view.tick : 0;
    this.store.writeDelta(out.reset(), baseTick, then ?? now, now);
    this.#view.apply(this.tick, baseTick, out.view());
    this.#then = now;
    assertShown(asSent(this.#shape, this.store.state), this.#eyes, this.#view.state);
  }
}

/** Throws when a copy is not what it is a copy of; as it may be when it follows one that was not at its own tick. */
function simulate(seed: number, anyTick = false): void {
  const prng = new Prng(seed);
  const shape = randomShape(prng);
  const copies = Array.from({ length: 3 }, () => new Copy(shape, prng.pick(KEYS)));
  let room = copies[0]!;
  for (let step = 0; step < STEPS; step++) {
    mutate(prng, shape, room.store.state);
    const tick = room.store.seal();
    room.ticks.add(tick);
    for (const [i, old] of copies.entries()) {
      if (old === room || prng.int(0, 3) > 0) continue;
      // A room that was a copy then, and at another tick, has to be copied whole.
      const copy = anyTick || room.ticks.has(old.tick) ? old : new Copy(shape, prng.pick(KEYS));
      copies[i] = copy;
      const others = copies.filter(
        ({ tick, ticks }) => tick > 0 && tick >= copy.tick && ticks.has(copy.tick),
      );
      copy.follow(prng.int(0, 2) === 0 ? prng.pick(others) : room);
    }
    for (const copy of copies) if (copy.tick > 0 && prng.int(0, 2) === 0) copy.tell(prng);
    const oldest = Math.min(...copies.map((copy) => copy.baseTick));
    for (const { store } of copies) store.forget(oldest);
    // A copy takes over, and the room starts again with nothing.
    const heir = copies.find((copy) => copy !== room && copy.tick === tick);
    if (heir && prng.int(0, 9) === 0) {
      copies[copies.indexOf(room)] = new Copy(shape, prng.pick(KEYS));
      room = heir;
    }
  }
}

describe("state as it is stored", () => {
  it(`${RUNS} states of any shape: copies are what the room is, go on as it would, and tell their clients so`, () => {
    forEachSeed(RUNS, (seed) => simulate(seed));
  });

  it("damaged bytes are refused with an InputError, or are a state like any other", () => {
    forEachSeed(DAMAGED_RUNS, (seed) => {
      const prng = new Prng(seed);
      const shape = randomShape(prng);
      const room = new Copy(shape, "a");
      const copy = new Copy(shape, "a");
      for (let tick = 0; tick < 6; tick++) {
        for (let i = 0; i < 5; i++) mutate(prng, shape, room.store.state);
        room.store.seal();
        const bytes = room.stored(copy.tick);
        if (tick > 2) bytes[prng.int(0, bytes.length - 1)] = prng.int(0, 255);
        try {
          copy.store.readStored(new ByteReader(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          return;
        }
        new Copy(shape, "a").follow(copy);
        copy.tell(prng);
      }
    });
  });

  it("is caught when a copy follows another that was not at its own tick", () => {
    expect(() => forEachSeed(1_000, (seed) => simulate(seed, true))).toThrow(/^SEED=\d+ replays this: /);
  });
});
