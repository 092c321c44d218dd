/** Areas that may stand empty before they are looked for. */
const EMPTY_AREAS_MAX = 1_024;

/**
 * Numbers for the owners, groups or cells of one table, from 0 and close together, so that arrays can be made by them.
 * An area that is not used any more gives its number to another, so views know their areas by value.
 */
export class Areas<Value> {
  readonly #area = new Map<Value, number>();
  /** By area; undefined: the number is free. */
  readonly #value: (Value | undefined)[] = [];
  /** The lowest last. */
  #free: number[] = [];
  #sizeMax = EMPTY_AREAS_MAX;
  #added: number[] = [];

  /** All numbers are below. */
  get end(): number {
    return this.#value.length;
  }
  /** Areas in the order they came; another list whenever some have gone. */
  get added(): readonly number[] {
    return this.#added;
  }
  /** More than half may be empty: call {@link keepOnly}. */
  get isCrowded(): boolean {
    return this.#area.size > this.#sizeMax;
  }

  of(value: Value): number {
    let area = this.#area.get(value);
    if (area === undefined) {
      area = this.#free.pop() ?? this.#value.length;
      this.#area.set(value, area);
      this.#value[area] = value;
      this.#added.push(area);
    }
    return area;
  }
  find(value: Value): number | undefined {
    return this.#area.get(value);
  }
  valueOf(area: number): Value | undefined {
    return this.#value[area];
  }

  /** Frees all numbers but those that are not 0 here. */
  keepOnly(isUsed: Uint8Array): void {
    this.#free = [];
    this.#added = [];
    for (let area = this.#value.length - 1; area >= 0; area--) {
      if (isUsed[area] !== 0) continue;
      const value = this.#value[area];
      if (value !== undefined) this.#area.delete(value);
      this.#value[area] = undefined;
      if (area === this.#value.length - 1) this.#value.length = area;
      else this.#free.push(area);
    }
    this.#sizeMax = 2 * this.#area.size + EMPTY_AREAS_MAX;
  }
}
