import type { Match } from "@warren/protocol/services";
import type { Fold } from "../fold/fold.ts";
import type { Ticket } from "../fold/ticket.ts";
import type { QueueConfig } from "../queue/queue-config.ts";
import { type Backfill, findBackfill, RoomMemory, traitsOf } from "./backfill.ts";
import { Candidate } from "./candidate.ts";
import type { Group } from "./group-search.ts";
import { Lane } from "./lane.ts";
import type { OpenRoom, Surroundings } from "./surroundings.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** Matches and tickets of one record at the most: keep it well under the megabyte a log takes. */
export const MATCHES_PER_RECORD_MAX = 500;
const TICKETS_PER_RECORD_MAX = 10_000;

/** A ticket that a room refused waits this long for the next try, doubled each time. */
const RETURNED_PAUSE_MS = 100;
const RETURNED_PAUSE_MS_MAX = 5_000;

/**
 * Groups open tickets into matches. Proposes only: what is valid, the fold decides. Follows the fold by
 * {@link opened} and {@link left}.
 *
 * A ticket is tried as a seed when it comes, when something about it widens, and when somebody comes near it and it is
 * the one there that waits longest. A seed gathers the nearest in skill. Nobody else is touched, so a look costs what has
 * changed, not what waits.
 *
 *   posted ─▶ waiting ──seed, or near one──▶ taken ──left──▶ (gone)
 *                ▲  ▲                          │
 *   returned ─▶ paused └──still open at the next look
 */
export class Matcher {
  readonly #fold: Fold;
  #queues: ReadonlyMap<string, QueueConfig>;
  #lanes: Lane[] = [];
  #laneOf = new Map<string, Lane>();
  /** One of the candidates that each ticket is. */
  #candidates = new Map<Ticket, Candidate>();
  #wheel = new TimerWheel();
  /** Tickets of the matches the last look proposed. */
  #taken: Ticket[] = [];
  /** Who was open at the start and has not been taken in yet; the iterator also comes to who is opened meanwhile. */
  #unseen: Iterator<Ticket> | undefined;
  #order = 0;
  /** The queue the last look stopped in. */
  #turn = 0;
  #isTimeOver = false;
  readonly #memory = new RoomMemory();

  /** Takes what is open in the fold, by and by as it looks; from now on it has to be told. */
  constructor(fold: Fold, queues: ReadonlyMap<string, QueueConfig>) {
    this.#fold = fold;
    this.#queues = queues;
    this.#begin();
  }

  /** A ticket is open, or open again. */
  opened(ticket: Ticket): void {
    this.left(ticket);
    if (!this.#unseen) this.#takeIn(ticket);
  }

  /** A ticket is not open any more. */
  left(ticket: Ticket): void {
    const candidate = this.#candidates.get(ticket);
    if (!candidate) return;
    if (candidate.state !== "gone") this.#remove(candidate);
    this.#candidates.delete(ticket);
  }

  /** Queues with new versions: what waits is matched by them from now on. */
  configure(queues: ReadonlyMap<string, QueueConfig>): void {
    this.#queues = queues;
    this.#begin();
  }

  /**
   * Matches found until the slice was over. `done` false: there is more to look at; write these and look again. The
   * fold has to have taken the matches of one look before the next: tickets of theirs that are still open then were in
   * a match that was not written or not valid, and are matched again.
   */
  look(around: Surroundings): { readonly matches: Match[]; readonly done: boolean } {
    for (const ticket of this.#taken.splice(0))
      if (ticket.status === "open" && this.#fold.open.has(ticket)) this.opened(ticket);
    const slice = new Slice(around);
    if (!this.#takeInAll(slice)) return { matches: [], done: false };
    const { nowMs } = around;
    const reached = this.#wheel.advance(
      nowMs,
      () => slice.isOver,
      (candidate) => {
        if (candidate.state === "paused") candidate.lane.insert(candidate);
        else candidate.lane.wake(candidate);
      },
    );
    for (const lane of this.#lanes) lane.prepare(around);
    let isOver = !reached;
    const from = this.#turn;
    for (let i = 0; i < this.#lanes.length && !isOver; i++) {
      this.#turn = (from + i) % this.#lanes.length;
      isOver = !this.#lookAt(this.#lanes[this.#turn]!, slice);
    }
    if (!isOver) this.#turn = 0;
    this.#isTimeOver = isOver;
    return { matches: slice.matches, done: !isOver };
  }

  /** When a window widens or a gathering ends next, in decider's time, ms; infinite: when somebody comes. */
  nextLookMs(nowMs: number): number {
    if (this.#isTimeOver || this.#lanes.some(({ arrived }) => arrived.length > 0)) return nowMs;
    return Math.max(nowMs, this.#wheel.nextMs);
  }

  /** False: the slice was over before the end. */
  #lookAt(lane: Lane, slice: Slice): boolean {
    const { config } = lane.rules;
    const { nowMs } = slice.around;
    if (!this.#welcome(lane, slice)) return false;
    lane.places.count();
    if (config.backfill === "high" && !this.#fillRooms(lane, slice)) return false;
    while (lane.places.hasSpace) {
      if (slice.isOver) return false;
      const seed = lane.seeds.pop();
      if (!seed) break;
      if (nowMs - seed.postedAtMs >= config.gatherMs && this.#try(lane, seed, slice)) continue;
      this.#wheel.add(seed, seed.postedAtMs + lane.rules.nextMomentMs(nowMs - seed.postedAtMs));
    }
    return this.#fillRooms(lane, slice);
  }

  /** Newcomers are to be tried, and before them who waits longest near each. */
  #welcome(lane: Lane, slice: Slice): boolean {
    const { arrived } = lane;
    for (const [i, candidate] of arrived.entries()) {
      if (i % 64 === 63 && slice.isOver) {
        lane.arrived = arrived.slice(i);
        return false;
      }
      if (candidate.state !== "waiting") continue;
      const first = lane.longestWaitingNear(candidate, slice.around.nowMs);
      if (first) lane.wake(first);
      lane.wake(candidate);
    }
    lane.arrived = [];
    return true;
  }

  #try(lane: Lane, seed: Candidate, slice: Slice): boolean {
    const { nowMs } = slice.around;
    if (lane.rules.config.backfill === "normal")
      for (const room of roomsNear(lane, seed, nowMs)) {
        const traits = this.#memory.of(lane.rules, room.roomId);
        if (!traits) continue;
        const backfill = findBackfill(lane.rules, room, traits, seed.chunk?.index, nowMs, seed);
        if (!backfill) continue;
        this.#backfill(lane, backfill, slice);
        return true;
      }
    const group = lane.search.find(seed, lane.places, nowMs);
    if (!group) return false;
    this.#open(lane, group, slice);
    return true;
  }

  /** Rooms look for players among all who wait; each is tried again when somebody came or something widened. */
  #fillRooms(lane: Lane, slice: Slice): boolean {
    for (const room of [...lane.rooms]) {
      if (!lane.isWorthTrying(room)) continue;
      if (slice.isOver) return false;
      const traits = this.#memory.of(lane.rules, room.roomId);
      const index = traits && lane.buckets.get(traits.bucket);
      const backfill = index && findBackfill(lane.rules, room, traits, index, slice.around.nowMs);
      if (backfill) this.#backfill(lane, backfill, slice);
      else lane.setTried(room);
    }
    return true;
  }

  #open(lane: Lane, { members, split, region, quality, fillTo }: Group, slice: Slice): void {
    const players = members.reduce((sum, member) => sum + member.players, 0);
    const node = lane.places.take(region, players)!;
    const { queue, acceptMs, declineMs, missMs } = lane.asked;
    const matchId = slice.around.newMatchId();
    const roomId = slice.around.newRoomId(matchId);
    if (lane.rules.config.backfill !== "none") this.#memory.set(roomId, traitsOf(members));
    this.#take(members);
    slice.add({
      queue,
      acceptMs,
      declineMs,
      missMs,
      matchId,
      tickets: members.map(({ ticket }, i) => ({
        ticketId: ticket.id,
        team: split.teamOf[i]!,
        roles: split.roles[i]!,
      })),
      nodeId: node.nodeId,
      roomId,
      backfillGeneration: 0,
      fillTo,
      skill: meanSkill(members),
      region: node.region,
      quality,
    });
  }

  #backfill(lane: Lane, { room, members, teamOf, traits, quality }: Backfill, slice: Slice): void {
    const { queue, acceptMs, declineMs, missMs } = lane.asked;
    lane.rooms.splice(lane.rooms.indexOf(room), 1);
    this.#memory.set(room.roomId, traits);
    this.#take(members);
    slice.add({
      queue,
      acceptMs,
      declineMs,
      missMs,
      matchId: slice.around.newMatchId(),
      tickets: members.map(({ ticket, roles }, i) => ({
        ticketId: ticket.id,
        team: teamOf[i]!,
        roles: roles.map((bits) => lane.rules.roles[31 - Math.clz32(bits & -bits)] ?? ""),
      })),
      nodeId: room.nodeId,
      roomId: room.roomId,
      backfillGeneration: room.generation,
      fillTo: 0,
      skill: meanSkill(members),
      region: room.region,
      quality,
    });
  }

  #take(members: readonly Candidate[]): void {
    for (const member of members) {
      this.#taken.push(member.ticket);
      this.#remove(member);
    }
  }

  /** From all its queues. */
  #remove(candidate: Candidate): void {
    let each = candidate;
    do {
      this.#wheel.remove(each);
      each.lane.remove(each);
      each = each.sibling;
    } while (each !== candidate);
  }

  /** Sees the ticket with the eyes of each of its queues that it is not too large for. */
  #takeIn(ticket: Ticket): void {
    const pauseMs = pauseOf(ticket);
    let first: Candidate | undefined;
    for (const queue of ticket.queues) {
      const lane = this.#laneOf.get(queue);
      if (!lane || lane.rules.isTooLarge(ticket.players.length)) continue;
      const candidate = new Candidate(lane, ticket, this.#order++);
      if (first) {
        candidate.sibling = first.sibling;
        first.sibling = candidate;
      } else {
        first = candidate;
        this.#candidates.set(ticket, candidate);
      }
      if (pauseMs > 0) {
        candidate.state = "paused";
        this.#wheel.add(candidate, ticket.returnedAtMs + pauseMs);
      } else lane.insert(candidate);
    }
  }

  /** Takes in who was open at the start. False: the slice was over before the end. */
  #takeInAll(slice: Slice): boolean {
    if (!this.#unseen) return true;
    for (let count = 1; ; count++) {
      const { value, done } = this.#unseen.next();
      if (done) break;
      this.#takeIn(value);
      if (count % 256 === 0 && slice.isOver) return false;
    }
    this.#unseen = undefined;
    for (const lane of this.#lanes) lane.fill();
    return true;
  }

  #begin(): void {
    this.#lanes = [...this.#queues].map(([name, config]) => new Lane(name, config));
    this.#laneOf = new Map(this.#lanes.map((lane) => [lane.rules.name, lane]));
    this.#candidates = new Map();
    this.#wheel = new TimerWheel();
    this.#taken = [];
    this.#unseen = this.#fold.open.values();
    this.#isTimeOver = true;
  }
}

/** What one look has found so far, and whether it has to end. */
class Slice {
  readonly around: Surroundings;
  readonly matches: Match[] = [];
  #tickets = 0;

  constructor(around: Surroundings) {
    this.around = around;
  }

  add(match: Match): void {
    this.matches.push(match);
    this.#tickets += match.tickets.length;
  }

  get isOver(): boolean {
    return (
      this.matches.length >= MATCHES_PER_RECORD_MAX ||
      this.#tickets >= TICKETS_PER_RECORD_MAX ||
      this.around.isOver()
    );
  }
}

function pauseOf({ returns }: Ticket): number {
  return returns === 0 ? 0 : Math.min(RETURNED_PAUSE_MS * 2 ** (returns - 1), RETURNED_PAUSE_MS_MAX);
}

/** Rooms a ticket is near enough to, the nearest first. */
function roomsNear({ rules, rooms }: Lane, seed: Candidate, nowMs: number): OpenRoom[] {
  seed.see(nowMs);
  if (!rules.config.skill) return [...rooms];
  const apart = (room: OpenRoom) => Math.abs(room.skill - seed.skill);
  return rooms.filter((room) => apart(room) <= seed.window).sort((a, b) => apart(a) - apart(b));
}

function meanSkill(members: readonly Candidate[]): number {
  let sum = 0;
  let players = 0;
  for (const member of members) {
    sum += member.skill * member.players;
    players += member.players;
  }
  return sum / players;
}
