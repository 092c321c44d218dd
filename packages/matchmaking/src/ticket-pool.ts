import type { QueueConfig } from "./queue-config.ts";
import type { Ticket } from "./ticket.ts";

/**
 * The tickets of one queue for one look of the matcher, in the order of age and of skill. Sorted once; taking a
 * ticket out is O(1), gathering a group O(its size).
 */
export class TicketPool {
  /** Oldest first, also those that were taken. */
  readonly byAge: readonly Ticket[];
  readonly #bySkill: readonly Ticket[];
  readonly #skillOf: (ticket: Ticket) => number;
  readonly #place: ReadonlyMap<Ticket, number>;
  /** A doubly linked list through `#bySkill` that leaves out who was taken; -1 and its length are the ends. */
  readonly #left: number[];
  readonly #right: number[];

  constructor(byAge: readonly Ticket[], skill: QueueConfig["skill"]) {
    this.byAge = byAge;
    this.#skillOf = (ticket) => (skill ? skillOf(ticket, skill.attribute) : 0);
    // Stable: equal skill stays in the order of age.
    this.#bySkill = skill ? [...byAge].sort((a, b) => this.#skillOf(a) - this.#skillOf(b)) : byAge;
    this.#place = new Map(this.#bySkill.map((ticket, place) => [ticket, place]));
    this.#left = this.#bySkill.map((_, place) => place - 1);
    this.#right = this.#bySkill.map((_, place) => place + 1);
  }

  take(ticket: Ticket): void {
    const place = this.#place.get(ticket)!;
    const left = this.#left[place]!;
    const right = this.#right[place]!;
    if (left >= 0) this.#right[left] = right;
    if (right < this.#left.length) this.#left[right] = left;
  }

  /** The seed and the nearest to it in skill, at most `size`, of whom no two differ by more than `window`. */
  gather(seed: Ticket, size: number, window: number): Ticket[] {
    const group = [seed];
    const center = this.#skillOf(seed);
    let [low, high] = [center, center];
    let left = this.#left[this.#place.get(seed)!]!;
    let right = this.#right[this.#place.get(seed)!]!;
    while (group.length < size) {
      const below = this.#bySkill[left];
      const above = this.#bySkill[right];
      const fitsBelow = below !== undefined && high - this.#skillOf(below) <= window;
      const fitsAbove = above !== undefined && this.#skillOf(above) - low <= window;
      if (fitsAbove && (!fitsBelow || this.#skillOf(above) - center <= center - this.#skillOf(below))) {
        group.push(above);
        high = this.#skillOf(above);
        right = this.#right[right]!;
      } else if (fitsBelow) {
        group.push(below);
        low = this.#skillOf(below);
        left = this.#left[left]!;
      } else break;
    }
    return group;
  }
}

function skillOf(ticket: Ticket, name: string): number {
  const values = ticket.players.map(({ attributes }) => attributes.find((each) => each.name === name)?.value);
  return (
    values.reduce<number>((sum, value) => sum + (typeof value === "number" ? value : 0), 0) / values.length
  );
}
