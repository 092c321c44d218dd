import type { RoomId } from "@warren/kernel";
import type { Match } from "@warren/protocol/services";
import type { QueueConfig } from "../queue/queue-config.ts";
import { type Candidate, isBefore } from "./candidate.ts";
import { GroupSearch } from "./group-search.ts";
import { Places } from "./places.ts";
import { QueueRules } from "./queue-rules.ts";
import { SeedQueue } from "./seed-queue.ts";
import { SkillIndex } from "./skill-index.ts";
import { nearestFirst } from "./skill-walk.ts";
import type { OpenRoom, Surroundings } from "./surroundings.ts";

/** Neighbours of a newcomer that are looked at for one who waits longer and could be matched now. */
const NEIGHBOURS_MAX = 32;

interface Tried {
  readonly generation: number;
  readonly changes: number;
}

/** One queue: who waits in it, who is to be tried, and the room there is for it in the present look. */
export class Lane {
  readonly rules: QueueRules;
  /** What the queue says of every match of it. */
  readonly asked: Pick<Match, "queue" | "acceptMs" | "declineMs" | "missMs">;
  /** Who waits, by what has to be equal. */
  readonly buckets = new Map<string, SkillIndex>();
  readonly seeds = new SeedQueue();
  readonly search: GroupSearch;
  /** Who waits at the start, until all of them are known. */
  #coming: Candidate[] | undefined = [];
  /** Who came since the last look. */
  arrived: Candidate[] = [];
  places: Places;
  /** Rooms of the queue that ask for players, most wanted first, and have got none in this look. */
  rooms: OpenRoom[] = [];
  size = 0;
  /** Counts what could give a room players that it did not find before. */
  #changes = 0;
  /** Rooms that found nobody: at which request, and how much had changed then. */
  #tried = new Map<RoomId, Tried>();
  /** Where there was space; undefined: nobody has looked yet, and all who wait are to be tried anyhow. */
  #regions: ReadonlySet<number> | undefined;

  constructor(name: string, config: QueueConfig) {
    this.rules = new QueueRules(name, config);
    this.search = new GroupSearch(this.rules);
    this.places = new Places(this.rules, []);
    this.asked = {
      queue: name,
      acceptMs: config.acceptance?.timeoutMs ?? 0,
      declineMs: config.acceptance?.declineMs ?? 0,
      missMs: config.acceptance?.missMs ?? 0,
    };
  }

  insert(candidate: Candidate): void {
    candidate.state = "waiting";
    if (this.#coming) {
      this.#coming.push(candidate);
      return;
    }
    const index = this.buckets.get(candidate.bucket) ?? new SkillIndex();
    this.buckets.set(candidate.bucket, index);
    index.insert(candidate);
    this.size++;
    this.#changes++;
    this.arrived.push(candidate);
  }

  /** All who wait at the start are known: sorts them at once, and all of them are to be tried. */
  fill(): void {
    const byBucket = new Map<string, Candidate[]>();
    for (const candidate of this.#coming ?? []) {
      if (candidate.state !== "waiting") continue;
      const list = byBucket.get(candidate.bucket);
      if (list) list.push(candidate);
      else byBucket.set(candidate.bucket, [candidate]);
      this.seeds.push(candidate);
      this.size++;
    }
    for (const [bucket, list] of byBucket) {
      const index = new SkillIndex();
      index.fill(list);
      this.buckets.set(bucket, index);
    }
    this.#coming = undefined;
    this.#changes++;
  }

  remove(candidate: Candidate): void {
    candidate.state = "gone";
    const index = candidate.chunk?.index;
    if (!index) return;
    index.remove(candidate);
    this.size--;
    if (index.size === 0) this.buckets.delete(candidate.bucket);
    this.seeds.compact(this.size);
  }

  /** Something changed for a candidate: it is to be tried, once it has waited long enough for others to come. */
  wake(candidate: Candidate): void {
    this.#changes++;
    this.seeds.push(candidate);
  }

  /** Takes note of space and of rooms that ask; where there is a region more than before, all are tried again. */
  prepare(around: Surroundings): void {
    const { config, name } = this.rules;
    this.places = new Places(this.rules, around.nodes);
    const regions = new Set(this.places.regions);
    for (const region of regions) {
      if (!this.#regions || this.#regions.has(region)) continue;
      for (const index of this.buckets.values()) for (const candidate of index) this.seeds.push(candidate);
      break;
    }
    this.#regions = regions;
    this.rooms = [];
    if (config.backfill === "none") return;
    const tried = new Map<RoomId, Tried>();
    for (const room of around.openRooms) {
      if (room.queue !== name || !room.free.some((seats) => seats > 0)) continue;
      this.rooms.push(room);
      const before = this.#tried.get(room.roomId);
      if (before) tried.set(room.roomId, before);
    }
    this.#tried = tried;
  }

  /** Whether somebody new could be found for a room since it was last tried. */
  isWorthTrying({ roomId, generation }: OpenRoom): boolean {
    const tried = this.#tried.get(roomId);
    return tried?.generation !== generation || tried.changes !== this.#changes;
  }

  setTried({ roomId, generation }: OpenRoom): void {
    this.#tried.set(roomId, { generation, changes: this.#changes });
  }

  /** Of those near a newcomer who were tried in vain, the one that goes first: it is its turn again. */
  longestWaitingNear(newcomer: Candidate, nowMs: number): Candidate | undefined {
    newcomer.see(nowMs);
    let first: Candidate | undefined;
    let left = NEIGHBOURS_MAX;
    for (const other of this.#neighbours(newcomer)) {
      if (--left < 0) break;
      if (other.isSeed || other === newcomer || (first && isBefore(first, other))) continue;
      if (nowMs - other.postedAtMs < this.rules.config.gatherMs) continue;
      other.see(nowMs);
      if (this.rules.withinWindows(Math.abs(other.skill - newcomer.skill), other.window, newcomer.window))
        first = other;
    }
    return first;
  }

  /** Without skill all are equally near, so it is those who wait longest. */
  #neighbours(newcomer: Candidate): Iterable<Candidate> {
    if (!this.rules.config.skill) return newcomer.chunk?.index.first?.items ?? [];
    return nearestFirst(newcomer, this.rules.windowMax + this.rules.extraWindowMax);
  }
}
