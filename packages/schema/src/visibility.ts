import { Areas } from "./areas.ts";
import type { Column } from "./column.ts";

// Who sees a row. Every row is in one *area* of its table, a number; every viewer sees some areas. Each rule below
// says how rows fall into areas and which of them a viewer sees; the rest of the replication knows only areas.

/** Rows of a table are seen by everyone, or only by some; `Field` names a field of the row. */
export type TableVisibility<Field extends string = string> =
  | "everyone"
  /** The player whose id is the row's key. */
  | "self"
  /** The player whose id is in the field. */
  | { readonly self: Field }
  /** Players whose group of that name, as said by `room.setGroups`, is the field's value. */
  | { readonly group: Field }
  /**
   * Players whose eye is near: `x` and `y` name numeric fields, `cell` (above 0) is the side of a cell and `radius`
   * (from 0 to below 16 cells) how far one sees, in the same unit. One sees whole cells: all that are within `radius` of
   * one's own cell.
   */
  | {
      readonly grid: {
        readonly x: Field;
        readonly y: Field;
        readonly cell: number;
        readonly radius: number;
      };
    };

export type GroupValue = string | number | boolean;

/** For whom a view is made. */
export interface Viewer {
  /** Key of the rows that are the viewer's own; undefined: a viewer without rows, such as a spectator. */
  readonly self: string | undefined;
  /** Groups by name; one or several values each. Never changed, only replaced. */
  readonly groups: Readonly<Record<string, GroupValue | readonly GroupValue[]>>;
  /** Where the eye is; undefined: at the viewer's own row, if there is one. */
  readonly eye: { readonly x: number; readonly y: number } | undefined;
}

/** What one viewer sees of one table. Views with the same key are the same. */
export interface TableView {
  readonly key: string;
  sees(area: number): boolean;
  /** All areas seen that there are. */
  areas(): readonly number[];
}

/** One rule, for one table. */
export interface Visibility {
  readonly areas: Areas<unknown>;
  /** Area of the row in a slot, from 0. */
  areaOf(slot: number): number;
  viewOf(viewer: Viewer): TableView;
  /** Lets go of views that are kept for others to share; who has one may go on with it. */
  forgetViews?(): void;
}

/** What a rule has to know of its table. */
export interface VisibilityTable {
  readonly path: string;
  column(name: string): Column;
  keyOf(slot: number): string;
  slotOf(key: string): number | undefined;
}

/** No other view has its key. */
export const EVERYONE: TableView = { key: "", sees: () => true, areas: () => [0] };
const NOBODY: TableView = { key: "-", sees: () => false, areas: () => [] };

const everywhere = new Areas<string>();
const EVERYWHERE = everywhere.of("everywhere");
const NO_RULE: Visibility = { areas: everywhere, areaOf: () => EVERYWHERE, viewOf: () => EVERYONE };

export function visibilityOf(rule: TableVisibility, table: VisibilityTable): Visibility {
  if (rule === "everyone") return NO_RULE;
  if (rule === "self") return new OwnerVisibility(table.keyOf);
  if ("self" in rule) {
    const owner = table.column(rule.self);
    return new OwnerVisibility((slot) => owner.seen(slot) as string);
  }
  if ("group" in rule) return new GroupVisibility(table, rule.group);
  return new GridVisibility(table, rule.grid);
}

/** Sees the areas of some values. */
function viewOfValues<Value>(areas: Areas<Value>, values: ReadonlySet<Value>, key: string): TableView {
  if (values.size === 0) return NOBODY;
  let known: readonly number[] = [];
  let added: readonly number[] | undefined;
  let count = 0;
  return {
    key,
    sees: (area) => values.has(areas.valueOf(area) as Value),
    areas() {
      if (added !== areas.added || count !== added.length) {
        added = areas.added;
        count = added.length;
        known = [...values].flatMap((value) => areas.find(value) ?? []);
      }
      return known;
    },
  };
}

class OwnerVisibility implements Visibility {
  readonly areas = new Areas<string>();
  readonly #ownerOf: (slot: number) => string;
  readonly #views = new WeakMap<Viewer, TableView>();

  constructor(ownerOf: (slot: number) => string) {
    this.#ownerOf = ownerOf;
  }
  areaOf(slot: number): number {
    return this.areas.of(this.#ownerOf(slot));
  }
  viewOf(viewer: Viewer): TableView {
    const { self } = viewer;
    if (self === undefined) return NOBODY;
    let view = this.#views.get(viewer);
    if (!view) {
      view = viewOfValues(this.areas, new Set([self]), `=${self}`);
      this.#views.set(viewer, view);
    }
    return view;
  }
}

class GroupVisibility implements Visibility {
  readonly areas = new Areas<GroupValue>();
  readonly #name: string;
  readonly #column: Column;
  /** By what a viewer's groups are. */
  readonly #views = new WeakMap<Viewer["groups"], TableView>();

  constructor(table: VisibilityTable, field: string) {
    this.#name = field;
    this.#column = table.column(field);
  }
  areaOf(slot: number): number {
    return this.areas.of(this.#column.seen(slot) as GroupValue);
  }
  viewOf({ groups }: Viewer): TableView {
    let view = this.#views.get(groups);
    if (!view) {
      // A field may have the name of what every object has.
      const own = (Object.hasOwn(groups, this.#name) ? groups[this.#name] : undefined) ?? [];
      const values = new Set(Array.isArray(own) ? (own as readonly GroupValue[]) : [own as GroupValue]);
      // 1 and "1" are two groups.
      const key = [...values].map((value) => JSON.stringify(value)).sort();
      view = viewOfValues(this.areas, values, `=${key.join(",")}`);
      this.#views.set(groups, view);
    }
    return view;
  }
}

/** Cells are numbered −32,768 to 32,767 each way; what is further out is in the outermost ones. */
const CELL_MAX = 32_767;
class GridVisibility implements Visibility {
  /** By {@link cellKey}. */
  readonly areas = new Areas<number>();
  readonly #table: VisibilityTable;
  readonly #x: Column;
  readonly #y: Column;
  readonly #cell: number;
  readonly #reach: number;
  /** Per offset (dy + reach) × side + dx + reach: whether a cell that far off is in sight. */
  readonly #inSight: Uint8Array;
  /** By area: the cell's place. */
  readonly #cellX: number[] = [];
  readonly #cellY: number[] = [];
  readonly #views = new Map<number, TableView>();

  constructor(table: VisibilityTable, grid: { x: string; y: string; cell: number; radius: number }) {
    const { cell, radius } = grid;
    this.#table = table;
    this.#x = table.column(grid.x);
    this.#y = table.column(grid.y);
    this.#cell = cell;
    // Between the next cells but one there is one cell's width, and so on; neighbours touch.
    this.#reach = Math.floor(radius / cell) + 1;
    const side = 2 * this.#reach + 1;
    this.#inSight = new Uint8Array(side * side);
    const gap = (offset: number) => Math.max(0, Math.abs(offset) - 1) * cell;
    for (let i = 0; i < side * side; i++) {
      const dx = gap((i % side) - this.#reach);
      const dy = gap(Math.floor(i / side) - this.#reach);
      this.#inSight[i] = dx * dx + dy * dy <= radius * radius ? 1 : 0;
    }
  }

  areaOf(slot: number): number {
    const cx = this.#cellOf(this.#x.seen(slot) as number);
    const cy = this.#cellOf(this.#y.seen(slot) as number);
    const area = this.areas.of(cellKey(cx, cy));
    this.#cellX[area] = cx;
    this.#cellY[area] = cy;
    return area;
  }

  viewOf({ self, eye }: Viewer): TableView {
    let { x, y } = eye ?? {};
    if (x === undefined || y === undefined) {
      const own = self === undefined ? undefined : this.#table.slotOf(self);
      if (own === undefined) return NOBODY;
      x = this.#x.seen(own) as number;
      y = this.#y.seen(own) as number;
    }
    const [cx, cy] = [this.#cellOf(x), this.#cellOf(y)];
    const key = cellKey(cx, cy);
    let view = this.#views.get(key);
    if (!view) {
      view = this.#viewFrom(cx, cy);
      this.#views.set(key, view);
    }
    return view;
  }

  forgetViews(): void {
    this.#views.clear();
  }

  #viewFrom(cx: number, cy: number): TableView {
    const reach = this.#reach;
    const side = 2 * reach + 1;
    const sees = (area: number) => {
      const dx = this.#cellX[area]! - cx + reach;
      const dy = this.#cellY[area]! - cy + reach;
      return dx >= 0 && dx < side && dy >= 0 && dy < side && this.#inSight[dy * side + dx] === 1;
    };
    let known: number[] = [];
    let added: readonly number[] | undefined;
    let count = 0;
    return {
      key: `${cx},${cy}`,
      sees,
      areas: () => {
        if (added !== this.areas.added || added.length - count > side * side) {
          added = this.areas.added;
          known = this.#knownFrom(cx, cy, sees);
        } else for (; count < added.length; count++) if (sees(added[count]!)) known.push(added[count]!);
        count = added.length;
        return known;
      },
    };
  }

  /** Looks at all cells in sight or at all areas there are, whichever are fewer. */
  #knownFrom(cx: number, cy: number, sees: (area: number) => boolean): number[] {
    const reach = this.#reach;
    const side = 2 * reach + 1;
    const known: number[] = [];
    if (this.areas.end < side * side) {
      for (let area = 0; area < this.areas.end; area++)
        if (this.areas.valueOf(area) !== undefined && sees(area)) known.push(area);
      return known;
    }
    for (let i = 0; i < side * side; i++) {
      if (this.#inSight[i] === 0) continue;
      const [x, y] = [cx - reach + (i % side), cy - reach + Math.floor(i / side)];
      // Over the edge there is no cell, and its number is that of one at the other end of the world.
      if (clamped(x) !== x || clamped(y) !== y) continue;
      const area = this.areas.find(cellKey(x, y));
      if (area !== undefined) known.push(area);
    }
    return known;
  }

  #cellOf(place: number): number {
    return clamped(Math.floor(place / this.#cell));
  }
}

function clamped(cell: number): number {
  return Math.min(CELL_MAX, Math.max(-CELL_MAX - 1, cell));
}

function cellKey(cx: number, cy: number): number {
  return cx * 65_536 + cy;
}
