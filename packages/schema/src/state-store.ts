import type { ByteWriter } from "@warren/kernel";
import { frozen } from "./frozen.ts";
import { isTable, type StateFields, type StateOf, type StateType } from "./state-type.ts";
import { TableStore } from "./table-store.ts";
import type { Type } from "./type.ts";

/**
 * The state of one room with the tick of last change per field. Readers hold a tick and nothing else:
 * a delta from any base tick is a pure read, so any number of them can go at their own pace.
 *
 * State payload: bit mask of changed values (one bit a value, ⌈n/8⌉ bytes, lowest bit first), the values,
 * then per table what {@link TableStore.writeDelta} says.
 */
export class StateStore<S extends StateType<StateFields>> {
  /** What the room's code reads and writes. */
  readonly state: StateOf<S>;
  /** Tick that changes are stamped with now; all before it are sealed. Ticks start at 1. */
  #tick = 1;
  readonly #names: string[] = [];
  readonly #types: Type<unknown>[] = [];
  readonly #values: unknown[] = [];
  readonly #changedAt: number[] = [];
  readonly #tables: TableStore[] = [];

  constructor(type: S) {
    const state: object = {};
    const now = () => this.#tick;
    for (const [name, field] of Object.entries(type.fields)) {
      if (isTable(field)) {
        const table = new TableStore(name, field.row, now);
        this.#tables.push(table);
        Object.defineProperty(state, name, { value: table, enumerable: true });
      } else {
        this.#defineValue(state, name, field as Type<unknown>);
      }
    }
    this.state = state as StateOf<S>;
  }

  #defineValue(state: object, name: string, type: Type<unknown>): void {
    const index = this.#values.length;
    this.#names.push(name);
    this.#types.push(type);
    this.#values.push(frozen(type.initial()));
    this.#changedAt.push(0);
    Object.defineProperty(state, name, {
      enumerable: true,
      get: () => this.#values[index],
      set: (value: unknown) => {
        if (value === this.#values[index]) return;
        this.#values[index] = frozen(type.check(value, `state.${name}`));
        this.#changedAt[index] = this.#tick;
      },
    });
  }

  get tick(): number {
    return this.#tick;
  }

  /** Closes the current tick and answers its number; later changes are of the next one. */
  seal(): number {
    return this.#tick++;
  }

  /** Forgets deletions that every reader has passed. */
  forget(oldestReaderTick: number): void {
    for (const table of this.#tables) table.forget(oldestReaderTick);
  }

  /** Writes all that changed after `baseTick`; 0: everything. */
  writeDelta(out: ByteWriter, baseTick: number): void {
    const count = this.#values.length;
    for (let first = 0; first < count; first += 8) {
      let mask = 0;
      for (let i = first; i < Math.min(first + 8, count); i++) {
        if (this.#changedAt[i]! > baseTick) mask |= 1 << (i - first);
      }
      out.u8(mask);
    }
    for (let i = 0; i < count; i++) {
      if (this.#changedAt[i]! > baseTick) this.#types[i]!.write(out, this.#values[i]);
    }
    for (const table of this.#tables) table.writeDelta(out, baseTick);
  }
}
