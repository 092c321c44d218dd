/**
 * Gives each player one of the roles it would play (bits), at most `max` players a role, and covers as much of `min` as
 * can be: what is missing has to fit into the `free` seats that stay. Undefined: it cannot be done.
 *
 * Augmenting paths, first into the seats that are needed, then into all. A path never empties a seat that was filled, so
 * what is covered stays covered.
 */
export function assignRoles(
  players: readonly number[],
  min: readonly number[],
  max: readonly number[],
  free: number,
): number[] | undefined {
  const roleOf = new Array<number>(players.length).fill(-1);
  const count = new Array<number>(max.length).fill(0);
  let visited = 0;
  const seat = (player: number, limit: readonly number[]): boolean => {
    const wishes = players[player]!;
    for (let role = 0; role < max.length; role++) {
      const bit = 1 << role;
      if (!(wishes & bit) || visited & bit) continue;
      visited |= bit;
      if (count[role]! < limit[role]!) {
        count[role]!++;
        roleOf[player] = role;
        return true;
      }
      for (let other = 0; other < players.length; other++) {
        if (roleOf[other] !== role || !seat(other, limit)) continue;
        roleOf[player] = role;
        return true;
      }
    }
    return false;
  };
  for (const limit of [min, max])
    for (let player = 0; player < players.length; player++) {
      if (roleOf[player]! >= 0) continue;
      visited = 0;
      if (!seat(player, limit) && limit === max) return undefined;
    }
  let missing = 0;
  for (let role = 0; role < min.length; role++) missing += Math.max(0, min[role]! - count[role]!);
  return missing <= free ? roleOf : undefined;
}
