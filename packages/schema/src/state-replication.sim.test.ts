import { ByteWriter, Prng } from "@warren/kernel";
import { forEachSeed, seeds } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { StateStore, StateView, type Type, t } from "./index.ts";
import type { StateFields, Table } from "./state-type.ts";

// One store, several readers. At every tick a reader applied, its view has to be the store as it was then.

const RUNS = 1_000;
const STEPS = 40;
const KEYS = ["a", "b", "c", "d", "e", "f"];

interface Kind {
  readonly type: Type<unknown>;
  readonly random: (prng: Prng) => unknown;
}

function randomKind(prng: Prng, depth = 0): Kind {
  const whole = (type: Type<number>, min: number, max: number): Kind => ({
    type: type as Type<unknown>,
    random: (p) => p.int(min, max),
  });
  switch (prng.int(0, depth > 1 ? 7 : 9)) {
    case 0:
      return { type: t.bool() as Type<unknown>, random: (p) => p.int(0, 1) === 1 };
    case 1:
      return whole(t.u8(), 0, 255);
    case 2:
      return whole(t.i16(), -32_768, 32_767);
    case 3:
      return whole(t.u32(), 0, 4_294_967_295);
    case 4:
      return { type: t.f32() as Type<unknown>, random: (p) => Math.fround(p.float() * 100 - 50) };
    case 5:
      return { type: t.f64() as Type<unknown>, random: (p) => p.float() };
    case 6:
      return { type: t.enum("x", "y", "z") as Type<unknown>, random: (p) => p.pick(["x", "y", "z"]) };
    case 7:
      return { type: t.string(12) as Type<unknown>, random: (p) => p.pick(["", "ü", "rabbit", "🐇"]) };
    case 8: {
      const { type, random } = randomKind(prng, depth + 1);
      return {
        type: t.array(type, 3) as Type<unknown>,
        random: (p) => Array.from({ length: p.int(0, 3) }, () => random(p)),
      };
    }
    default: {
      const kinds = randomKinds(prng, 3, depth + 1);
      return { type: t.struct(typesOf(kinds)) as Type<unknown>, random: (p) => randomOf(p, kinds) };
    }
  }
}

type Kinds = Readonly<Record<string, Kind>>;
const randomKinds = (prng: Prng, max: number, depth = 0): Kinds =>
  Object.fromEntries(Array.from({ length: prng.int(1, max) }, (_, i) => [`f${i}`, randomKind(prng, depth)]));
const typesOf = (kinds: Kinds) =>
  Object.fromEntries(Object.entries(kinds).map(([name, { type }]) => [name, type]));
const randomOf = (prng: Prng, kinds: Kinds) =>
  Object.fromEntries(Object.entries(kinds).map(([name, { random }]) => [name, random(prng)]));

type Row = Record<string, unknown>;
interface Shape {
  readonly values: Kinds;
  readonly tables: Readonly<Record<string, Kinds>>;
  readonly fields: StateFields;
}

function randomShape(prng: Prng): Shape {
  const values = prng.int(0, 4) === 0 ? {} : randomKinds(prng, 12);
  const tables = Object.fromEntries(
    Array.from({ length: prng.int(0, 2) }, (_, i) => [`t${i}`, randomKinds(prng, 10)]),
  );
  const rows = Object.entries(tables).map(([name, kinds]) => [name, t.table(t.struct(typesOf(kinds)))]);
  return { values, tables, fields: { ...typesOf(values), ...Object.fromEntries(rows) } };
}

/** A few random changes, as a handler would make them within one tick. */
function mutate(prng: Prng, shape: Shape, state: Record<string, unknown>): void {
  for (let left = prng.int(0, 6); left > 0; left--) {
    const tableNames = Object.keys(shape.tables);
    if (tableNames.length === 0 || prng.int(0, 2) === 0) {
      const names = Object.keys(shape.values);
      if (names.length === 0) continue;
      const name = prng.pick(names);
      state[name] = shape.values[name]!.random(prng);
      continue;
    }
    const name = prng.pick(tableNames);
    const kinds = shape.tables[name]!;
    const table = state[name] as Table<Row>;
    const key = prng.pick(KEYS);
    const row = table.get(key);
    if (!row) table.add(key, prng.int(0, 1) === 0 ? {} : randomOf(prng, kinds));
    else if (prng.int(0, 2) === 0) table.delete(key);
    else {
      const field = prng.pick(Object.keys(kinds));
      row[field] = kinds[field]!.random(prng);
    }
  }
}

/** All there is to see, in order. Numbers are compared as numbers, so -0 is 0. */
function picture(shape: Shape, state: Readonly<Record<string, unknown>>): string {
  const values = Object.keys(shape.values).map((name) => state[name]);
  const tables = Object.entries(shape.tables).map(([name, kinds]) =>
    [...(state[name] as Iterable<[string, Row]>)].map(([key, row]) => [
      key,
      ...Object.keys(kinds).map((field) => row[field]),
    ]),
  );
  return JSON.stringify([values, tables]);
}

interface Reader {
  view: StateView;
  /** One in so many ticks is read. */
  readonly pace: number;
}

/** Throws when a reader saw something else than the room. `forgetAhead` breaks the promise to the slow readers. */
function simulate(seed: number, forgetAhead = 0): void {
  const prng = new Prng(seed);
  const shape = randomShape(prng);
  const type = t.state(shape.fields);
  const store = new StateStore(type);
  const fresh = () => new StateView(JSON.parse(JSON.stringify(type.json)) as typeof type.json);
  const readers: Reader[] = Array.from({ length: prng.int(2, 4) }, () => ({
    view: fresh(),
    pace: prng.int(1, 6),
  }));
  const out = new ByteWriter();
  for (let step = 0; step < STEPS; step++) {
    mutate(prng, shape, store.state as Record<string, unknown>);
    const tick = store.seal();
    const now = picture(shape, store.state as Record<string, unknown>);
    for (const reader of readers) {
      // Comes back with nothing, or asks for everything though it has a state.
      if (prng.int(0, 19) === 0) reader.view = fresh();
      if (prng.int(0, reader.pace) > 0) continue;
      const baseTick = prng.int(0, 14) === 0 ? 0 : reader.view.tick;
      store.writeDelta(out.reset(), baseTick);
      reader.view.apply(tick, baseTick, out.view());
      const shown = picture(shape, reader.view.state);
      if (shown !== now) throw new Error(`at tick ${tick} from ${baseTick}: shown ${shown}, is ${now}`);
    }
    // A view at 0 has no rows to be told about.
    const ticks = readers.map(({ view }) => view.tick).filter((shownTick) => shownTick > 0);
    store.forget(Math.min(tick, ...ticks) + forgetAhead);
  }
}

describe("state replication", () => {
  it(`${RUNS} rooms of any shape: every reader sees the room as it was at the tick it shows`, () => {
    forEachSeed(RUNS, (seed) => simulate(seed));
  });

  it("a store that forgets deletions too early is caught", () => {
    const caught = [...seeds(100)].filter((seed) => {
      try {
        simulate(seed, 3);
        return false;
      } catch {
        return true;
      }
    });
    expect(caught.length).toBeGreaterThan(10);
    expect(() => forEachSeed(100, (seed) => simulate(seed, 3))).toThrow(/^SEED=\d+ replays this: at tick/);
  });
});
