/** Who sits in which team of a room, in numbers. A room without teams is one team of all its seats. */
export class Teams {
  /** Seats of each team. */
  readonly size: number;
  readonly #players: number[];
  readonly #bots: number[];

  constructor(count: number, size: number) {
    this.size = size;
    this.#players = Array.from({ length: count }, () => 0);
    this.#bots = Array.from({ length: count }, () => 0);
  }

  get count(): number {
    return this.#players.length;
  }
  /** Seats in all. */
  get seats(): number {
    return this.count * this.size;
  }
  get players(): number {
    return sum(this.#players);
  }
  get bots(): number {
    return sum(this.#bots);
  }

  sat(seat: { readonly team: number; readonly isBot: boolean }): void {
    (seat.isBot ? this.#bots : this.#players)[seat.team]! += 1;
  }

  went(seat: { readonly team: number; readonly isBot: boolean }): void {
    (seat.isBot ? this.#bots : this.#players)[seat.team]! -= 1;
  }

  clear(): void {
    this.#players.fill(0);
    this.#bots.fill(0);
  }

  botsOf(team: number): number {
    return this.#bots[team] ?? 0;
  }

  /** Seats of each team that no player has: bots give way. */
  free(): number[] {
    return this.#players.map((players) => this.size - players);
  }

  /** Whether no seat of a team is free of players and bots. */
  isFull(team: number): boolean {
    return this.#taken(team) >= this.size;
  }

  /** The team that needs a bot most: the one with the fewest seats taken, the first of equals; undefined: all are full. */
  smallest(): number | undefined {
    const team = leastAt(this.#players.map((_, i) => this.#taken(i)));
    return team === undefined || this.isFull(team) ? undefined : team;
  }

  /** The team that can do without a bot most; undefined: there are no bots. */
  largestWithBot(): number | undefined {
    return leastAt(this.#bots.map((bots, i) => (bots > 0 ? -this.#taken(i) : Number.POSITIVE_INFINITY)));
  }

  #taken(team: number): number {
    return this.#players[team]! + this.#bots[team]!;
  }
}

/** Where the least of the numbers is, the first of equals; undefined when all are infinite. */
export function leastAt(values: readonly number[]): number | undefined {
  const least = Math.min(...values);
  return least === Number.POSITIVE_INFINITY ? undefined : values.indexOf(least);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
