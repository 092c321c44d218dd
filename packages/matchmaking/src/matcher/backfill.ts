import type { RoomId } from "@warren/kernel";
import type { Candidate } from "./candidate.ts";
import { CANDIDATES_MAX } from "./group-search.ts";
import { matchQuality } from "./match-quality.ts";
import { countBits, type QueueRules } from "./queue-rules.ts";
import type { SkillIndex } from "./skill-index.ts";
import { aroundSkill } from "./skill-walk.ts";
import type { OpenRoom } from "./surroundings.ts";

/** Rooms whose players' words are remembered; the oldest go first. */
const ROOMS_REMEMBERED_MAX = 50_000;

/** What a room's players have in common, as far as a queue asks for it. */
export interface RoomTraits {
  readonly bucket: string;
  readonly shared: readonly number[];
}

/** Tickets for a room that runs. */
export interface Backfill {
  readonly room: OpenRoom;
  readonly members: readonly Candidate[];
  readonly teamOf: readonly number[];
  readonly traits: RoomTraits;
  readonly quality: number;
}

/**
 * The words a room's players were matched by, as this decider remembers them. A room says only its skill and region: of
 * one that is not remembered (a decider before opened it), queues with `equal` or `share` cannot say who fits.
 */
export class RoomMemory {
  readonly #traits = new Map<RoomId, RoomTraits>();

  set(room: RoomId, traits: RoomTraits): void {
    this.#traits.delete(room);
    this.#traits.set(room, traits);
    if (this.#traits.size <= ROOMS_REMEMBERED_MAX) return;
    for (const oldest of this.#traits.keys()) {
      this.#traits.delete(oldest);
      break;
    }
  }

  /** Undefined: not known, and the queue asks for it. */
  of({ config }: QueueRules, room: RoomId): RoomTraits | undefined {
    if (config.equal.length === 0 && config.share.length === 0) return { bucket: "", shared: [] };
    return this.#traits.get(room);
  }
}

/** What the tickets of a match have in common. */
export function traitsOf(members: readonly Candidate[]): RoomTraits {
  const [first] = members;
  const shared = (first?.shared ?? []).map((bits, i) =>
    members.reduce((common, member) => common & member.shared[i]!, bits),
  );
  return { bucket: first?.bucket ?? "", shared };
}

/**
 * Tickets for the free seats of a room, `seed` among them if there is one. Each is near the room's players by its own
 * window; of those near, the oldest go first.
 */
export function findBackfill(
  rules: QueueRules,
  room: OpenRoom,
  traits: RoomTraits,
  index: SkillIndex | undefined,
  nowMs: number,
  seed?: Candidate,
): Backfill | undefined {
  const free = [...room.free];
  const members: Candidate[] = [];
  const teamOf: number[] = [];
  let { shared } = traits;
  const region = rules.config.latency ? rules.regionIndex(room.region) : -1;
  let spread = 0;
  let worstMs = 0;
  const take = (candidate: Candidate): boolean => {
    candidate.see(nowMs);
    const apart = rules.config.skill ? Math.abs(candidate.skill - room.skill) : 0;
    if (apart > candidate.window) return false;
    if (region >= 0 && !candidate.reaches(region)) return false;
    const common = candidate.shared.map((bits, i) => bits & (shared[i] ?? bits));
    if (!common.every((bits, i) => countBits(bits) >= rules.config.share[i]!.min)) return false;
    let team = -1;
    for (let i = 0; i < free.length; i++)
      if (free[i]! >= candidate.players && (team < 0 || free[i]! > free[team]!)) team = i;
    if (team < 0) return false;
    free[team]! -= candidate.players;
    shared = common;
    spread = Math.max(spread, apart);
    if (region >= 0) worstMs = Math.max(worstMs, candidate.latencyMs[region]!);
    members.push(candidate);
    teamOf.push(team);
    return true;
  };
  if (seed && (seed.bucket !== traits.bucket || !take(seed))) return undefined;
  if (index) {
    const reach = rules.config.skill ? rules.windowMax + rules.extraWindowMax : Number.POSITIVE_INFINITY;
    const near: Candidate[] = [];
    for (const candidate of aroundSkill(index, room.skill, reach)) {
      if (candidate !== seed) near.push(candidate);
      if (near.length >= CANDIDATES_MAX) break;
    }
    near.sort((a, b) => a.bornMs - b.bornMs || a.order - b.order);
    for (const candidate of near) {
      if (!free.some((seats) => seats > 0)) break;
      if (nowMs - candidate.postedAtMs >= rules.config.gatherMs || seed) take(candidate);
    }
  }
  if (members.length === 0) return undefined;
  const quality = matchQuality(rules, members, { apart: 0, spread, worstMs });
  return { room, members, teamOf, traits: { bucket: traits.bucket, shared }, quality };
}
