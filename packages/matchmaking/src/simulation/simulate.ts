import { assert, type MatchId, type NodeId, Prng, type RoomId, type TicketId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { type LogEntry, type Match, type TicketPosted, TicketsClosed_Cause } from "@warren/protocol/services";
import { type Changes, Fold } from "../fold/fold.ts";
import type { Ticket } from "../fold/ticket.ts";
import { Matcher } from "../matcher/matcher.ts";
import type { OpenRoom } from "../matcher/surroundings.ts";
import type { QueueConfig } from "../queue/queue-config.ts";
import { Agenda } from "./agenda.ts";
import { CROWD_REGIONS } from "./crowd.ts";
import { Observer, type SimulationFigures } from "./observer.ts";
import type { Posting } from "./posting.ts";

/** Time does not begin at 0, which means "never" in some fields. */
const START_MS = 1_000_000;
/** The decider looks at most this often: it writes what it found before it looks again. */
const LOOK_EVERY_MS = 5;
/** From a decision to the room's answer. */
const PLACE_MS = 10;
/** How long a player takes to accept. */
const VOTE_MS: readonly [min: number, max: number] = [500, 6_000];
/** From the kill of a decider to the next one's first decision: a lease, and the log to read. */
const TAKEOVER_MS: readonly [min: number, max: number] = [3_000, 4_000];
/** How long a room is played in, and so may ask for players. */
const ROOM_MS = 600_000;

export interface SimulationOptions {
  readonly queue: string;
  readonly config: QueueConfig;
  /** In the order of their times. */
  readonly postings: Iterable<Posting>;
  /** For what the simulation itself draws: votes, take-overs. */
  readonly seed: number;
  /** Tickets still open so long after the last one came are counted as waiting. @default until all have ended */
  readonly drainMs?: number;
  /** The decider is killed this often; 0: never. */
  readonly killEveryMs: number;
  /** Regions of the nodes, one each; empty: not said. @default those of a crowd */
  readonly regions?: readonly string[];
  /** Rooms that ask for players from the start. */
  readonly rooms: { readonly count: number; readonly free: number };
  /** Real time, to tell what a look costs; it changes nothing else. */
  readonly realMs: () => number;
}

type Event =
  | { readonly type: "post"; readonly ticket: TicketPosted; readonly posting: Posting }
  | { readonly type: "leave"; readonly ticket: Ticket; readonly cause: "CANCELLED" | "EXPIRED" }
  | { readonly type: "vote"; readonly match: Match; readonly playerId: string; readonly accepts: boolean }
  | { readonly type: "dissolve"; readonly match: Match }
  | { readonly type: "place"; readonly match: Match }
  | { readonly type: "close"; readonly room: SimulatedRoom }
  | { readonly type: "kill" | "takeOver" };

/** A room that is played in, with what it asks for. */
interface SimulatedRoom {
  readonly roomId: RoomId;
  readonly region: string;
  readonly skill: number;
  readonly free: number[];
  generation: number;
  isPlacing: boolean;
}

/**
 * Runs tickets through the real fold and the real matcher in virtual time: one decider, nodes with room for everybody.
 * The same postings and seed give the same figures, but for `cost`.
 */
export function simulate(options: SimulationOptions): SimulationFigures {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #prng: Prng;
  readonly #fold = new Fold();
  readonly #queues: ReadonlyMap<string, QueueConfig>;
  readonly #agenda = new Agenda<Event>();
  readonly #postings: Iterator<Posting>;
  readonly #observer: Observer;
  readonly #posted = new Map<string, Posting>();
  readonly #rooms = new Map<string, SimulatedRoom>();
  readonly #regions: readonly string[];
  #matcher: Matcher;
  #nowMs = START_MS;
  #seq = 0;
  #ids = 0;
  #lookMs = Number.POSITIVE_INFINITY;
  #lastLookMs = 0;
  #lastPostMs = START_MS;
  /** Until when there is no decider. */
  #isDown = false;
  #waitingForDecider: Event[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#prng = new Prng(options.seed);
    this.#queues = new Map([[options.queue, options.config]]);
    this.#observer = new Observer(options.queue, options.config);
    this.#regions = options.regions ?? (options.config.latency ? CROWD_REGIONS : [""]);
    this.#postings = options.postings[Symbol.iterator]();
    this.#matcher = new Matcher(this.#fold, this.#queues);
  }

  run(): SimulationFigures {
    this.#startEpoch();
    const { rooms, killEveryMs } = this.#options;
    for (let i = 0; i < rooms.count; i++) this.#openRoom(this.#newRoom(this.#regions[0]!, 0, [rooms.free]));
    if (killEveryMs > 0) this.#agenda.add(START_MS + killEveryMs, { type: "kill" });
    this.#nextPosting();
    for (;;) {
      const lookMs = this.#isDown ? Number.POSITIVE_INFINITY : this.#lookMs;
      const nextMs = Math.min(this.#agenda.nextMs, lookMs);
      if (!Number.isFinite(nextMs) || this.#isOver(nextMs)) break;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      // Whatever comes at this moment is there when the decider looks.
      if (this.#agenda.nextMs <= nextMs) this.#happen(this.#agenda.take()!);
      else this.#look();
    }
    return this.#observer.figures(this.#lastPostMs - START_MS, this.#fold);
  }

  #isOver(nextMs: number): boolean {
    if (this.#hasMore) return false;
    if (nextMs > this.#lastPostMs + (this.#options.drainMs ?? Number.POSITIVE_INFINITY)) return true;
    return this.#fold.open.size + this.#fold.placing.size + this.#fold.proposed.size === 0;
  }

  #hasMore = true;

  #nextPosting(): void {
    const { value: posting, done } = this.#postings.next();
    this.#hasMore = !done;
    if (!posting) return;
    this.#lastPostMs = START_MS + Math.floor(posting.atMs);
    this.#agenda.add(this.#lastPostMs, { type: "post", ticket: posting.ticket, posting });
  }

  #happen(event: Event): void {
    // What a decider would do waits for the next one.
    if (this.#isDown && (event.type === "place" || event.type === "dissolve")) {
      this.#waitingForDecider.push(event);
      return;
    }
    switch (event.type) {
      case "post":
        this.#post(event.ticket, event.posting);
        break;
      case "leave":
        this.#leave(event.ticket, event.cause);
        break;
      case "vote": {
        const { matchId } = event.match;
        const { playerId, accepts } = event;
        this.#append({ $case: "voted", value: { matchId, playerId, accepts } });
        this.#placeLater(event.match);
        break;
      }
      case "dissolve":
        if (this.#fold.proposed.has(event.match.matchId as MatchId))
          this.#append({ $case: "matchesDissolved", value: { matchIds: [event.match.matchId] } }, true);
        break;
      case "place":
        this.#place(event.match);
        break;
      case "close":
        this.#rooms.delete(event.room.roomId);
        break;
      case "kill":
        this.#isDown = true;
        this.#agenda.add(this.#nowMs + this.#prng.int(...TAKEOVER_MS), { type: "takeOver" });
        break;
      case "takeOver":
        this.#takeOver();
        break;
    }
  }

  #post(ticket: TicketPosted, posting: Posting): void {
    const isFirst = !this.#posted.has(ticket.ticketId);
    this.#posted.set(ticket.ticketId, posting);
    if (isFirst) this.#observer.posted(ticket);
    const changes = this.#append({ $case: "ticketPosted", value: ticket });
    if (changes.refused) this.#observer.refused();
    const opened = changes.opened.find(({ id }) => id === ticket.ticketId);
    if (opened) {
      this.#observer.opened(opened, this.#nowMs);
      const { expireMs } = this.#options.config;
      const isPatient = posting.patienceMs >= expireMs;
      const endMs = this.#nowMs + Math.round(isPatient ? expireMs : posting.patienceMs);
      this.#agenda.add(endMs, { type: "leave", ticket: opened, cause: isPatient ? "EXPIRED" : "CANCELLED" });
    }
    if (ticket !== posting.ticket) return;
    const { again } = posting;
    if (isFirst && again) {
      const ticketId = again.as === "same" ? ticket.ticketId : `${ticket.ticketId}-2`;
      const second = { ...ticket, ticketId };
      this.#agenda.add(this.#nowMs + Math.round(again.afterMs), { type: "post", ticket: second, posting });
    }
    this.#nextPosting();
  }

  #leave(ticket: Ticket, cause: "CANCELLED" | "EXPIRED"): void {
    if (["assigned", "cancelled", "expired"].includes(ticket.status)) return;
    // The decider lets tickets expire only while they are open.
    if (cause === "EXPIRED" && (ticket.status !== "open" || this.#isDown))
      return this.#agenda.add(this.#nowMs + 1_000, { type: "leave", ticket, cause });
    this.#append({
      $case: "ticketsClosed",
      value: { ticketIds: [ticket.id], cause: TicketsClosed_Cause[cause] },
    });
  }

  #look(): void {
    const { config, realMs } = this.#options;
    const beganMs = realMs();
    const { matches, done } = this.#matcher.look({
      nowMs: this.#nowMs,
      openRooms: [...this.#asking()],
      nodes: this.#regions.map((region, i) => ({
        nodeId: `n${i}` as NodeId,
        region,
        rooms: new Set([config.room]),
        freeRooms: 1_000_000,
        freeSeats: 1_000_000_000,
      })),
      newMatchId: () => `m${++this.#ids}` as MatchId,
      newRoomId: () => `r${++this.#ids}` as RoomId,
      isOver: () => false,
    });
    this.#observer.looked(realMs() - beganMs);
    this.#lastLookMs = this.#nowMs;
    const nextMs = done ? this.#matcher.nextLookMs(this.#nowMs) : this.#nowMs;
    this.#lookMs = Math.max(Math.ceil(nextMs), this.#nowMs + LOOK_EVERY_MS);
    if (matches.length > 0) this.#decide(matches);
  }

  #decide(matches: readonly Match[]): void {
    const { epoch } = this.#fold;
    this.#append({ $case: "matchesDecided", value: { epoch, matches: [...matches] } }, true);
    for (const match of matches) {
      const id = match.matchId as MatchId;
      const proposed = this.#fold.proposed.get(id);
      if (proposed) this.#askPlayers(match, proposed.acceptByMs);
      this.#placeLater(match);
      const room = match.backfillGeneration > 0 ? this.#rooms.get(match.roomId) : undefined;
      if (room && (proposed || this.#fold.placing.has(id))) room.isPlacing = true;
    }
  }

  #askPlayers(match: Match, acceptByMs: number): void {
    for (const { ticketId } of match.tickets) {
      const declines = this.#posted.get(ticketId)?.declines ?? false;
      for (const { id: playerId } of this.#fold.tickets.get(ticketId as TicketId)?.players ?? [])
        this.#agenda.add(this.#nowMs + this.#prng.int(...VOTE_MS), {
          type: "vote",
          match,
          playerId,
          accepts: !declines,
        });
    }
    this.#agenda.add(acceptByMs, { type: "dissolve", match });
  }

  /** The room answers a little later, once: when the match is one that has to be placed. */
  #placeLater(match: Match): void {
    if (this.#fold.placing.has(match.matchId as MatchId) && this.#observer.decided(match, this.#fold))
      this.#agenda.add(this.#nowMs + PLACE_MS, { type: "place", match });
  }

  #place(match: Match): void {
    const { matchId, roomId } = match;
    const placement = { matchId, ok: true, roomEpoch: 1, errorCode: "" };
    this.#append({ $case: "matchesPlaced", value: { placements: [placement] } }, true);
    if (this.#options.config.backfill === "none") return;
    const taken = this.#takenBy(match);
    const known = this.#rooms.get(roomId);
    if (known) {
      known.isPlacing = false;
      known.generation++;
      for (const [team, count] of taken.entries()) known.free[team]! -= count;
      if (known.free.every((seats) => seats <= 0)) this.#rooms.delete(roomId);
      this.#lookSoon();
    } else if (match.backfillGeneration === 0) {
      const free = taken.map((count) => this.#options.config.teams.size - count);
      if (free.some((seats) => seats > 0))
        this.#openRoom({ ...this.#newRoom(match.region, match.skill, free), roomId: roomId as RoomId });
    }
  }

  /** Seats that the tickets of a match took in each team. */
  #takenBy(match: Match): number[] {
    const taken = Array.from({ length: this.#options.config.teams.count }, () => 0);
    for (const { ticketId, team } of match.tickets) {
      const ticket = this.#fold.tickets.get(ticketId as TicketId);
      if (ticket?.status === "assigned") taken[team]! += ticket.players.length;
    }
    return taken;
  }

  #newRoom(region: string, skill: number, free: readonly number[]): SimulatedRoom {
    const roomId = `r${++this.#ids}` as RoomId;
    return { roomId, region, skill, free: [...free], generation: 1, isPlacing: false };
  }

  #openRoom(room: SimulatedRoom): void {
    this.#rooms.set(room.roomId, room);
    this.#agenda.add(this.#nowMs + ROOM_MS, { type: "close", room });
    this.#lookSoon();
  }

  *#asking(): Iterable<OpenRoom> {
    for (const { roomId, region, skill, free, generation, isPlacing } of this.#rooms.values()) {
      if (isPlacing) continue;
      yield {
        roomId,
        nodeId: "n0" as NodeId,
        queue: this.#options.queue,
        generation,
        region,
        skill,
        free: [...free],
      };
    }
  }

  #takeOver(): void {
    this.#isDown = false;
    this.#startEpoch();
    this.#matcher = new Matcher(this.#fold, this.#queues);
    this.#lookSoon();
    for (const event of this.#waitingForDecider.splice(0)) this.#agenda.add(this.#nowMs, event);
    if (this.#hasMore) this.#agenda.add(this.#nowMs + this.#options.killEveryMs, { type: "kill" });
  }

  #startEpoch(): void {
    this.#append({ $case: "epochStarted", value: { epoch: this.#fold.epoch + 1, replicaId: "mm_1" } }, true);
  }

  #append(body: NonNullable<LogEntry["body"]>, isDeciders = false): Changes {
    const changes = this.#fold.apply(++this.#seq, this.#nowMs, isDeciders, { version: RECORD_VERSION, body });
    for (const ticket of changes.left) this.#matcher.left(ticket);
    for (const ticket of changes.opened) this.#matcher.opened(ticket);
    for (const ticket of changes.tickets) this.#observer.changed(ticket, this.#nowMs);
    if (changes.opened.length > 0) this.#lookSoon();
    assert(this.#fold.seq === this.#seq, "every record is folded");
    return changes;
  }

  #lookSoon(): void {
    this.#lookMs = Math.min(this.#lookMs, Math.max(this.#nowMs, this.#lastLookMs + LOOK_EVERY_MS));
  }
}
