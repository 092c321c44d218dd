import { type ByteReader, ByteWriter, InputError, type PlayerId, Prng, wholeNumber } from "@warren/kernel";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import { SEEN_AT_PER_TICK } from "@warren/protocol/session";
import { StateStore, type Table, type Type } from "@warren/schema";
import type { AnyRoomDefinition, LeaveReason, Player, Room } from "../definition.ts";
import { Refusal } from "../definition.ts";
import { LEAVERS_MAX, type MatchReport, type MatchResult, matchResult } from "../match/match-report.ts";
import { type AskedPlayers, PlayerRequest, type PlayersWanted } from "../match/player-request.ts";
import { leastAt, Teams } from "../match/teams.ts";
import { Replication } from "../state/replication.ts";
import { Rewind } from "../state/rewind.ts";
import type { RewindFields } from "../state/rewind-fields.ts";
import { INPUT_REPEAT_MS_MAX, InputBuffer } from "./input-buffer.ts";
import { checkListing, sameListing } from "./listing.ts";
import type { RoomDown, RoomInfo, RoomLink } from "./room-link.ts";
import { RESERVATION_MS, Seat, type Sitter } from "./seat.ts";
import { Spectators } from "./spectators.ts";
import { checkThen, type Tell, Tells } from "./tells.ts";

/** Timers of one room that wait. */
export const TIMERS_MAX = 10_000;
/** States a room without ticks may send at once after it was quiet. */
export const SEND_BURST = 4;
/** A room without players and reservations ends after this long. */
export const EMPTY_ROOM_MS = 10_000;
/** A room that is further behind than this many ticks skips them and counts an overrun. */
export const CATCH_UP_TICKS_MAX = 5;
const HOUSEKEEPING_MS = 1_000;
/** Nothing of a room runs while it is written to. */
const answerWriter = new ByteWriter();

/** A player to seat; team undefined: the one with the fewest players. */
export interface SeatFor {
  readonly player: PlayerId;
  readonly join: unknown;
  readonly team: number | undefined;
  readonly role: string;
}

interface Timer {
  readonly dueMs: number;
  readonly name: string;
  readonly data: unknown;
}

export interface RoomRuntimeOptions {
  readonly definition: AnyRoomDefinition;
  readonly info: RoomInfo;
  readonly options: unknown;
  readonly seed: number;
  /** Monotonic ms of the host; all later `nowMs` are of the same clock. */
  readonly nowMs: number;
  /** Where in the tick period of that clock the room ticks: 0 (included) to 1 (excluded). */
  readonly tickPhase: number;
  /** Bots take seats until this many are taken, and give way to players; 0: no bots. */
  readonly fillTo: number;
  /** The match it is opened for. */
  readonly match: { readonly id: string; readonly queue: string } | undefined;
  /** It asks for players of its queue. */
  readonly backfill: boolean;
  /** Teams and seats of each; no more in all than the definition has seats. */
  readonly teams: { readonly count: number; readonly size: number };
  /** Told once at the most: how the match ended. */
  onResult(result: MatchResult): void;
  /** A message for a player anywhere is to be sent; its outcome comes back by `told`. */
  onTell(tell: Tell): void;
  /** Told once, when the room has ended; `error` when its own code failed. */
  onEnded(error: unknown): void;
  /**
   * A player came or went, or the room asks for others than before, or says something else of itself. Within a second:
   * spectators came or went.
   */
  onChanged(): void;
  /** Ticks were left out because the room was too far behind. */
  onTicksSkipped(count: number): void;
}

/**
 * One room: definition + data. A deterministic function of what is called on it, with which `nowMs`, in which order;
 * the host calls `run` when `dueMs` has come. Handlers of the definition run between and at ticks, never nested.
 *
 *   open ──ended or failed──▶ ended
 */
export class RoomRuntime implements RoomLink {
  info!: RoomInfo;
  readonly spectators: Spectators;
  readonly #definition: AnyRoomDefinition;
  #options!: RoomRuntimeOptions;
  /** It has no id, match and clock of its own yet. */
  #isWarm: boolean;
  readonly #store: StateStore<AnyRoomDefinition["state"]>;
  readonly #hidden: StateStore<AnyRoomDefinition["hidden"]>;
  #replication!: Replication;
  readonly #rewinds: ReadonlyMap<string, Rewind>;
  readonly #prng: Prng;
  readonly #seats = new Map<PlayerId, Seat>();
  #teams!: Teams;
  #request: PlayerRequest | undefined;
  /** Every player who ever had a seat, by team; until the result is told. */
  readonly #ever = new Map<PlayerId, number>();
  #reported = false;
  #listing: ReadonlyMap<string, string> = new Map();
  /** What changed since is worth no message of its own. */
  #isTold = true;
  readonly #players = new Map<PlayerId, Player>();
  #timers: Timer[] = [];
  #tells!: Tells;
  readonly #room: Room<unknown, unknown, never, unknown, Record<string, never>, unknown, RewindFields>;
  readonly #eventIds: ReadonlyMap<string, number>;
  readonly #periodMs: number;
  #startMs = 0;
  #nowMs = 0;
  #nextTickMs = 0;
  /** In a room without ticks: when the next state may go out. */
  #nextSendMs = 0;
  /** In a room with ticks: grows by sendHz each tick; a state costs tickHz. Exact on average, however late the ticks are. */
  #sendCredit = 0;
  #nextHousekeepingMs = 0;
  #emptySinceMs = 0;
  #ticks = 0;
  #dirty = true;
  /** In a room without ticks: since when somebody waits for a first state. It comes however often the others were told. */
  #awaitedSinceMs = Number.POSITIVE_INFINITY;
  #ending = false;
  #ended = false;

  /** Warm: made ahead of who asks for it. `onCreate` has run, and nothing else does until {@link open}. */
  constructor(options: RoomRuntimeOptions, isWarm = false) {
    const { definition } = options;
    this.#definition = definition;
    this.#isWarm = isWarm;
    this.#store = new StateStore(definition.state);
    this.#hidden = new StateStore(definition.hidden);
    this.spectators = new Spectators({
      countMax: definition.spectators,
      graceMs: definition.resumeGraceMs,
      eyes: this.#store.eyesOf(undefined),
      onChanged: () => {
        this.#isTold = false;
        this.#somebodyCame();
      },
    });
    const tables = this.#store.state as Readonly<Record<string, Table<never>>>;
    const ticksBack = (definition.rewindMs * definition.tickHz) / 1000;
    this.#rewinds = new Map(
      Object.entries(definition.rewind).map(([name, kinds]) => [
        name,
        new Rewind(tables[name] as Table<never>, kinds, ticksBack),
      ]),
    );
    this.#prng = new Prng(options.seed);
    this.#eventIds = new Map(Object.keys(definition.events).map((name, id) => [name, id]));
    this.#periodMs = definition.tickHz > 0 ? 1000 / definition.tickHz : Number.POSITIVE_INFINITY;
    this.#become(options);
    this.#room = this.#makeRoom();
    this.#guard(() => {
      definition.source.onCreate?.(this.#room);
      if (!isWarm) this.#fillWithBots();
    });
  }

  /** A warm room is the one that was asked for. Definition, options and seed stay as they are. */
  open(options: RoomRuntimeOptions): void {
    this.#isWarm = false;
    this.#become(options);
    this.#guard(() => this.#fillWithBots());
  }

  /** Takes who it is, and when it begins. */
  #become(options: RoomRuntimeOptions): void {
    const { definition, info, nowMs, teams } = options;
    this.info = info;
    this.#options = options;
    this.#tells = new Tells(info);
    this.#teams = new Teams(teams.count, teams.size);
    this.#request = options.backfill ? new PlayerRequest() : undefined;
    this.#replication = new Replication(this.#store, info.epoch, definition.tickHz > 0);
    const laterMs = nowMs - this.#startMs;
    this.#timers = this.#timers.map((timer) => ({ ...timer, dueMs: timer.dueMs + laterMs }));
    this.#startMs = this.#nowMs = this.#emptySinceMs = nowMs;
    // After a period at the most; in a room without ticks never.
    const sincePhaseMs = (nowMs + (1 - options.tickPhase) * this.#periodMs) % this.#periodMs;
    this.#nextTickMs = nowMs + this.#periodMs - (sincePhaseMs || 0);
    this.#nextSendMs = nowMs - ((SEND_BURST - 1) * 1000) / definition.sendHz;
    this.#nextHousekeepingMs = nowMs + HOUSEKEEPING_MS;
  }

  /** What a warm room cannot say, and must not say wrongly. */
  #opened<T>(what: string, value: T): T {
    if (this.#isWarm)
      throw new InputError(
        `room.${what}`,
        "in onCreate of a room made ahead",
        "only once it is opened: `warm` rooms are made for nobody yet",
      );
    return value;
  }

  get ended(): boolean {
    return this.#ended;
  }
  /** Seats held by players, connected or not. */
  get playerCount(): number {
    return this.#teams.players;
  }
  /** Seats in all. */
  get seatCount(): number {
    return this.#teams.seats;
  }
  /** What the room asks for; undefined: nothing. */
  get asked(): AskedPlayers | undefined {
    return this.#ended ? undefined : this.#request?.asked;
  }
  /** What it says of itself in the public listing. */
  get listing(): ReadonlyMap<string, string> {
    return this.#listing;
  }
  hasSeat(player: PlayerId): boolean {
    return this.#seats.get(player)?.isBot === false;
  }

  /** When `run` wants to be called next, monotonic ms. */
  get dueMs(): number {
    if (this.#ended) return Number.POSITIVE_INFINITY;
    let due = Math.min(this.#nextTickMs, this.#nextHousekeepingMs);
    if (this.#definition.tickHz === 0) {
      due = Math.min(due, this.#awaitedSinceMs);
      if (this.#dirty) due = Math.min(due, this.#nextSendMs);
      for (const timer of this.#timers) due = Math.min(due, timer.dueMs);
    }
    return due;
  }

  /** Says what time it is, before something is asked of the room between its runs. */
  at(nowMs: number): this {
    this.#nowMs = nowMs;
    return this;
  }

  /** Does all that is due. Answers how many ticks that were. */
  run(nowMs: number): number {
    if (this.#ended) return 0;
    const ticksBefore = this.#ticks;
    this.#nowMs = nowMs;
    this.#guard(() => {
      if (this.#definition.tickHz > 0) this.#runTicks(nowMs);
      else this.#runWithoutTicks(nowMs);
      if (nowMs >= this.#nextHousekeepingMs) {
        this.#nextHousekeepingMs = nowMs + HOUSEKEEPING_MS;
        this.#housekeep(nowMs);
      }
    });
    return this.#ticks - ticksBefore;
  }

  // --- seats ---

  /**
   * Gives players seats: all of them or none, bots give way. With a generation only as the room's request of that number
   * has it. Throws ROOM_FULL, ROOM_ENDED, BACKFILL_STALE, or InputError for a team that is not there.
   */
  reserve(seats: readonly SeatFor[], nowMs: number, generation = 0): void {
    if (this.#ended) throw new WarrenError("ROOM_ENDED");
    this.#nowMs = nowMs;
    const fresh = seats.filter((seat) => !this.hasSeat(seat.player));
    const teams = this.#teamsFor(fresh, generation);
    this.#guard(() => {
      for (const [i, { player, join, role }] of fresh.entries()) {
        const team = teams[i]!;
        const botsGone = this.#makeWay(player, team);
        this.#sit({ id: player, join, isBot: false, team, role });
        if (botsGone > 1) this.#fillWithBots();
        if (generation > 0) this.#request?.sat(team);
      }
      this.#tell();
    });
    if (this.#ended) throw new WarrenError("ROOM_ENDED");
  }

  /** A team for each of them, so that all fit. */
  #teamsFor(fresh: readonly SeatFor[], generation: number): number[] {
    const { count, size } = this.#teams;
    const free = this.#teams.free();
    const teams: number[] = [];
    for (const seat of fresh) {
      const team = seat.team ?? leastAt(free.map((seats) => -seats)) ?? 0;
      wholeNumber("team", team, 0, count - 1);
      if (generation === 0 && free[team] === 0) {
        const where = count === 1 ? "The room" : `Team ${team}`;
        const taken = size - this.#teams.free()[team]!;
        throw new WarrenError("ROOM_FULL", `${where} has ${size} seats and ${taken} are taken.`);
      }
      free[team]! -= 1;
      teams.push(team);
    }
    // Who asks again for seats that were given is answered, whatever is asked for by now.
    if (generation > 0 && fresh.length > 0) {
      const asked = this.asked;
      if (asked?.generation !== generation) {
        throw new WarrenError(
          "BACKFILL_STALE",
          `generation is ${generation}; accepted: ${asked?.generation ?? "none, the room asks for nobody"}`,
        );
      }
      const given = asked.free.map((_, team) => teams.filter((t) => t === team).length);
      if (given.some((players, team) => players > asked.free[team]!))
        throw new WarrenError("BACKFILL_STALE", `Players for ${given}; the room asks for ${asked.free}.`);
    }
    return teams;
  }

  /** Keeps a seat whose player has not come yet for the whole time again. */
  extendReservation(player: PlayerId, nowMs: number): void {
    const seat = this.#seats.get(player);
    if (seat && !seat.taken) seat.awayAtMs = nowMs;
  }

  /** Frees a player's seat. Nothing if there is none. */
  release(player: PlayerId, why: LeaveReason, code: ErrorCode, nowMs: number): void {
    if (!this.hasSeat(player)) return;
    this.#nowMs = nowMs;
    this.#guard(() => this.#free(player, why, code));
  }

  /** The outcome of a message; one that is told again is ignored. */
  told(effectId: number, delivered: boolean): void {
    const settled = this.#ended ? undefined : this.#tells.settle(effectId, delivered);
    // Never refused: as many can come as messages may wait.
    if (settled) this.#setTimer(0, settled.then, settled.result);
  }

  /** Ends the room for everyone. */
  close(code: ErrorCode, message: string): void {
    this.#end(code, message, undefined);
  }

  // --- RoomLink ---

  attach(player: PlayerId, down: RoomDown): { actionSeq: number } {
    const seat = this.#seatOf(player);
    seat.down?.end("SESSION_SUPERSEDED", "The player connected again from elsewhere.");
    seat.down = down;
    seat.awayAtMs = undefined;
    seat.inputs.reset();
    if (!seat.taken) {
      this.#guard(() => {
        seat.taken = true;
        this.#players.set(player, seat);
        this.#definition.source.onJoin?.(this.#room, seat);
      });
      // Who sits where was told with the reservation.
      if (!this.#ended && !this.#isTold) this.#tell();
    }
    this.#somebodyCame();
    return { actionSeq: seat.actionSeq };
  }

  detach(player: PlayerId, down: RoomDown): void {
    const seat = this.#seats.get(player);
    if (seat?.down !== down) return;
    seat.awayAtMs = this.#nowMs;
    seat.inputs.idle();
  }

  reattach(player: PlayerId, down: RoomDown): void {
    const seat = this.#seatOf(player);
    if (seat.down !== down) throw new WarrenError("SESSION_NOT_FOUND");
    seat.awayAtMs = undefined;
    this.#somebodyCame();
  }

  leave(player: PlayerId, down: RoomDown): void {
    if (this.#seats.get(player)?.down !== down) return;
    this.#guard(() => this.#free(player, "left", "SEAT_NOT_FOUND"));
  }

  refresh(): void {
    this.#dirty = true;
  }

  input(player: PlayerId, inputNumber: number, seenAt: number, payload: ByteReader): void {
    const seat = this.#seatOf(player);
    seat.inputs.push(inputNumber, decodeAll(this.#definition.input, payload), seenAt);
  }

  action(player: PlayerId, actionSeq: number, actionId: number, payload: ByteReader): void {
    const seat = this.#seatOf(player);
    if (actionSeq === 0) throw new WarrenError("PROTOCOL_VIOLATION", "actionSeq is 0; accepted: from 1");
    if (actionSeq <= seat.actionSeq) {
      const known = seat.results.of(actionSeq);
      if (known) seat.down?.reply(actionSeq, known.errorCode, known.payload);
      else seat.down?.reply(actionSeq, "ACTION_LOST", new Uint8Array());
      return;
    }
    if (actionSeq !== seat.actionSeq + 1) {
      throw new WarrenError(
        "PROTOCOL_VIOLATION",
        `actionSeq is ${actionSeq}; accepted: ${seat.actionSeq + 1}, the next one`,
      );
    }
    // As `#guard` does it, without a function of its own for every action.
    try {
      const { errorCode, payload: answer } = this.#execute(seat, actionId, payload);
      seat.results.add(errorCode, answer);
      seat.down?.reply(actionSeq, errorCode, answer);
      if (this.#ending) this.#finish();
    } catch (error) {
      this.#fail(error);
    }
    this.#dirty = true;
  }

  /** Without ticks the state goes out with the replies, as often as sendHz allows. */
  settle(): void {
    if (this.#definition.tickHz === 0 && this.dueMs <= this.#nowMs) this.run(this.#nowMs);
  }

  #execute(
    seat: Seat,
    actionId: number,
    payload: ByteReader,
  ): { errorCode?: ErrorCode; payload: Uint8Array } {
    const { actionHandlers } = this.#definition;
    const handler = actionHandlers[actionId];
    if (!handler) {
      return refusal("ACTION_UNKNOWN", `action is ${actionId}; accepted: 0 to ${actionHandlers.length - 1}`);
    }
    let args: unknown;
    try {
      args = decodeAll(handler.args, payload);
    } catch (error) {
      return refusal("INVALID_ARGUMENT", WarrenError.from(error).message);
    }
    try {
      const result = handler.run(this.#room, seat, args);
      const checked = handler.result.check(result ?? {}, handler.resultPath);
      handler.result.write(answerWriter.reset(), checked);
      return { payload: answerWriter.view() };
    } catch (error) {
      if (error instanceof Refusal) return refusal("ACTION_REFUSED", error.message);
      throw error;
    }
  }

  // --- ticks ---

  #runTicks(nowMs: number): void {
    const behind = Math.floor((nowMs - this.#nextTickMs) / this.#periodMs);
    if (behind > CATCH_UP_TICKS_MAX) {
      this.#options.onTicksSkipped(behind);
      this.#nextTickMs += behind * this.#periodMs;
    }
    while (this.#nextTickMs <= nowMs && !this.#ended) {
      this.#nextTickMs += this.#periodMs;
      this.#ticks++;
      this.#runTimers(this.#roomTimeMs());
      if (this.#ending) break;
      for (const seat of this.#players.values() as IterableIterator<Seat>) {
        if (seat.isBot)
          seat.inputs.current = this.#definition.source.bot?.(this.#room, seat) ?? seat.inputs.current;
        else seat.inputs.consume();
      }
      this.#definition.source.onTick?.(this.#room, this.#periodMs);
      if (this.#ending) break;
      for (const rewind of this.#rewinds.values()) rewind.record(this.#ticks);
      // Of the ticks that are caught up with only the last is worth sending.
      this.#sendCredit = Math.min(this.#sendCredit + this.#definition.sendHz, this.#definition.tickHz * 2);
      this.#publish(this.#nextTickMs > nowMs && this.#sendCredit >= this.#definition.tickHz);
    }
  }

  #runWithoutTicks(nowMs: number): void {
    this.#runTimers(nowMs - this.#startMs);
    const toAll = this.#dirty && nowMs >= this.#nextSendMs;
    if (toAll || this.#awaitedSinceMs <= nowMs) this.#publish(toAll);
  }

  /** Somebody came, and has no state yet. */
  #somebodyCame(): void {
    this.#dirty = true;
    this.#awaitedSinceMs = Math.min(this.#awaitedSinceMs, this.#nowMs);
  }

  #runTimers(roomTimeMs: number): void {
    // They are in order of time. One that is set meanwhile waits for the next run, even if it is due.
    const later = this.#timers.findIndex((timer) => timer.dueMs - this.#startMs > roomTimeMs);
    const due = this.#timers.splice(0, later < 0 ? this.#timers.length : later);
    for (const { name, data } of due) {
      if (this.#ending) return;
      this.#dirty = true;
      this.#definition.source.timers?.[name]?.(this.#room, data);
    }
  }

  /** Gives the state to everyone, or only to those who have none yet. */
  #publish(toAll: boolean): void {
    // Nobody reads it by deltas.
    this.#hidden.forget(this.#hidden.seal(false));
    const seats = this.#seats.values();
    const readers = this.spectators.count === 0 ? seats : [...seats, ...this.spectators];
    this.#replication.publish(readers, toAll);
    this.#awaitedSinceMs = Number.POSITIVE_INFINITY;
    if (toAll) {
      this.#sendCredit = Math.max(0, this.#sendCredit - this.#definition.tickHz);
      // On average sendHz a second; a few may go out at once, so that a lone action is seen with its reply.
      const intervalMs = 1000 / this.#definition.sendHz;
      this.#nextSendMs = Math.max(this.#nextSendMs + intervalMs, this.#nowMs - (SEND_BURST - 1) * intervalMs);
      this.#dirty = false;
    }
  }

  #housekeep(nowMs: number): void {
    this.spectators.housekeep(nowMs);
    if (!this.#isTold) this.#tell();
    for (const seat of [...this.#seats.values()]) {
      if (seat.awayAtMs === undefined) continue;
      const keptMs = seat.taken ? this.info.resumeGraceMs : RESERVATION_MS;
      if (nowMs - seat.awayAtMs >= keptMs) this.#free(seat.id, "timeout", "SEAT_NOT_FOUND");
    }
    if (this.playerCount > 0) this.#emptySinceMs = nowMs;
    else if (nowMs - this.#emptySinceMs >= EMPTY_ROOM_MS)
      this.#end("ROOM_ENDED", "Everyone has left.", undefined);
  }

  // --- inside ---

  #seatOf(player: PlayerId): Seat {
    if (this.#ended) throw new WarrenError("ROOM_ENDED");
    const seat = this.#seats.get(player);
    if (!seat || seat.isBot) throw new WarrenError("SEAT_NOT_FOUND");
    return seat;
  }

  #sit(who: Sitter): Seat {
    const { input, inputBuffer, inputWhenEmpty, tickHz } = this.#definition;
    const repeatsMax = inputWhenEmpty === "idle" ? 0 : Math.ceil((INPUT_REPEAT_MS_MAX * tickHz) / 1000);
    const inputs = new InputBuffer(input, inputBuffer, repeatsMax);
    const seat = new Seat(who, inputs, this.#store.eyesOf(who.id), this.#nowMs);
    this.#seats.set(seat.id, seat);
    this.#teams.sat(seat);
    if (!seat.isBot && this.#options.match && !this.#reported) this.#remember(seat);
    return seat;
  }

  #remember({ id, team }: Seat): void {
    this.#ever.set(id, team);
    if (this.#ever.size <= this.#teams.seats + LEAVERS_MAX) return;
    for (const old of this.#ever.keys()) if (!this.hasSeat(old)) return void this.#ever.delete(old);
  }

  #free(player: PlayerId, why: LeaveReason, code: ErrorCode): void {
    const seat = this.#seats.get(player);
    if (!seat) return;
    this.#seats.delete(player);
    this.#teams.went(seat);
    const { down } = seat;
    seat.down = undefined;
    try {
      if (this.#players.delete(player)) {
        this.#dirty = true;
        this.#definition.source.onLeave?.(this.#room, seat, why);
      }
    } finally {
      // Also when onLeave throws: the seat is not among those that end with the room any more.
      down?.end(code, LEAVE_TEXT[why]);
    }
    if (!seat.isBot) {
      this.#fillWithBots();
      this.#tell();
    }
  }

  /** Tells the host, with what is asked for now. */
  #tell(): void {
    this.#request?.look(this.playerCount > 0 ? this.#teams.free() : []);
    this.#isTold = true;
    this.#options.onChanged();
  }

  get #botsWanted(): number {
    return Math.min(this.#options.fillTo, this.#teams.seats) - this.playerCount;
  }

  #fillWithBots(): void {
    if (!this.#definition.source.bot) return;
    // A definition may kick a bot as it joins; it does not get another chance for every one.
    for (let n = 1; this.#teams.bots < this.#botsWanted && n <= 2 * this.#teams.seats; n++) {
      const id = `bot-${n}` as PlayerId;
      const team = this.#teams.smallest();
      if (this.#seats.has(id) || team === undefined) continue;
      const seat = this.#sit({ id, join: this.#definition.join.initial(), isBot: true, team, role: "" });
      seat.taken = true;
      this.#players.set(id, seat);
      this.#definition.source.onJoin?.(this.#room, seat);
    }
  }

  /** Makes bots give way to a player: one that has the player's name, one of a full team, and one too many. Answers how many. */
  #makeWay(player: PlayerId, team: number): number {
    const before = this.#teams.bots;
    const removeBotOf = (of: number | undefined) => {
      for (const seat of this.#seats.values())
        if (seat.isBot && seat.team === of) return this.#free(seat.id, "replaced", "SEAT_NOT_FOUND");
    };
    this.#free(player, "replaced", "SEAT_NOT_FOUND");
    if (this.#teams.isFull(team)) removeBotOf(team);
    while (this.#teams.bots > 0 && this.#teams.bots > this.#botsWanted - 1)
      removeBotOf(this.#teams.botsOf(team) > 0 ? team : this.#teams.largestWithBot());
    return before - this.#teams.bots;
  }

  #roomTimeMs(): number {
    return this.#definition.tickHz > 0 ? this.#ticks * this.#periodMs : this.#nowMs - this.#startMs;
  }

  /** Runs code of the definition. A throw ends this room and nothing else. */
  #guard(run: () => void): void {
    if (this.#ended) return;
    try {
      run();
      if (this.#ending) this.#finish();
    } catch (error) {
      this.#fail(error);
    }
  }

  #finish(): void {
    // What changed together with the end is still seen.
    this.#publish(true);
    this.#end("ROOM_ENDED", "The room has ended.", undefined);
  }

  #fail(error: unknown): void {
    this.#end("ROOM_FAILED", "The room's own code failed.", error);
  }

  #end(code: ErrorCode, message: string, error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const seat of this.#seats.values()) seat.down?.end(code, message);
    this.spectators.end(code, message);
    this.#seats.clear();
    this.#players.clear();
    this.#teams.clear();
    this.#options.onEnded(error);
  }

  #makeRoom(): Room<unknown, unknown, never, unknown, Record<string, never>, unknown, RewindFields> {
    const runtime = this;
    return {
      get id() {
        return runtime.#opened("id", runtime.info.roomId);
      },
      options: this.#options.options,
      get match() {
        return runtime.#opened("match", runtime.#options.match);
      },
      state: this.#store.state as never,
      hidden: this.#hidden.state as never,
      players: this.#players,
      get tick() {
        return runtime.#ticks;
      },
      get nowMs() {
        return runtime.#roomTimeMs();
      },
      get spectators() {
        return runtime.spectators.count;
      },
      random: () => this.#prng.float(),
      emit: (event, payload, to) => this.#emit(event, payload, to),
      after: (delayMs, name, data) => {
        if (!this.#definition.source.timers?.[name])
          throw new InputError("room.after name", name, "a name in `timers`");
        if (!(delayMs >= 0)) throw new InputError("room.after delayMs", delayMs, "0 or more ms");
        this.#checkTimers("room.after");
        this.#setTimer(delayMs, name, data === undefined ? undefined : JSON.parse(JSON.stringify(data)));
      },
      tell: (player, topic, data, then) => this.#opened("tell", this).#tellPlayer(player, topic, data, then),
      look: (player, eye) => {
        for (const axis of ["x", "y"] as const) {
          if (!Number.isFinite(eye[axis]))
            throw new InputError(`room.look ${axis}`, eye[axis], "a finite number");
        }
        const eyes = this.#seats.get(player)?.eyes;
        if (eyes) eyes.eye = { x: eye.x, y: eye.y };
      },
      setGroups: (player, groups) => {
        this.#store.checkGroups(groups);
        const eyes = this.#seats.get(player)?.eyes;
        if (eyes) eyes.groups = { ...eyes.groups, ...groups };
      },
      kick: (player) => this.#free(player, "kicked", "KICKED"),
      end: () => {
        this.#ending = true;
      },
      askForPlayers: (wanted) => this.#opened("askForPlayers", this).#askForPlayers(wanted),
      report: (report) => this.#opened("report", this).#report(report),
      list: (properties) => {
        const listing = checkListing(properties);
        if (sameListing(listing, this.#listing)) return;
        this.#listing = listing;
        this.#isTold = false;
      },
      rewind: (player, table: string) => {
        const rewind = this.#rewinds.get(table);
        if (!rewind) throw new InputError("room.rewind table", table, [...this.#rewinds.keys()].join(", "));
        return rewind.seen((this.#seats.get(player)?.inputs.seenAt ?? 0) / SEEN_AT_PER_TICK);
      },
    };
  }

  #checkTimers(field: string): void {
    if (this.#timers.length >= TIMERS_MAX)
      throw new InputError(field, `${this.#timers.length} timers wait`, `fewer than ${TIMERS_MAX}`);
  }

  #setTimer(delayMs: number, name: string, data: unknown): void {
    // Without ticks a timer is what makes the room run: one that sets itself again at once must not take a whole core.
    const leastMs = this.#definition.tickHz === 0 ? 1 : 0;
    const dueMs = this.#startMs + this.#roomTimeMs() + Math.max(leastMs, delayMs);
    this.#timers.push({ dueMs, name, data });
    this.#timers.sort((a, b) => a.dueMs - b.dueMs);
  }

  #tellPlayer(player: string, topic: string, data: unknown, then: string | undefined): string {
    checkThen(then, this.#definition.source.timers);
    const { isRefused, ...tell } = this.#tells.add(player, topic, data, then);
    const { messageId } = tell.message;
    if (!isRefused) this.#options.onTell(tell);
    else if (then !== undefined) {
      this.#checkTimers("room.tell");
      this.#setTimer(0, then, { messageId, player: tell.player, delivered: false });
    }
    return messageId;
  }

  #askForPlayers(wanted: PlayersWanted): void {
    const { count, seats } = this.#teams;
    if (typeof wanted !== "string") {
      if (wanted.length !== count)
        throw new InputError(
          "room.askForPlayers",
          wanted,
          `all, none, or ${count} counts, one for each team`,
        );
      for (const [team, players] of wanted.entries())
        wholeNumber(`room.askForPlayers team ${team}`, players, 0, seats);
    }
    this.#request?.want(wanted);
    if (this.#request?.look(this.playerCount > 0 ? this.#teams.free() : [])) this.#options.onChanged();
  }

  #report(report: MatchReport): void {
    if (!this.#options.match) return;
    if (this.#reported) throw new InputError("room.report", "a second report", "one for each match");
    const result = matchResult(report, {
      ever: this.#ever,
      hasSeat: (player) => this.hasSeat(player),
      hasTeams: this.#teams.count > 1,
    });
    this.#reported = true;
    this.#ever.clear();
    this.#options.onResult(result);
  }

  #emit(event: string, payload: unknown, to: readonly PlayerId[] | undefined): void {
    const eventId = this.#eventIds.get(event);
    if (eventId === undefined) throw new InputError("event", event, [...this.#eventIds.keys()].join(", "));
    const type = (this.#definition.events as Record<string, { payload: Type<unknown> }>)[event]!.payload;
    const out = new ByteWriter(64);
    type.write(out, type.check(payload, `event ${event}`));
    const bytes = out.finish();
    const seats = to ? to.map((id) => this.#seats.get(id)) : this.#seats.values();
    for (const seat of seats) seat?.down?.event(this.#store.tick, eventId, bytes);
    if (!to) this.spectators.event(this.#store.tick, eventId, bytes);
  }
}

const LEAVE_TEXT: Record<LeaveReason, string> = {
  left: "You left the room.",
  timeout: "The seat was given up because the player was away too long.",
  superseded: "The player sits in another room now.",
  kicked: "The room removed the player.",
  replaced: "A player took the seat.",
};

function decodeAll(type: Type<unknown>, payload: ByteReader): unknown {
  const value = type.read(payload);
  payload.end();
  return value;
}

function refusal(errorCode: ErrorCode, message: string): { errorCode: ErrorCode; payload: Uint8Array } {
  return { errorCode, payload: new TextEncoder().encode(message) };
}
