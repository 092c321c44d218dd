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

export interface Split {
  /** Team of each ticket, in the order they came. */
  readonly teamOf: readonly number[];
  /** Role of each player, per ticket; empty: the queue has none. */
  readonly roles: readonly (readonly string[])[];
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
        ? bestSplit(rules, tickets, shape)
        : goodSplit(rules, tickets, shape);
  if (!teamOf) return undefined;
  const totals = new Totals(shape.count);
  for (const [i, ticket] of tickets.entries()) totals.add(teamOf[i]!, ticket);
  for (let team = 0; team < shape.count; team++)
    if (totals.players[team]! < shape.least || totals.players[team]! > shape.most) return undefined;
  const roles = rolesOfTeams(rules, tickets, teamOf, shape.count);
  return roles && { teamOf, roles, apart: totals.apart };
}

class Totals {
  readonly players: Int32Array;
  readonly skill: Float64Array;
  constructor(count: number) {
    this.players = new Int32Array(count);
    this.skill = new Float64Array(count);
  }
  add(team: number, { players, skill }: Candidate): void {
    this.players[team]! += players;
    this.skill[team]! += skill * players;
  }
  remove(team: number, { players, skill }: Candidate): void {
    this.players[team]! -= players;
    this.skill[team]! -= skill * players;
  }
  /** Difference of the means of teams with players. */
  get apart(): number {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let team = 0; team < this.players.length; team++) {
      if (this.players[team] === 0) continue;
      const mean = this.skill[team]! / this.players[team]!;
      if (mean < low) low = mean;
      if (mean > high) high = mean;
    }
    return high > low ? high - low : 0;
  }
  /** Difference of the numbers of players. */
  get uneven(): number {
    let low = this.players[0]!;
    let high = low;
    for (const players of this.players) {
      if (players < low) low = players;
      if (players > high) high = players;
    }
    return high - low;
  }
}

/** Goes through all splits. Teams are alike, so a ticket opens at most one of the empty ones. */
function bestSplit(
  rules: QueueRules,
  tickets: readonly Candidate[],
  { count, least, most, mirror }: TeamShape,
): number[] | undefined {
  // Large parties first: what does not fit is known early.
  const order = tickets.map((_, i) => i).sort((a, b) => tickets[b]!.players - tickets[a]!.players);
  const totals = new Totals(count);
  const { players, skill } = totals;
  const teamOf = new Array<number>(tickets.length).fill(0);
  let best: number[] | undefined;
  let bestValue = Number.POSITIVE_INFINITY;
  let left = 0;
  for (const ticket of tickets) left += ticket.players;
  const isAllowed = () =>
    (!mirror || isMirror(tickets, teamOf, count)) &&
    rolesOfTeams(rules, tickets, teamOf, count) !== undefined;
  const place = (at: number, opened: number): void => {
    if (at === order.length) {
      for (let team = 0; team < count; team++) if (players[team]! < least) return;
      const value = (least === most ? 0 : totals.uneven * UNEVEN) + totals.apart;
      if (value < bestValue && isAllowed()) {
        bestValue = value;
        best = teamOf.slice();
      }
      return;
    }
    const i = order[at]!;
    const ticket = tickets[i]!;
    const weight = ticket.skill * ticket.players;
    left -= ticket.players;
    const last = Math.min(opened, count - 1);
    for (let team = 0; team <= last && bestValue > 0; team++) {
      if (players[team]! + ticket.players > most) continue;
      players[team]! += ticket.players;
      skill[team]! += weight;
      teamOf[i] = team;
      if (!isHopeless()) place(at + 1, team === opened ? opened + 1 : opened);
      players[team]! -= ticket.players;
      skill[team]! -= weight;
    }
    left += ticket.players;
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
  const totals = new Totals(count);
  const teamOf = new Array<number>(tickets.length).fill(0);
  for (const i of order) {
    let chosen = -1;
    for (let team = 0; team < count; team++) {
      if (totals.players[team]! + tickets[i]!.players > most) continue;
      if (
        chosen < 0 ||
        totals.players[team]! < totals.players[chosen]! ||
        (totals.players[team] === totals.players[chosen] && totals.skill[team]! < totals.skill[chosen]!)
      )
        chosen = team;
    }
    if (chosen < 0) return undefined;
    teamOf[i] = chosen;
    totals.add(chosen, tickets[i]!);
  }
  const hasRoles = rules.roles.length > 0;
  const value = (): number => {
    let sum = totals.apart + totals.uneven * UNEVEN;
    for (const players of totals.players)
      if (players > most || players < least) sum += FORBIDDEN * Math.max(players - most, least - players);
    if (mirror && !isMirror(tickets, teamOf, count)) sum += FORBIDDEN;
    if (hasRoles)
      for (let team = 0; team < count; team++)
        if (!rolesOfTeam(rules, tickets, teamOf, team)) sum += FORBIDDEN;
    return sum;
  };
  const move = (i: number, team: number) => {
    totals.remove(teamOf[i]!, tickets[i]!);
    totals.add(team, tickets[i]!);
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
): (readonly string[])[] | undefined {
  const roles: (readonly string[])[] = tickets.map(() => []);
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
