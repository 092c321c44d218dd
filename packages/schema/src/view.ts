import { EVERYONE, type GroupValue, type TableView, type Viewer } from "./visibility.ts";

/**
 * What one viewer sees of a state at one time: a view per table that is not for everyone. Never changes, so a reader
 * can keep the one it was told last. Views with the same key see the same.
 */
export interface View {
  readonly key: string;
  /** By table. */
  readonly tables: readonly TableView[];
}

/** What a state shows of its tables. */
export interface ViewSource {
  viewOf(viewer: Viewer): TableView;
}

/** One player's (or spectator's) eyes on a state: says who looks, and answers what is seen now. */
export class ViewerEyes implements Viewer {
  readonly self: string | undefined;
  groups: Readonly<Record<string, GroupValue | readonly GroupValue[]>> = {};
  eye: { readonly x: number; readonly y: number } | undefined;
  readonly #tables: readonly ViewSource[];
  #view: View;

  constructor(self: string | undefined, tables: readonly ViewSource[]) {
    this.self = self;
    this.#tables = tables;
    this.#view = { key: "", tables: tables.map(() => EVERYONE) };
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
