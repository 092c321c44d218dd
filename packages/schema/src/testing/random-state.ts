import { ByteReader, ByteWriter, type Prng } from "@warren/kernel";
import { type StateFields, type StateType, type TableVisibility, type Type, t } from "../index.ts";
import type { GroupValue, Viewer } from "../visibility.ts";

// States of any shape for simulations: what they are made of, how they change, and who may see what of them, by rules
// written down here a second time.

/** Keys of rows, and ids of who looks. */
export const KEYS = ["a", "b", "c", "d", "e", "ü".repeat(32)] as const;
const TEAMS = ["red", "blue", "none"] as const;
/** Places are within this far of 0. */
const WORLD = 100;

type Row = Record<string, unknown>;

/** What a room's code sees of a table of any shape. */
interface AnyTable extends Iterable<[string, Row]> {
  get(key: string): Row | undefined;
  add(key: string, fields?: Row): Row;
  delete(key: string): boolean;
}

interface Kind {
  readonly type: Type<unknown>;
  readonly random: (prng: Prng) => unknown;
}
type Kinds = Readonly<Record<string, Kind>>;

interface TableShape {
  readonly name: string;
  readonly kinds: Kinds;
  readonly view: TableVisibility;
}

export interface Shape {
  readonly values: Kinds;
  readonly tables: readonly TableShape[];
  readonly type: StateType<StateFields>;
}

// --- shapes ---

const kindOf = <T>(type: Type<T>, random: (prng: Prng) => T): Kind => ({
  type: type as Type<unknown>,
  random,
});
const whole = (type: Type<number>, min: number, max: number) => kindOf(type, (p) => p.int(min, max));

function randomKind(prng: Prng, depth: number): Kind {
  switch (prng.int(0, depth > 1 ? 12 : 16)) {
    case 0:
      return kindOf(t.bool(), (p) => p.int(0, 1) === 1);
    case 1:
      return whole(t.u8(), 0, 255);
    case 2:
      return whole(t.i16(), -32_768, 32_767);
    case 3:
      return whole(t.u32(), 0, 4_294_967_295);
    case 4:
      return kindOf(t.f32(), (p) => p.pick([-0, 1e-60, Math.fround(p.float()), p.float() * 100 - 50]));
    case 5:
      return kindOf(t.f64(), (p) => p.float());
    case 6:
      return kindOf(t.enum("x", "y", "z"), (p) => p.pick(["x", "y", "z"]));
    case 7:
      return kindOf(t.string(12), (p) => p.pick(["", "ü", "rabbit", "🐇"]));
    case 8: {
      const [min, max] = [prng.int(-500, 0) / 10, prng.int(1, 5_000) / 10];
      return kindOf(t.quantised(min, max, prng.pick([0.001, 0.008, 0.1, 0.3, 1, 7])), (p) =>
        p.pick([min, max, min + p.float() * (max - min)]),
      );
    }
    case 9:
      return kindOf(t.angle(prng.pick([8, 16])), (p) => p.pick([p.float() * 40 - 20, 1e300, -1e17]));
    case 10:
      return whole(t.varuint(), 0, 2 ** 50);
    case 11:
      return whole(t.varint(), -(2 ** 50), 2 ** 50);
    case 12:
      return kindOf(t.bytes(4), (p) => Uint8Array.from({ length: p.int(0, 4) }, () => p.int(0, 255)));
    case 13: {
      const { type, random } = randomKind(prng, depth + 1);
      return kindOf(t.array(type, 3), (p) => Array.from({ length: p.int(0, 3) }, () => random(p)));
    }
    case 14: {
      const { type, random } = randomKind(prng, depth + 1);
      return kindOf(t.fixedArray(type, 2), (p) => [random(p), random(p)]);
    }
    case 15: {
      const { type, random } = randomKind(prng, depth + 1);
      return kindOf(t.optional(type), (p) => (p.int(0, 1) === 0 ? undefined : random(p)));
    }
    default: {
      const kinds = randomKinds(prng, 3, depth + 1);
      return kindOf(t.struct(typesOf(kinds)), (p) => randomOf(p, kinds));
    }
  }
}

const randomKinds = (prng: Prng, max: number, depth = 0): Kinds =>
  Object.fromEntries(Array.from({ length: prng.int(1, max) }, (_, i) => [`f${i}`, randomKind(prng, depth)]));
const typesOf = (kinds: Kinds) =>
  Object.fromEntries(Object.entries(kinds).map(([name, { type }]) => [name, type]));
const randomOf = (prng: Prng, kinds: Kinds): Row =>
  Object.fromEntries(Object.entries(kinds).map(([name, { random }]) => [name, random(prng)]));

const place = (prng: Prng): Kind =>
  kindOf(prng.pick([t.i16(), t.f32(), t.quantised(-WORLD, WORLD, 0.5)]), (p) => {
    const near = prng.int(0, 1) === 0 ? WORLD / 2 : WORLD;
    return p.int(-near, near);
  });

function randomTable(prng: Prng, name: string): TableShape {
  const kinds = prng.int(0, 19) === 0 ? {} : randomKinds(prng, 10);
  switch (prng.int(0, 4)) {
    case 0:
      return { name, kinds, view: "self" };
    case 1: {
      const owner = kindOf(t.string(64), (p) => p.pick(KEYS) as string);
      return { name, kinds: { ...kinds, owner }, view: { self: "owner" } };
    }
    case 2: {
      const team = kindOf(t.enum(...TEAMS), (p) => p.pick(TEAMS));
      return { name, kinds: { ...kinds, team }, view: { group: "team" } };
    }
    case 3: {
      // Cells that are a fraction of the world, or so small that it has more than a grid can have.
      const cell = prng.int(0, 3) === 0 ? WORLD / 50_000 : prng.int(5, 40);
      const grid = { x: "x", y: "y", cell, radius: prng.float() * 4 * cell };
      return { name, kinds: { ...kinds, x: place(prng), y: place(prng) }, view: { grid } };
    }
    default:
      return { name, kinds, view: "everyone" };
  }
}

/** A state of some values and up to two tables. */
export function randomShape(prng: Prng): Shape {
  const values = prng.int(0, 4) === 0 ? {} : randomKinds(prng, 12);
  const tables = Array.from({ length: prng.int(0, 2) }, (_, i) => randomTable(prng, `t${i}`));
  const rows = tables.map(({ name, kinds, view }) => [name, t.table(t.struct(typesOf(kinds)), { view })]);
  return { values, tables, type: t.state({ ...typesOf(values), ...Object.fromEntries(rows) }) };
}

// --- changes ---

/** A few random changes (or up to `changesMax`), as a handler would make them within one tick, to rows of some keys. */
export function mutate(
  prng: Prng,
  { values, tables }: Shape,
  state: Row,
  keys: readonly string[] = KEYS,
  changesMax = 6,
): void {
  // As in most games, everything moves a little.
  if (changesMax > 0 && prng.int(0, 2) === 0)
    for (const { name, kinds } of tables) nudgeRows(prng, kinds, state[name] as AnyTable);
  for (let left = prng.int(0, changesMax); left > 0; left--) {
    if (tables.length === 0 || prng.int(0, 2) === 0) {
      const names = Object.keys(values);
      if (names.length === 0) continue;
      const name = prng.pick(names);
      state[name] = values[name]!.random(prng);
    } else {
      const { name, kinds } = prng.pick(tables);
      mutateRow(prng, kinds, state[name] as AnyTable, prng.pick(keys));
    }
  }
}

function mutateRow(prng: Prng, kinds: Kinds, table: AnyTable, key: string): void {
  const row = table.get(key);
  if (!row) table.add(key, prng.int(0, 1) === 0 ? {} : randomOf(prng, kinds));
  else if (prng.int(0, 3) === 0) {
    table.delete(key);
    // Comes back at once, mostly in its own place.
    if (prng.int(0, 3) === 0) table.add(key, randomOf(prng, kinds));
  } else if (Object.keys(kinds).length > 0) {
    const field = prng.pick(Object.keys(kinds));
    const before = row[field];
    row[field] = kinds[field]!.random(prng);
    if (prng.int(0, 3) === 0) row[field] = before;
  }
}

function nudgeRows(prng: Prng, kinds: Kinds, table: AnyTable): void {
  for (const field of Object.keys(kinds)) {
    if (prng.int(0, 2) === 0) continue;
    const reach = prng.pick([0.01, 1, 10]);
    for (const [, row] of table) {
      if (typeof row[field] !== "number") continue;
      const { type } = kinds[field] as Kind;
      const moved = row[field] + prng.int(-2, 2) * reach;
      try {
        row[field] = type.check(type.codes?.linear ? moved : Math.round(moved), field);
      } catch {
        // At the end of its range it stays where it is.
      }
    }
  }
}

export function randomEye(prng: Prng): { x: number; y: number } {
  const far = prng.pick([WORLD, 10 * WORLD]);
  return { x: prng.int(-far, far), y: prng.int(-far, far) };
}

export function randomGroups(prng: Prng): Record<string, GroupValue | readonly GroupValue[]> {
  const some = TEAMS.filter(() => prng.int(0, 1) === 0);
  return { team: prng.int(0, 1) === 0 ? prng.pick(TEAMS) : some };
}

// --- what is seen ---

interface SentRow {
  readonly key: string;
  /** As the room's code sees it. */
  readonly row: Row;
  /** As it is after the wire. */
  readonly sent: Row;
}
interface SentTable {
  readonly shape: TableShape;
  readonly rows: readonly SentRow[];
}
/** A state as it is after the wire, whoever sees it. */
export interface SentState {
  readonly values: Row;
  readonly tables: readonly SentTable[];
}

const out = new ByteWriter();
function sent(kinds: Kinds, values: Row): Row {
  const result: Row = {};
  for (const name in kinds) {
    const { type } = kinds[name]!;
    type.write(out.reset(), values[name]);
    result[name] = type.read(new ByteReader(out.view()));
  }
  return result;
}

export function asSent({ values, tables }: Shape, state: Row): SentState {
  return {
    values: sent(values, state),
    tables: tables.map((shape) => ({
      shape,
      rows: [...(state[shape.name] as AnyTable)].map(([key, row]) => ({
        key,
        row,
        sent: sent(shape.kinds, row),
      })),
    })),
  };
}

const CELL_MAX = 32_767;

/** Whether a viewer may see a row. */
function mayBeSeen({ shape, rows }: SentTable, { key, row, sent }: SentRow, viewer: Viewer): boolean {
  const { view } = shape;
  if (view === "everyone") return true;
  if (view === "self") return key === viewer.self;
  if ("self" in view) return row[view.self] === viewer.self;
  if ("group" in view) {
    const own = viewer.groups[view.group];
    return Array.isArray(own) ? own.includes(row[view.group]) : own !== undefined && own === row[view.group];
  }
  const { x, y, cell, radius } = view.grid;
  const own = rows.find((other) => other.key === viewer.self)?.sent;
  const eye = viewer.eye ?? (own && { x: own[x] as number, y: own[y] as number });
  if (!eye) return false;
  const cellOf = (at: number) => Math.min(CELL_MAX, Math.max(-CELL_MAX - 1, Math.floor(at / cell)));
  const apart = (a: number, b: unknown) => Math.max(0, Math.abs(cellOf(a) - cellOf(b as number)) - 1) * cell;
  return apart(eye.x, sent[x]) ** 2 + apart(eye.y, sent[y]) ** 2 <= radius ** 2;
}

/** Throws when what a viewer is shown is not what it may see, with nothing missing and nothing left behind. */
export function assertShown(state: SentState, viewer: Viewer, shown: Row): void {
  const { values, tables } = state;
  for (const name in values) {
    if (!same(values[name], shown[name])) differ(name, values[name], shown[name]);
  }
  for (const table of tables) {
    const { name } = table.shape;
    const left = new Map(shown[name] as ReadonlyMap<string, Row>);
    for (const row of table.rows) {
      if (!mayBeSeen(table, row, viewer)) continue;
      if (!same(row.sent, left.get(row.key))) differ(`${name}.${row.key}`, row.sent, left.get(row.key));
      left.delete(row.key);
    }
    if (left.size > 0)
      differ(`${name}.${[...left.keys()]}`, "not there, or not to be seen", [...left.values()]);
  }
}

function differ(where: string, is: unknown, shown: unknown): never {
  throw new Error(`${where} is ${JSON.stringify(is)}, shown as ${JSON.stringify(shown)}`);
}

/** Throws when two states are not the same to the last bit, with their rows in the same order. */
export function assertSameState({ values, tables }: Shape, a: Row, b: Row): void {
  for (const name in values) if (!same(a[name], b[name], Object.is)) differ(name, a[name], b[name]);
  for (const { name, kinds } of tables) {
    const cells = (state: Row) =>
      [...(state[name] as AnyTable)].map(([key, row]) => [key, ...Object.keys(kinds).map((f) => row[f])]);
    if (!same(cells(a), cells(b), Object.is)) differ(name, cells(a), cells(b));
  }
}

/** On the wire, and to its reader, −0 is 0. */
function same(a: unknown, b: unknown, isSame = (x: unknown, y: unknown) => x === y): boolean {
  if (isSame(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  if (Object.keys(b).length !== names.length) return false;
  for (const name of names) if (!same((a as Row)[name], (b as Row)[name], isSame)) return false;
  return true;
}
