import type { Candidate } from "./candidate.ts";
import { Draft } from "./draft.ts";
import { matchQuality } from "./match-quality.ts";
import type { Places } from "./places.ts";
import type { QueueRules } from "./queue-rules.ts";
import { stepAt } from "./schedule.ts";
import { nearestFirst, Walk } from "./skill-walk.ts";
import { type Split, splitTeams } from "./team-split.ts";

/** Tickets considered around a seed; more only for matches of more players than that. */
export const CANDIDATES_MAX = 128;
/** Tickets looked at for them: the rest does not fit the seed itself. */
const LOOKED_AT_MAX = 512;
/** Additions tried for a seed, and finished groups refused, before it is left for later. */
const STEPS_MAX = 2_000;
const REFUSALS_MAX = 64;

/** A group that may be a match. */
export interface Group {
  readonly members: readonly Candidate[];
  readonly split: Split;
  /** Number of the region it is to be played in; −1: any. */
  readonly region: number;
  readonly quality: number;
  readonly fillTo: number;
}

/**
 * Finds a match for a seed among the nearest to it. Takes them as they come, nearest first; when that leads nowhere it
 * goes back and leaves some out, for a bounded number of steps. Full matches first, then what the age of the oldest
 * allows. A queue has one, which is used again for each seed.
 */
export class GroupSearch {
  readonly #rules: QueueRules;
  readonly #draft: Draft;
  readonly #walk = new Walk();
  readonly #candidatesMax: number;
  readonly #lookedAtMax: number;
  #seed!: Candidate;
  #regions: readonly number[] = [];
  #nowMs = 0;
  /** Who is near the seed: the first `#nearCount`; the rest were near seeds before. */
  readonly #near: Candidate[] = [];
  #nearCount = 0;
  /** Players from each place of `#near` on. */
  readonly #playersFrom: number[] = [];
  #steps = 0;
  #refused = 0;

  constructor(rules: QueueRules) {
    this.#rules = rules;
    this.#draft = new Draft(rules);
    this.#candidatesMax = Math.max(CANDIDATES_MAX, 2 * rules.config.size);
    this.#lookedAtMax = Math.max(LOOKED_AT_MAX, 2 * this.#candidatesMax);
  }

  find(seed: Candidate, { regions }: Places, nowMs: number): Group | undefined {
    const { size, teams, relax } = this.#rules.config;
    this.#seed = seed;
    this.#regions = regions;
    this.#nowMs = nowMs;
    this.#steps = 0;
    this.#refused = 0;
    seed.see(nowMs);
    this.#draft.start(size, teams.size, regions, nowMs);
    if (!this.#draft.add(seed)) return undefined;
    const first = this.#takeNearest();
    if (first) return first;
    const most = Math.min(this.#draft.players, size - 1);
    const { players, oldestMs } = this.#sum();
    if (players >= size) {
      const group = this.#search(size, teams.size, 0);
      if (group) return group;
    }
    const step = relax.findLast(({ atMs }) => atMs <= nowMs - oldestMs);
    if (!step) return undefined;
    this.#steps = 0;
    this.#refused = 0;
    const least = Math.max(step.min, 1);
    for (let target = most - (most % step.multipleOf); target >= least; target -= step.multipleOf) {
      const teamMax = teamMost(target, teams.count, teams.size, step.fillTo);
      const group = this.#search(target, teamMax, step.fillTo);
      if (group) return group;
      if (this.#isOver) return undefined;
    }
    return undefined;
  }

  /** Takes who fits as they come, and keeps in mind all who are near. */
  #takeNearest(): Group | undefined {
    const seed = this.#seed;
    const draft = this.#draft;
    const rules = this.#rules;
    const walk = nearestFirst(seed, reachOf(rules, seed), this.#walk);
    let count = 0;
    let isOpen = true;
    for (let lookedAt = 0; ; lookedAt++) {
      if (isOpen && draft.isFull) {
        const group = finish(draft, 0, this.#nowMs);
        if (group) return group;
        this.#refused++;
        isOpen = false;
      }
      if (lookedAt >= this.#lookedAtMax || count >= this.#candidatesMax) break;
      const candidate = walk.take();
      if (!candidate) break;
      candidate.see(this.#nowMs);
      if (!rules.withinWindows(Math.abs(candidate.skill - seed.skill), candidate.window, seed.window))
        continue;
      this.#near[count++] = candidate;
      if (isOpen) draft.add(candidate);
    }
    this.#nearCount = count;
    return undefined;
  }

  /** Of the seed and all who are near. */
  #sum(): { readonly players: number; readonly oldestMs: number } {
    let players = 0;
    let oldestMs = this.#seed.postedAtMs;
    this.#playersFrom[this.#nearCount] = 0;
    for (let i = this.#nearCount - 1; i >= 0; i--) {
      const candidate = this.#near[i]!;
      players += candidate.players;
      this.#playersFrom[i] = players;
      if (candidate.postedAtMs < oldestMs) oldestMs = candidate.postedAtMs;
    }
    return { players: players + this.#seed.players, oldestMs };
  }

  get #isOver(): boolean {
    return this.#steps >= Math.max(STEPS_MAX, 2 * this.#nearCount) || this.#refused >= REFUSALS_MAX;
  }

  #search(target: number, most: number, fillTo: number): Group | undefined {
    this.#draft.start(target, most, this.#regions, this.#nowMs);
    return this.#draft.add(this.#seed) ? this.#from(0, target, fillTo) : undefined;
  }

  #from(start: number, target: number, fillTo: number): Group | undefined {
    const draft = this.#draft;
    if (draft.isFull) {
      const group = finish(draft, fillTo, this.#nowMs);
      if (!group) this.#refused++;
      return group;
    }
    for (let i = start; i < this.#nearCount; i++) {
      if (this.#isOver || draft.players + this.#playersFrom[i]! < target) return undefined;
      this.#steps++;
      if (!draft.add(this.#near[i]!)) continue;
      const group = this.#from(i + 1, target, fillTo);
      if (group) return group;
      draft.drop();
    }
    return undefined;
  }
}

/** Players of a team at the most in a match that is not full: as even as can be, unless bots fill it up. */
function teamMost(players: number, count: number, size: number, fillTo: number): number {
  return Math.min(size, Math.ceil(Math.max(players, fillTo) / count));
}

/** How far from the seed somebody may be at all. */
function reachOf(rules: QueueRules, seed: Candidate): number {
  const widest = rules.windowMax + rules.extraWindowMax;
  if (!rules.config.skill) return Number.POSITIVE_INFINITY;
  if (rules.ageRule === "min") return seed.window;
  return rules.ageRule === "max" ? Math.max(seed.window, widest) : (seed.window + widest) / 2;
}

/** Whether the drafted group is a match: it can be split, has a region and is good enough for its age. */
function finish(draft: Draft, fillTo: number, nowMs: number): Group | undefined {
  const { rules, members, players } = draft;
  const { config } = rules;
  const { count, size } = config.teams;
  const ageMs = nowMs - draft.oldestMs;
  const isFull = players === config.size;
  if (!isFull) {
    const step = config.relax.findLast(({ atMs }) => atMs <= ageMs);
    if (!step || step.fillTo !== fillTo || players < step.min || players % step.multipleOf !== 0)
      return undefined;
  }
  const split = splitTeams(rules, members, {
    count,
    most: isFull ? size : teamMost(players, count, size, fillTo),
    least: isFull ? size : fillTo > 0 ? 0 : Math.floor(players / count),
    mirror: ageMs < config.party.mirrorUntilMs,
  });
  if (!split) return undefined;
  let region = -1;
  let worst = 0;
  if (config.latency) {
    worst = Number.POSITIVE_INFINITY;
    for (const each of draft.regions) {
      let ms = 0;
      for (const member of members) ms = Math.max(ms, member.latencyMs[each]!);
      if (ms < worst) {
        worst = ms;
        region = each;
      }
    }
  }
  const quality = matchQuality(rules, members, { apart: split.apart, spread: draft.spread, worstMs: worst });
  if (config.quality && quality < stepAt(config.quality.accept, ageMs)) return undefined;
  return { members: members.slice(), split, region, quality, fillTo: isFull ? 0 : fillTo };
}
