/** Tries before it is taken that parties do not fit. */
const TRIES_MAX = 2_000;

/** Players of a team at the most for whose sums there are enough bits in a number. */
export const SUMS_SIZE_MAX = 30;

/** Whether parties of these sizes fit into `count` teams of `size` players; what stays free, single players take. */
export function partiesFit(parties: readonly number[], count: number, size: number): boolean {
  let players = 0;
  let largest = 0;
  for (const party of parties) {
    players += party;
    if (party > largest) largest = party;
  }
  if (players > count * size || largest > size) return false;
  if (largest <= 1 || count === 1) return true;
  if (count === 2 && size <= SUMS_SIZE_MAX) {
    let sums = 1;
    for (const party of parties) sums |= sums << party;
    return sumsFit(sums, players, size);
  }
  const sorted = parties.filter((party) => party > 1).sort((a, b) => b - a);
  const free = new Array<number>(count).fill(size);
  let tries = 0;
  const place = (i: number): boolean => {
    const party = sorted[i];
    if (party === undefined) return true;
    const tried = new Set<number>();
    for (let team = 0; team < count; team++) {
      const seats = free[team]!;
      // Teams with as many free seats are the same.
      if (seats < party || tried.has(seats)) continue;
      if (++tries > TRIES_MAX) return false;
      tried.add(seats);
      free[team] = seats - party;
      if (place(i + 1)) return true;
      free[team] = seats;
    }
    return false;
  };
  return place(0);
}

/** The same for two teams. `sums`, bit n: some of the parties are n players; the other team has the rest. */
export function sumsFit(sums: number, players: number, size: number): boolean {
  const least = Math.max(0, players - size);
  return ((sums >>> least) & ((2 << (size - least)) - 1)) !== 0;
}
