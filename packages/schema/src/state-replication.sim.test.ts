import { ByteReader, ByteWriter, Prng } from "@warren/kernel";
import { forEachSeed, seeds } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import {
  type GroupValue,
  StateStore,
  StateView,
  type Table,
  type TableVisibility,
  type Type,
  t,
  type View,
  type ViewerEyes,
} from "./index.ts";
import type { StateFields } from "./state-type.ts";

// One store, several readers with eyes of their own. At every tick a reader applied, its view has to be what it may
// see of the store, by rules written down here a second time.

const RUNS = 10_000;
const STEPS = 50;
const KEYS = ["a", "b", "c", "d", "e", "f"];
const TEAMS = ["red", "blue", "none"] as const;
const WORLD = 100;

interface Kind {
  readonly type: Type<unknown>;
  readonly random: (prng: Prng) => unknown;
}

function randomKind(prng: Prng, depth = 0): Kind {
  const whole = (type: Type<number>, min: number, max: number): Kind => ({
    type: type as Type<unknown>,
    random: (p) => p.int(min, max),
  });
  switch (prng.int(0, depth > 1 ? 12 : 16)) {
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
      const [min, max] = [prng.int(-500, 0), prng.int(1, 500)];
      const precision = prng.pick([0.001, 0.1, 0.3, 1, 7]);
      return {
        type: t.quantised(min, max, precision) as Type<unknown>,
        random: (p) => min + p.float() * (max - min),
      };
    }
    case 9:
      return {
        type: t.angle(prng.pick([8, 16])) as Type<unknown>,
        random: (p) => p.float() * 40 - 20,
      };
    case 10:
      return whole(t.varuint(), 0, 2 ** 50);
    case 11:
      return whole(t.varint(), -(2 ** 50), 2 ** 50);
    case 12:
      return {
        type: t.bytes(4) as Type<unknown>,
        random: (p) => Uint8Array.from({ length: p.int(0, 4) }, () => p.int(0, 255)),
      };
    case 13: {
      const { type, random } = randomKind(prng, depth + 1);
      return {
        type: t.array(type, 3) as Type<unknown>,
        random: (p) => Array.from({ length: p.int(0, 3) }, () => random(p)),
      };
    }
    case 14: {
      const { type, random } = randomKind(prng, depth + 1);
      return {
        type: t.fixedArray(type, 2) as Type<unknown>,
        random: (p) => [random(p), random(p)],
      };
    }
    case 15: {
      const { type, random } = randomKind(prng, depth + 1);
      return {
        type: t.optional(type) as Type<unknown>,
        random: (p) => (p.int(0, 1) === 0 ? undefined : random(p)),
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
interface TableShape {
  readonly kinds: Kinds;
  readonly view: TableVisibility;
}
interface Shape {
  readonly values: Kinds;
  readonly tables: Readonly<Record<string, TableShape>>;
  readonly fields: StateFields;
}

const place = (prng: Prng): Kind => ({
  type: prng.pick([t.i16(), t.f32(), t.quantised(-10, WORLD + 10, 0.5)]) as Type<unknown>,
  random: (p) => ((prng.int(0, 1) === 0 ? p.int(0, WORLD) : p.int(0, WORLD * 2) / 2) % WORLD) | 0,
});

function randomTable(prng: Prng): TableShape {
  const kinds = randomKinds(prng, 10);
  switch (prng.int(0, 4)) {
    case 0:
      return { kinds, view: "self" };
    case 1: {
      const owner: Kind = { type: t.string(4) as Type<unknown>, random: (p) => p.pick(KEYS) };
      return { kinds: { ...kinds, owner }, view: { self: "owner" } };
    }
    case 2: {
      const team: Kind = { type: t.enum(...TEAMS) as Type<unknown>, random: (p) => p.pick(TEAMS) };
      return { kinds: { ...kinds, team }, view: { group: "team" } };
    }
    case 3: {
      const grid = { x: "x", y: "y", cell: prng.int(5, 40), radius: prng.int(0, 50) };
      return { kinds: { ...kinds, x: place(prng), y: place(prng) }, view: { grid } };
    }
    default:
      return { kinds, view: "everyone" };
  }
}

function randomShape(prng: Prng): Shape {
  const values = prng.int(0, 4) === 0 ? {} : randomKinds(prng, 12);
  const tables = Object.fromEntries(
    Array.from({ length: prng.int(0, 2) }, (_, i) => [`t${i}`, randomTable(prng)]),
  );
  const rows = Object.entries(tables).map(([name, { kinds, view }]) => [
    name,
    t.table(t.struct(typesOf(kinds)), { view }),
  ]);
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
    const { kinds } = shape.tables[name]!;
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

const out = new ByteWriter();
/** A value as it is after the wire. */
function sent({ type }: Kind, value: unknown): unknown {
  type.write(out.reset(), value);
  return type.read(new ByteReader(out.view()));
}

/** Whether a viewer may see a row. */
function mayBeSeen(
  { kinds, view }: TableShape,
  key: string,
  row: Row,
  table: Table<Row>,
  eyes: ViewerEyes,
): boolean {
  if (view === "everyone") return true;
  if (view === "self") return key === eyes.self;
  if ("self" in view) return row[view.self] === eyes.self;
  if ("group" in view) {
    const own = eyes.groups[view.group];
    return Array.isArray(own) ? own.includes(row[view.group]) : own !== undefined && own === row[view.group];
  }
  const { cell, radius } = view.grid;
  const at = (r: Row): [number, number] => [
    sent(kinds["x"]!, r["x"]) as number,
    sent(kinds["y"]!, r["y"]) as number,
  ];
  const own = eyes.self === undefined ? undefined : table.get(eyes.self);
  const eye = eyes.eye ? [eyes.eye.x, eyes.eye.y] : own && at(own);
  if (!eye) return false;
  const apart = (i: 0 | 1) => {
    const cells = Math.abs(Math.floor(eye[i]! / cell) - Math.floor(at(row)[i] / cell));
    return Math.max(0, cells - 1) * cell;
  };
  return Math.hypot(apart(0), apart(1)) <= radius;
}

/** All there is to see, tables by key. Numbers are compared as numbers, so -0 is 0. */
function picture(shape: Shape, values: Row, tables: Record<string, Iterable<[string, Row]>>): string {
  const text = (value: unknown) => (value instanceof Uint8Array ? [...value] : value);
  return JSON.stringify([
    Object.keys(shape.values).map((name) => text(values[name])),
    Object.entries(shape.tables).map(([name, { kinds }]) =>
      [...tables[name]!]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, row]) => [key, ...Object.keys(kinds).map((field) => text(row[field]))]),
    ),
  ]);
}

function whatIsSeen(shape: Shape, state: Row, eyes: ViewerEyes): string {
  const values = Object.fromEntries(
    Object.entries(shape.values).map(([name, kind]) => [name, sent(kind, state[name])]),
  );
  const tables = Object.fromEntries(
    Object.entries(shape.tables).map(([name, tableShape]) => {
      const table = state[name] as Table<Row>;
      const rows = [...table].filter(([key, row]) => mayBeSeen(tableShape, key, row, table, eyes));
      const asSent = (row: Row) =>
        Object.fromEntries(Object.entries(tableShape.kinds).map(([f, kind]) => [f, sent(kind, row[f])]));
      return [name, rows.map(([key, row]): [string, Row] => [key, asSent(row)])];
    }),
  );
  return picture(shape, values, tables);
}

function whatIsShown(shape: Shape, state: Row): string {
  return picture(shape, state, state as Record<string, Iterable<[string, Row]>>);
}

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
  if (prng.int(0, 5) === 0) eyes.eye = { x: prng.int(0, WORLD), y: prng.int(0, WORLD) };
  if (prng.int(0, 9) === 0) {
    const teams: readonly GroupValue[] = TEAMS.filter(() => prng.int(0, 1) === 0);
    eyes.groups = { team: prng.int(0, 1) === 0 ? prng.pick(TEAMS) : teams };
  }
}

/** Throws when a reader saw something else than it may see. */
function simulate(seed: number, fault?: Fault): void {
  const prng = new Prng(seed);
  const shape = randomShape(prng);
  const type = t.state(shape.fields);
  const store = new StateStore(type);
  const state = store.state as Row;
  const fresh = () => new StateView(JSON.parse(JSON.stringify(type.json)) as typeof type.json);
  const readers: Reader[] = Array.from({ length: prng.int(2, 4) }, () => ({
    eyes: store.eyesOf(prng.int(0, 4) === 0 ? undefined : prng.pick(KEYS)),
    view: fresh(),
    told: undefined,
    pace: prng.int(1, 6),
  }));
  const payload = new ByteWriter();
  for (let step = 0; step < STEPS; step++) {
    mutate(prng, shape, state);
    for (const { eyes } of readers) moveEyes(prng, eyes);
    const tick = store.seal();
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
      const shown = whatIsShown(shape, reader.view.state);
      const seen = whatIsSeen(shape, state, reader.eyes);
      if (shown !== seen) throw new Error(`at tick ${tick} from ${base?.tick}: shown ${shown}, is ${seen}`);
    }
    const oldest = Math.min(tick, ...readers.flatMap(({ told }) => told?.tick ?? []));
    store.forget(fault === "tombstones" ? tick : oldest);
  }
}

describe("state replication", () => {
  it(`${RUNS} rooms of any shape: every reader sees what it may see, as it was at the tick it shows`, () => {
    forEachSeed(RUNS, (seed) => simulate(seed));
  });

  it.each<Fault>(["tombstones", "leaving a view", "rebuilding after a skip"])(
    "is caught without %s",
    (fault) => {
      const caught = [...seeds(1_000)].filter((seed) => {
        try {
          simulate(seed, fault);
          return false;
        } catch {
          return true;
        }
      });
      expect(caught.length).toBeGreaterThan(0);
      expect(() => forEachSeed(1_000, (seed) => simulate(seed, fault))).toThrow(/^SEED=\d+ replays this: /);
    },
  );
});
