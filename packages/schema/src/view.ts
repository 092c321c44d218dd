import { EVERYONE, type GroupValue, type TableView, type Viewer, type Visibility } from "./visibility.ts";

/**
 * What one viewer sees of a state at one time: a view per table that is not for everyone. Never changes, so a reader
 * can keep the one it was told last. Views with the same key see the same.
 */
export interface View {
  readonly key: string;
  /** By table. */
  readonly tables: readonly TableView[];
}

/** The view of who sees everything. */
export function seesAll(tables: readonly Visibility[]): View {
  return { key: "", tables: tables.map(() => EVERYONE) };
}

const NO_GROUPS: Viewer["groups"] = Object.freeze({});

/** One player's (or spectator's) eyes on a state: says who looks, and answers what is seen now. */
export class ViewerEyes implements Viewer {
  readonly self: string | undefined;
  groups: Readonly<Record<string, GroupValue | readonly GroupValue[]>> = NO_GROUPS;
  eye: { readonly x: number; readonly y: number } | undefined;
  readonly #tables: readonly Visibility[];
  #view: View;

  /** `before` anything is looked at: {@link seesAll} of these tables, one for all eyes. */
  constructor(self: string | undefined, tables: readonly Visibility[], before: View) {
    this.self = self;
    this.#tables = tables;
    this.#view = before;
  }

  /** The view now, as of the last seal. The same object as long as nothing moved. */
  get view(): View {
    for (let i = 0; i < this.#tables.length; i++) {
      const before = this.#view.tables[i]!;
      const now = this.#tables[i]!.viewOf(this);
      if (now === before || now.key === before.key) continue;
      const tables = this.#view.tables.with(i, now);
      this.#view = { key: tables.map(({ key }) => key).join("|"), tables };
    }
    return this.#view;
  }
}
