/** Players a room would have: for each team so many (without teams one number), all that there is space for, or none. */
export type PlayersWanted = readonly number[] | "all" | "none";

/** What a room asks the matchmakers for. */
export interface AskedPlayers {
  /** Counts the room's requests, from 1: an answer to an old one is refused. */
  readonly generation: number;
  /** Seats to fill in each team; one number when there are no teams. */
  readonly free: readonly number[];
}

/** A room's request for players of its queue: what its definition wants, as far as there are seats. */
export class PlayerRequest {
  #wanted: PlayersWanted = "all";
  #generation = 0;
  #free: readonly number[] = [];

  /** Undefined: nothing is asked for. */
  get asked(): AskedPlayers | undefined {
    return this.#free.length === 0 ? undefined : { generation: this.#generation, free: this.#free };
  }

  want(wanted: PlayersWanted): void {
    this.#wanted = wanted;
  }

  /** A player came who was asked for: one fewer is wanted there, unless all are. */
  sat(team: number): void {
    if (typeof this.#wanted === "string") return;
    this.#wanted = this.#wanted.map((count, i) => (i === team ? Math.max(0, count - 1) : count));
  }

  /** Takes what is free now; another request than before is a new generation. Answers whether it is. */
  look(free: readonly number[]): boolean {
    const wanted = this.#wanted;
    const asked =
      typeof wanted === "string"
        ? free.map((count) => (wanted === "all" ? count : 0))
        : free.map((count, team) => Math.min(count, wanted[team] ?? 0));
    const next = asked.some((count) => count > 0) ? asked : [];
    if (next.length === this.#free.length && next.every((count, team) => count === this.#free[team]))
      return false;
    this.#free = next;
    this.#generation++;
    return true;
  }
}
