import { ByteWriter, InputError, Prng } from "@warren/kernel";
import { forEachSeed } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { StateStore, StateView, type View, type ViewerEyes } from "./index.ts";
import {
  asSent,
  assertShown,
  KEYS,
  mutate,
  randomEye,
  randomGroups,
  randomShape,
} from "./testing/random-state.ts";

// One store, several readers with eyes of their own. At every tick a reader applied, its view has to be what it may
// see of the store.

const RUNS = 10_000;
/** About 20 s on a core of its own. */
const RUNS_TIMEOUT_MS = 180_000;
const STEPS = 50;
const DAMAGED_RUNS = 3_000;
const LONG_STEPS = 4_000;

/** What may be left out of the engine, to see that it is missed. */
type Fault = "tombstones" | "leaving a view" | "rebuilding after a skip";

interface Reader {
  readonly eyes: ViewerEyes;
  view: StateView;
  /** Tick and view it was told last; undefined: nothing. */
  told: { tick: number; view: View } | undefined;
  /** One in so many ticks is read. */
  readonly pace: number;
}

function moveEyes(prng: Prng, eyes: ViewerEyes): void {
  if (prng.int(0, 5) === 0) eyes.eye = randomEye(prng);
  if (prng.int(0, 9) === 0) eyes.groups = randomGroups(prng);
}

interface Options {
  readonly fault?: Fault;
  readonly steps?: number;
  readonly keys?: readonly string[];
  readonly changesMax?: number;
}

/** Throws when a reader saw something else than it may see. */
function simulate(seed: number, { fault, steps = STEPS, keys = KEYS, changesMax = 6 }: Options = {}): void {
  const prng = new Prng(seed);
  const shape = randomShape(prng);
  const { json } = shape.type;
  const store = new StateStore(shape.type);
  const state = store.state as Record<string, unknown>;
  const fresh = () => new StateView(JSON.parse(JSON.stringify(json)) as typeof json);
  const readers: Reader[] = Array.from({ length: prng.int(2, 4) }, () => ({
    eyes: store.eyesOf(prng.int(0, 4) === 0 ? undefined : prng.pick(KEYS)),
    view: fresh(),
    told: undefined,
    pace: prng.int(1, 6),
  }));
  const payload = new ByteWriter();
  for (let step = 0; step < steps; step++) {
    mutate(prng, shape, state, keys, changesMax);
    for (const { eyes } of readers) moveEyes(prng, eyes);
    // Differences are known of some ticks only.
    const tick = store.seal(prng.int(0, 3) > 0);
    const sent = asSent(shape, state);
    for (const reader of readers) {
      // Comes back with nothing, or asks for everything though it has a state.
      if (prng.int(0, 19) === 0) {
        reader.view = fresh();
        reader.told = undefined;
      }
      const { view } = reader.eyes;
      if (prng.int(0, reader.pace) > 0) {
        if (fault === "rebuilding after a skip" && reader.told) reader.told = { tick, view };
        continue;
      }
      const base = prng.int(0, 14) === 0 ? undefined : reader.told;
      const then = fault === "leaving a view" || !base ? view : base.view;
      store.writeDelta(payload.reset(), base?.tick ?? 0, then, view);
      reader.view.apply(tick, base ? reader.view.tick : 0, payload.view());
      reader.told = { tick, view };
      assertShown(sent, reader.eyes, reader.view.state);
    }
    const oldest = Math.min(tick, ...readers.flatMap(({ told }) => told?.tick ?? []));
    store.forget(fault === "tombstones" ? tick : oldest);
  }
}

/** Applies states of which the last are damaged; throws on anything but an InputError. */
function damage(seed: number): void {
  const prng = new Prng(seed);
  const shape = randomShape(prng);
  const store = new StateStore(shape.type);
  const eyes = store.eyesOf("a");
  const view = new StateView(shape.type.json);
  const payload = new ByteWriter();
  let then: View | undefined;
  for (let step = 0; step < 6; step++) {
    for (let i = 0; i < 5; i++) mutate(prng, shape, store.state);
    moveEyes(prng, eyes);
    const tick = store.seal(prng.int(0, 3) > 0);
    const now = eyes.view;
    store.writeDelta(payload.reset(), view.tick, then ?? now, now);
    then = now;
    let bytes = payload.finish();
    if (step > 2) {
      for (let left = Math.min(2, bytes.length); left > 0; left--)
        bytes[prng.int(0, bytes.length - 1)] = prng.int(0, 255);
      if (prng.int(0, 5) === 0) bytes = bytes.subarray(0, prng.int(0, bytes.length));
    }
    try {
      view.apply(tick, view.tick, bytes);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return;
    }
  }
}

describe("state replication", () => {
  it("a damaged state is refused with an InputError, or is a state", () => {
    forEachSeed(DAMAGED_RUNS, damage);
  });

  it(
    `${RUNS} states of any shape: every reader sees what it may see, as it was at the tick it shows`,
    () => {
      forEachSeed(RUNS, (seed) => simulate(seed));
    },
    RUNS_TIMEOUT_MS,
  );

  it("a crowd is no other", () => {
    const keys = [...KEYS, ...Array.from({ length: 200 }, (_, i) => `one of many ${i}`)];
    forEachSeed(100, (seed) => simulate(seed, { keys, changesMax: 200 }));
  });

  it("a long life is no other: what is reused was let go of by everyone", () => {
    forEachSeed(30, (seed) => simulate(seed, { steps: LONG_STEPS }));
  });

  it.each<Fault>(["tombstones", "leaving a view", "rebuilding after a skip"])(
    "is caught without %s",
    (fault) => {
      expect(() => forEachSeed(1_000, (seed) => simulate(seed, { fault }))).toThrow(
        /^SEED=\d+ replays this: /,
      );
    },
  );
});
