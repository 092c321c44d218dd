import type { Candidate } from "./candidate.ts";
import type { QueueRules } from "./queue-rules.ts";
import { assignRoles } from "./role-assignment.ts";

/** Up to so many tickets the best split is found; above, a good one. */
export const EXACT_TICKETS_MAX = 14;
/** Swaps tried above that, each in time of the number of teams. */
const SWAP_WORK_MAX = 1_000_000;
/** What one player more or less than the other team, a missing role or an unlike largest party weighs in a swap. */
const UNEVEN = 1e9;
const FORBIDDEN = 1e12;
/** Of the players of a queue without roles; never written to. */
const NO_ROLES: string[] = [];

export interface Split {
  /** Team of each ticket, in the order they came. */
  readonly teamOf: readonly number[];
  /** Role of each player, per ticket; empty: the queue has none. */
  readonly roles: readonly string[][];
  /** Largest less smallest mean of a team. */
  readonly apart: number;
}

/** What is asked of teams: how many there are, how many players each has, and how alike their parties are. */
export interface TeamShape {
  readonly count: number;
  readonly least: number;
  readonly most: number;
  /** All teams have a largest party of the same size. */
  readonly mirror: boolean;
}

/** Splits tickets into teams whose sizes, and then whose mean skills, differ least. Undefined: there is no such split. */
export function splitTeams(
  rules: QueueRules,
  tickets: readonly Candidate[],
  shape: TeamShape,
): Split | undefined {
  const teamOf =
    shape.count === 1
      ? tickets.map(() => 0)
      : tickets.length <= EXACT_TICKETS_MAX
        ? (shape.count === 2 ? bestOfTwo : bestSplit)(rules, tickets, shape)
        : goodSplit(rules, tickets, shape);
  if (!teamOf) return undefined;
  const players = new Array<number>(shape.count).fill(0);
  const skill = new Array<number>(shape.count).fill(0);
  for (let i = 0; i < tickets.length; i++) {
    const ticket = tickets[i]!;
    players[teamOf[i]!]! += ticket.players;
    skill[teamOf[i]!]! += ticket.skill * ticket.players;
  }
  for (const each of players) if (each < shape.least || each > shape.most) return undefined;
  const roles = rolesOfTeams(rules, tickets, teamOf, shape.count);
  return roles && { teamOf, roles, apart: apartOf(players, skill) };
}

/** How far apart teams are: by their numbers of players before all, then by their means. */
function differenceOf(players: readonly number[], skill: readonly number[], isEven: boolean): number {
  return (isEven ? 0 : unevenOf(players) * UNEVEN) + apartOf(players, skill);
}

/** Difference of the means of teams with players. */
function apartOf(players: readonly number[], skill: readonly number[]): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let team = 0; team < players.length; team++) {
    if (players[team] === 0) continue;
    const mean = skill[team]! / players[team]!;
    if (mean < low) low = mean;
    if (mean > high) high = mean;
  }
  return high > low ? high - low : 0;
}

/** Difference of the numbers of players. */
function unevenOf(players: readonly number[]): number {
  let low = players[0]!;
  let high = low;
  for (const count of players) {
    if (count < low) low = count;
    if (count > high) high = count;
  }
  return high - low;
}

/** Players and weighted skill of each set of tickets: bit n is the ticket at place n + 1. */
const SET_PLAYERS = new Int32Array(1 << (EXACT_TICKETS_MAX - 1));
const SET_SKILL = new Float64Array(1 << (EXACT_TICKETS_MAX - 1));

/** Goes through all sets of tickets that may be the second team; the first ticket is in the first, as teams are alike. */
function bestOfTwo(
  rules: QueueRules,
  tickets: readonly Candidate[],
  { least, most, mirror }: TeamShape,
): number[] | undefined {
  let players = tickets[0]!.players;
  let skill = tickets[0]!.skill * players;
  let sets = 1;
  for (let i = 1; i < tickets.length; i++) {
    const ticket = tickets[i]!;
    const weight = ticket.skill * ticket.players;
    for (let set = 0; set < sets; set++) {
      SET_PLAYERS[sets + set] = SET_PLAYERS[set]! + ticket.players;
      SET_SKILL[sets + set] = SET_SKILL[set]! + weight;
    }
    sets *= 2;
    players += ticket.players;
    skill += weight;
  }
  const fewest = Math.max(least, players - most);
  const mostHere = Math.min(most, players - least);
  const teamsOf = (set: number) => tickets.map((_, i) => (i > 0 ? (set >> (i - 1)) & 1 : 0));
  const isFree = !mirror && rules.roles.length === 0;
  let best = -1;
  let bestValue = Number.POSITIVE_INFINITY;
  for (let set = sets - 1; set >= 0 && bestValue > 0; set--) {
    const here = SET_PLAYERS[set]!;
    if (here < fewest || here > mostHere) continue;
    const there = players - here;
    const apart = here > 0 ? Math.abs(SET_SKILL[set]! / here - (skill - SET_SKILL[set]!) / there) : 0;
    const value = least === most ? apart : Math.abs(there - here) * UNEVEN + apart;
    if (value >= bestValue) continue;
    if (!isFree) {
      const teamOf = teamsOf(set);
      if (mirror && !isMirror(tickets, teamOf, 2)) continue;
      if (!rolesOfTeams(rules, tickets, teamOf, 2)) continue;
    }
    best = set;
    bestValue = value;
  }
  return best < 0 ? undefined : teamsOf(best);
}

/** Goes through all splits into more teams. Teams are alike, so a ticket opens at most one of the empty ones. */
function bestSplit(
  rules: QueueRules,
  tickets: readonly Candidate[],
  { count, least, most, mirror }: TeamShape,
): number[] | undefined {
  // Large parties first: what does not fit is known early.
  const order: number[] = [];
  const sizes: number[] = [];
  const weights: number[] = [];
  let left = 0;
  for (let i = 0; i < tickets.length; i++) {
    const { players, skill } = tickets[i]!;
    let at = i;
    for (; at > 0 && sizes[at - 1]! < players; at--) {
      order[at] = order[at - 1]!;
      sizes[at] = sizes[at - 1]!;
      weights[at] = weights[at - 1]!;
    }
    order[at] = i;
    sizes[at] = players;
    weights[at] = skill * players;
    left += players;
  }
  const players: number[] = [];
  const skill: number[] = [];
  for (let team = 0; team < count; team++) {
    players.push(0);
    skill.push(0);
  }
  const isFree = !mirror && rules.roles.length === 0;
  const teamOf: number[] = sizes.map(() => 0);
  let best: number[] | undefined;
  let bestValue = Number.POSITIVE_INFINITY;
  const place = (at: number, opened: number): void => {
    if (at === order.length) {
      const value = differenceOf(players, skill, least === most);
      if (value >= bestValue) return;
      if (!isFree && mirror && !isMirror(tickets, teamOf, count)) return;
      if (!isFree && !rolesOfTeams(rules, tickets, teamOf, count)) return;
      bestValue = value;
      best = teamOf.slice();
      return;
    }
    const size = sizes[at]!;
    left -= size;
    const last = opened < count ? opened : count - 1;
    for (let team = 0; team <= last && bestValue > 0; team++) {
      if (players[team]! + size > most) continue;
      players[team]! += size;
      skill[team]! += weights[at]!;
      teamOf[order[at]!] = team;
      if (!isHopeless()) place(at + 1, team === opened ? opened + 1 : opened);
      players[team]! -= size;
      skill[team]! -= weights[at]!;
    }
    left += size;
  };
  /** Some team cannot be filled any more, or the full ones are already further apart than the best. */
  const isHopeless = (): boolean => {
    let missing = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let team = 0; team < count; team++) {
      if (players[team]! < least) missing += least - players[team]!;
      if (least !== most || players[team]! !== most) continue;
      const mean = skill[team]! / most;
      if (mean < low) low = mean;
      if (mean > high) high = mean;
    }
    return missing > left || high - low >= bestValue;
  };
  place(0, 0);
  return best;
}

/** Puts the largest parties, then the best, where most is missing; then swaps as long as that helps. */
function goodSplit(
  rules: QueueRules,
  tickets: readonly Candidate[],
  { count, least, most, mirror }: TeamShape,
): number[] | undefined {
  const order = tickets
    .map((_, i) => i)
    .sort((a, b) => tickets[b]!.players - tickets[a]!.players || tickets[b]!.skill - tickets[a]!.skill);
  const players = new Array<number>(count).fill(0);
  const skill = new Array<number>(count).fill(0);
  const put = (i: number, team: number, sign: 1 | -1) => {
    players[team]! += sign * tickets[i]!.players;
    skill[team]! += sign * tickets[i]!.skill * tickets[i]!.players;
  };
  const teamOf = new Array<number>(tickets.length).fill(0);
  for (const i of order) {
    let chosen = -1;
    for (let team = 0; team < count; team++) {
      if (players[team]! + tickets[i]!.players > most) continue;
      if (
        chosen < 0 ||
        players[team]! < players[chosen]! ||
        (players[team] === players[chosen] && skill[team]! < skill[chosen]!)
      )
        chosen = team;
    }
    if (chosen < 0) return undefined;
    teamOf[i] = chosen;
    put(i, chosen, 1);
  }
  const hasRoles = rules.roles.length > 0;
  const value = (): number => {
    let sum = differenceOf(players, skill, false);
    for (const each of players) sum += FORBIDDEN * Math.max(0, each - most, least - each);
    if (mirror && !isMirror(tickets, teamOf, count)) sum += FORBIDDEN;
    if (hasRoles)
      for (let team = 0; team < count; team++)
        if (!rolesOfTeam(rules, tickets, teamOf, team)) sum += FORBIDDEN;
    return sum;
  };
  const move = (i: number, team: number) => {
    put(i, teamOf[i]!, -1);
    put(i, team, 1);
    teamOf[i] = team;
  };
  let best = value();
  let tries = Math.max(1_000, SWAP_WORK_MAX / count);
  for (let before = Number.POSITIVE_INFINITY; best < before && best > 0 && tries > 0; ) {
    before = best;
    for (let a = 0; a < tickets.length && tries > 0; a++) {
      for (let b = a + 1; b < tickets.length; b++) {
        const [teamA, teamB] = [teamOf[a]!, teamOf[b]!];
        if (teamA === teamB || tries-- <= 0) continue;
        move(a, teamB);
        move(b, teamA);
        const now = value();
        if (now < best) best = now;
        else {
          move(a, teamA);
          move(b, teamB);
        }
      }
    }
  }
  return best < FORBIDDEN ? teamOf : undefined;
}

function isMirror(tickets: readonly Candidate[], teamOf: readonly number[], count: number): boolean {
  const largest = new Array<number>(count).fill(0);
  for (const [i, { players }] of tickets.entries())
    largest[teamOf[i]!] = Math.max(largest[teamOf[i]!]!, players);
  return largest.every((size) => size === largest[0]);
}

function rolesOfTeams(
  rules: QueueRules,
  tickets: readonly Candidate[],
  teamOf: readonly number[],
  count: number,
): string[][] | undefined {
  const roles = tickets.map(() => NO_ROLES);
  if (rules.roles.length === 0) return roles;
  for (let team = 0; team < count; team++) {
    const assigned = rolesOfTeam(rules, tickets, teamOf, team);
    if (!assigned) return undefined;
    let at = 0;
    for (const [i, ticket] of tickets.entries()) {
      if (teamOf[i] !== team) continue;
      roles[i] = assigned.slice(at, at + ticket.players).map((role) => rules.roles[role]!);
      at += ticket.players;
    }
  }
  return roles;
}

function rolesOfTeam(
  rules: QueueRules,
  tickets: readonly Candidate[],
  teamOf: readonly number[],
  team: number,
): number[] | undefined {
  const players: number[] = [];
  for (let i = 0; i < tickets.length; i++) if (teamOf[i] === team) players.push(...tickets[i]!.roles);
  return assignRoles(players, rules.roleMin, rules.roleMax, rules.config.teams.size - players.length);
}
