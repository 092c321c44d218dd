import type { Candidate } from "./candidate.ts";
import type { Draft } from "./draft.ts";
import { matchQuality } from "./match-quality.ts";
import type { Places } from "./places.ts";
import type { QueueRules } from "./queue-rules.ts";
import { stepAt } from "./schedule.ts";
import { nearestFirst } from "./skill-walk.ts";
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
 * goes back and leaves some out, for a bounded number of steps. Full matches first, then what the age of the oldest allows.
 */
export function findGroup(draft: Draft, seed: Candidate, places: Places, nowMs: number): Group | undefined {
  const { rules } = draft;
  const { config } = rules;
  const { count, size } = config.teams;
  seed.see(nowMs);
  const near: Candidate[] = [];
  const candidatesMax = Math.max(CANDIDATES_MAX, 2 * config.size);
  const lookedAtMax = Math.max(LOOKED_AT_MAX, 2 * candidatesMax);
  draft.start(config.size, size, places.regions, nowMs);
  if (!draft.add(seed)) return undefined;
  let refused = 0;
  let lookedAt = 0;
  let players = seed.players;
  let oldestMs = seed.postedAtMs;
  let isOpen = !draft.isFull;
  if (draft.isFull) {
    const group = finish(draft, 0, nowMs);
    if (group) return group;
    refused++;
  }
  for (const candidate of nearestFirst(seed, reachOf(rules, seed))) {
    if (++lookedAt > lookedAtMax || near.length >= candidatesMax) break;
    candidate.see(nowMs);
    if (!rules.withinWindows(Math.abs(candidate.skill - seed.skill), candidate.window, seed.window)) continue;
    near.push(candidate);
    players += candidate.players;
    if (candidate.postedAtMs < oldestMs) oldestMs = candidate.postedAtMs;
    if (!isOpen || !draft.add(candidate) || !draft.isFull) continue;
    const group = finish(draft, 0, nowMs);
    if (group) return group;
    refused++;
    isOpen = false;
  }
  const most = Math.min(draft.players, config.size - 1);
  const search = new Search(draft, seed, near, places, nowMs, refused);
  if (players >= config.size) {
    const group = search.run(config.size, size, 0);
    if (group) return group;
  }
  const step = config.relax.findLast(({ atMs }) => atMs <= nowMs - oldestMs);
  if (!step) return undefined;
  search.rest();
  for (
    let target = most - (most % step.multipleOf);
    target >= Math.max(step.min, 1);
    target -= step.multipleOf
  ) {
    const group = search.run(target, teamMost(target, count, size, step.fillTo), step.fillTo);
    if (group) return group;
    if (search.isOver) return undefined;
  }
  return undefined;
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

class Search {
  readonly #draft: Draft;
  readonly #seed: Candidate;
  readonly #near: readonly Candidate[];
  /** Players from each place of `near` on. */
  readonly #playersFrom: number[];
  readonly #places: Places;
  readonly #nowMs: number;
  #steps = 0;
  #refused: number;

  constructor(
    draft: Draft,
    seed: Candidate,
    near: readonly Candidate[],
    places: Places,
    nowMs: number,
    refused: number,
  ) {
    this.#draft = draft;
    this.#seed = seed;
    this.#near = near;
    this.#places = places;
    this.#nowMs = nowMs;
    this.#refused = refused;
    this.#playersFrom = new Array<number>(near.length + 1).fill(0);
    for (let i = near.length - 1; i >= 0; i--)
      this.#playersFrom[i] = this.#playersFrom[i + 1]! + near[i]!.players;
  }

  get isOver(): boolean {
    return this.#steps >= Math.max(STEPS_MAX, 2 * this.#near.length) || this.#refused >= REFUSALS_MAX;
  }

  /** From here on it may take as many steps again. */
  rest(): void {
    this.#steps = 0;
    this.#refused = 0;
  }

  run(target: number, most: number, fillTo: number): Group | undefined {
    this.#draft.start(target, most, this.#places.regions, this.#nowMs);
    return this.#draft.add(this.#seed) ? this.#from(0, target, fillTo) : undefined;
  }

  #from(start: number, target: number, fillTo: number): Group | undefined {
    const draft = this.#draft;
    if (draft.isFull) {
      const group = finish(draft, fillTo, this.#nowMs);
      if (!group) this.#refused++;
      return group;
    }
    for (let i = start; i < this.#near.length; i++) {
      if (this.isOver || draft.players + this.#playersFrom[i]! < target) return undefined;
      this.#steps++;
      if (!draft.add(this.#near[i]!)) continue;
      const group = this.#from(i + 1, target, fillTo);
      if (group) return group;
      draft.drop();
    }
    return undefined;
  }
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
