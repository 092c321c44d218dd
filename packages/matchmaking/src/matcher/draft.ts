import type { Candidate } from "./candidate.ts";
import { partiesFit, SUMS_SIZE_MAX, sumsFit } from "./party-packing.ts";
import { countBits, type QueueRules } from "./queue-rules.ts";
import { assignRoles } from "./role-assignment.ts";

const NOBODY: readonly number[] = [];

/**
 * A match in the making: tickets that may be together, and can still become a match of the wanted size. A queue has one,
 * which starts anew for each try. What is true of the first n members stands at place n, so taking one back is free.
 */
export class Draft {
  readonly rules: QueueRules;
  readonly members: Candidate[] = [];
  players = 0;
  /** Players of the finished match, and of each of its teams at the most. */
  #target = 0;
  #teamMost = 0;
  #nowMs = 0;
  readonly #mirrorUntilMs: number;
  /** Whether the sums of parties tell that they fit. */
  readonly #hasSums: boolean;
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #narrowest: Float64Array;
  readonly #oldestMs: Float64Array;
  readonly #largest: Uint16Array;
  /** Bit n: some of them are n players. */
  readonly #sums: Int32Array;
  readonly #shared: (readonly number[])[] = [NOBODY];
  readonly #regions: (readonly number[])[] = [NOBODY];

  constructor(rules: QueueRules) {
    const { teams, size, party } = rules.config;
    this.rules = rules;
    this.#mirrorUntilMs = teams.count > 1 ? party.mirrorUntilMs : 0;
    this.#hasSums = teams.count === 2 && teams.size <= SUMS_SIZE_MAX;
    const numbers = () => new Float64Array(size + 1);
    this.#low = numbers().fill(Number.POSITIVE_INFINITY);
    this.#high = numbers().fill(Number.NEGATIVE_INFINITY);
    this.#narrowest = numbers().fill(Number.POSITIVE_INFINITY);
    this.#oldestMs = numbers().fill(Number.POSITIVE_INFINITY);
    this.#largest = new Uint16Array(size + 1);
    this.#sums = new Int32Array(size + 1).fill(1);
  }

  start(target: number, teamMost: number, regions: readonly number[], nowMs: number): void {
    this.members.length = 0;
    this.players = 0;
    this.#target = target;
    this.#teamMost = teamMost;
    this.#regions[0] = regions;
    this.#nowMs = nowMs;
  }

  get isFull(): boolean {
    return this.players === this.#target;
  }

  /** Regions with space that all reach; without a latency rule, none. */
  get regions(): readonly number[] {
    return this.rules.config.latency ? this.#regions[this.members.length]! : NOBODY;
  }

  /** When the oldest was posted. */
  get oldestMs(): number {
    return this.#oldestMs[this.members.length]!;
  }

  get spread(): number {
    return this.#high[this.members.length]! - this.#low[this.members.length]!;
  }

  /** Adds it when no rule is against it. */
  add(candidate: Candidate): boolean {
    const { rules, members } = this;
    const { config } = rules;
    const at = members.length;
    const players = this.players + candidate.players;
    if (players > this.#target || candidate.players > this.#teamMost) return false;
    const { skill, window } = candidate;
    const low = Math.min(skill, this.#low[at]!);
    const high = Math.max(skill, this.#high[at]!);
    const narrowest = Math.min(window, this.#narrowest[at]!);
    // Whatever the rule for two windows is: it is met when both are wide enough.
    if (high - low > (rules.ageRule === "max" ? window : narrowest) && !this.#fitsAll(candidate))
      return false;
    if (config.share.length > 0) {
      const before = this.#shared[at]!;
      const shared = candidate.shared.map((bits, i) => bits & (before[i] ?? bits));
      for (let i = 0; i < shared.length; i++) if (countBits(shared[i]!) < config.share[i]!.min) return false;
      this.#shared[at + 1] = shared;
    }
    if (config.latency) {
      const regions = this.#regions[at]!.filter((region) => candidate.reaches(region));
      if (regions.length === 0) return false;
      this.#regions[at + 1] = regions;
    }
    const largest = Math.max(this.#largest[at]!, candidate.players);
    const sums = this.#sums[at]! | (this.#sums[at]! << candidate.players);
    const { count } = config.teams;
    if (count > 1 && (largest > 1 || this.#teamMost === 1)) {
      const fit = this.#hasSums
        ? sumsFit(sums, players, this.#teamMost)
        : partiesFit(this.#sizesWith(candidate), count, this.#teamMost);
      if (!fit) return false;
    }
    const oldestMs = Math.min(this.#oldestMs[at]!, candidate.postedAtMs);
    if (largest > 1 && this.#nowMs - oldestMs < this.#mirrorUntilMs) {
      let alike = candidate.players === largest ? 1 : 0;
      for (const member of members) if (member.players === largest) alike++;
      if (Math.max(0, count - alike) * largest > this.#target - players) return false;
    }
    if (rules.roles.length > 0 && !this.#rolesFit(candidate)) return false;

    members.push(candidate);
    this.players = players;
    this.#low[at + 1] = low;
    this.#high[at + 1] = high;
    this.#narrowest[at + 1] = narrowest;
    this.#oldestMs[at + 1] = oldestMs;
    this.#largest[at + 1] = largest;
    this.#sums[at + 1] = sums;
    return true;
  }

  /** Takes the last one out again. */
  drop(): void {
    this.players -= this.members.pop()!.players;
  }

  #fitsAll({ skill, window }: Candidate): boolean {
    for (const member of this.members)
      if (!this.rules.withinWindows(Math.abs(member.skill - skill), member.window, window)) return false;
    return true;
  }

  #sizesWith(candidate: Candidate): number[] {
    const sizes = this.members.map(({ players }) => players);
    sizes.push(candidate.players);
    return sizes;
  }

  /** All teams together: necessary, and cheap; the split decides. */
  #rolesFit(candidate: Candidate): boolean {
    const { count, size } = this.rules.config.teams;
    const players: number[] = [];
    for (const member of this.members) players.push(...member.roles);
    players.push(...candidate.roles);
    const times = (numbers: readonly number[]) => numbers.map((number) => number * count);
    const { roleMin, roleMax } = this.rules;
    return assignRoles(players, times(roleMin), times(roleMax), count * size - players.length) !== undefined;
  }
}
