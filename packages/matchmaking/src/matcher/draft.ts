import type { Candidate } from "./candidate.ts";
import { partiesFit } from "./party-packing.ts";
import { countBits, type QueueRules } from "./queue-rules.ts";
import { assignRoles } from "./role-assignment.ts";

/** A match in the making: tickets that may be together, and can still become a match of the wanted size. */
export class Draft {
  readonly rules: QueueRules;
  readonly members: Candidate[] = [];
  players = 0;
  /** Players of the finished match, and of each of its teams at the most. */
  readonly #target: number;
  readonly #teamMost: number;
  readonly #mirrorUntilMs: number;
  readonly #nowMs: number;
  /** What was true before each member came, to go back to. */
  readonly #before: {
    readonly low: number;
    readonly high: number;
    readonly narrowest: number;
    readonly shared: readonly number[];
    readonly regions: readonly number[];
    readonly postedAtMs: number;
  }[] = [];
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  #narrowest = Number.POSITIVE_INFINITY;
  #shared: readonly number[] = [];
  #regions: readonly number[];
  #sizes: number[] = [];
  #oldestMs = Number.POSITIVE_INFINITY;
  #largest = 0;

  constructor(
    rules: QueueRules,
    target: number,
    teamMost: number,
    regions: readonly number[],
    nowMs: number,
  ) {
    this.rules = rules;
    this.#target = target;
    this.#teamMost = teamMost;
    this.#regions = regions;
    this.#nowMs = nowMs;
    this.#mirrorUntilMs = rules.config.teams.count > 1 ? rules.config.party.mirrorUntilMs : 0;
  }

  get isFull(): boolean {
    return this.players === this.#target;
  }

  /** Regions with space that all reach; without a latency rule, none. */
  get regions(): readonly number[] {
    return this.#regions;
  }

  /** When the oldest was posted. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  get spread(): number {
    return this.#high - this.#low;
  }

  /** Adds it when no rule is against it. */
  add(candidate: Candidate): boolean {
    const { rules, members } = this;
    const { config } = rules;
    const players = this.players + candidate.players;
    if (players > this.#target || candidate.players > this.#teamMost) return false;
    const { skill, window } = candidate;
    const low = Math.min(skill, this.#low);
    const high = Math.max(skill, this.#high);
    const narrowest = Math.min(window, this.#narrowest);
    // Whatever the rule for two windows is: it is met when both are wide enough.
    const spread = high - low;
    if (spread > (rules.ageRule === "max" ? window : narrowest) && !this.#fitsAll(candidate)) return false;
    let shared = this.#shared;
    if (config.share.length > 0) {
      shared = candidate.shared.map((bits, i) => bits & (this.#shared[i] ?? bits));
      for (let i = 0; i < shared.length; i++) if (countBits(shared[i]!) < config.share[i]!.min) return false;
    }
    let regions = this.#regions;
    if (config.latency) {
      regions = regions.filter((region) => candidate.reaches(region));
      if (regions.length === 0) return false;
    }
    const { count } = config.teams;
    if (count > 1 && (candidate.players > 1 || this.#largest > 1 || this.#teamMost === 1)) {
      this.#sizes.push(candidate.players);
      const fit = partiesFit(this.#sizes, count, this.#teamMost);
      this.#sizes.pop();
      if (!fit) return false;
    }
    const oldestMs = Math.min(this.#oldestMs, candidate.postedAtMs);
    if (this.#mirrorUntilMs > 0 && this.#nowMs - oldestMs < this.#mirrorUntilMs) {
      const largest = Math.max(this.#largest, candidate.players);
      if (largest > 1) {
        let alike = candidate.players === largest ? 1 : 0;
        for (const member of members) if (member.players === largest) alike++;
        if (Math.max(0, count - alike) * largest > this.#target - players) return false;
      }
    }
    if (rules.roles.length > 0 && !this.#rolesFit(candidate)) return false;

    this.#before.push({
      low: this.#low,
      high: this.#high,
      narrowest: this.#narrowest,
      shared: this.#shared,
      regions: this.#regions,
      postedAtMs: this.#oldestMs,
    });
    members.push(candidate);
    this.#sizes.push(candidate.players);
    if (candidate.players > this.#largest) this.#largest = candidate.players;
    this.players = players;
    this.#low = low;
    this.#high = high;
    this.#narrowest = narrowest;
    this.#shared = shared;
    this.#regions = regions;
    this.#oldestMs = oldestMs;
    return true;
  }

  /** Takes the last one out again. */
  drop(): void {
    const before = this.#before.pop()!;
    this.players -= this.members.pop()!.players;
    this.#sizes.pop();
    this.#largest = 0;
    for (const size of this.#sizes) if (size > this.#largest) this.#largest = size;
    this.#low = before.low;
    this.#high = before.high;
    this.#narrowest = before.narrowest;
    this.#shared = before.shared;
    this.#regions = before.regions;
    this.#oldestMs = before.postedAtMs;
  }

  #fitsAll({ skill, window }: Candidate): boolean {
    for (const member of this.members)
      if (!this.rules.withinWindows(Math.abs(member.skill - skill), member.window, window)) return false;
    return true;
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
