import {
  type Clock,
  type Epoch,
  type PlayerId,
  parseEpoch,
  parsePlayerId,
  parseRoomId,
  type RoomId,
} from "@warren/kernel";
import { type ErrorCode, WarrenError } from "@warren/protocol";
import type { AnyRoomDefinition } from "../definition.ts";
import type { MatchResult } from "../match/match-report.ts";
import type { AskedPlayers } from "../match/player-request.ts";
import type { RoomInfo, RoomLink } from "./room-link.ts";
import { RoomRuntime, type RoomRuntimeOptions } from "./room-runtime.ts";
import { checkedJson, type RoomSpec, type SeatSpec, teamsOf } from "./room-spec.ts";
import { type Runnable, RunQueue } from "./run-queue.ts";
import { seatLink } from "./seat-link.ts";
import type { Tell } from "./tells.ts";
import { TickPhases } from "./tick-phases.ts";
import { WarmRooms } from "./warm-rooms.ts";
import { watchLink } from "./watch-link.ts";

/** How a match ended. */
export interface ReportedResult extends MatchResult {
  readonly matchId: string;
  readonly roomId: RoomId;
}

/** A message of a room to a player anywhere. */
export interface RoomTell extends Tell {
  readonly roomId: RoomId;
}

/** A room as the host's owner is told about it. */
export interface RoomSummary {
  readonly roomId: RoomId;
  readonly spec: RoomSpec;
  readonly epoch: Epoch;
  readonly seats: number;
  readonly players: number;
  readonly ended: boolean;
  /** What it asks for; undefined: nothing. */
  readonly asked: AskedPlayers | undefined;
  /** In the public listing as long as it has a free seat. */
  readonly listed: boolean;
  /** What the listing may be filtered by. */
  readonly properties: ReadonlyMap<string, string>;
  /** It lets spectators in, though it may have as many as it takes. */
  readonly watchable: boolean;
  /** Those who watch, as of a second ago at the latest. */
  readonly spectators: number;
}

/** What is at its limit when a host answers NO_CAPACITY. */
export type CapacityCause = "rooms" | "seats" | "lag" | "memory";

export interface RoomHostOptions {
  readonly definitions: Readonly<Record<string, AnyRoomDefinition>>;
  readonly clock: Clock;
  /** Rooms at one time, at the most. */
  readonly roomsMax: number;
  /** Seats players hold at one time, in all rooms. @default no limit */
  readonly seatsMax?: number;
  /** Why neither rooms nor players are taken now. @default they are */
  overload?(): { readonly cause: CapacityCause; readonly message: string } | undefined;
  /** A room was opened; warm: it had been made ahead. */
  onOpened?(room: RoomInfo, warm: boolean): void;
  /** A room that was made ahead failed in its own code, or ended: none of its definition is made ahead any more. */
  onWarmFailed?(room: RoomInfo, error: unknown): void;
  /** NO_CAPACITY was answered. */
  onRefused?(cause: CapacityCause): void;
  seed(): number;
  /** Ticks were left out because a room was too far behind. */
  onTicksSkipped?(room: RoomInfo, count: number): void;
  /** A room ran for `tookMs`, and nothing else did meanwhile: so many ticks, or 0 when it was a call between them. */
  onRan?(room: RoomInfo, ticks: number, tookMs: number): void;
  /** A room told how its match ended. */
  onResult?(result: ReportedResult): void;
  /**
   * A room wants a player to be told something, wherever the player is; {@link RoomHost.told} takes the outcome. Called
   * while the room's code runs. @default nothing is sent, and no outcome comes
   */
  onTell?(tell: RoomTell): void;
  /** A room opened, changed or ended; `error` when its own code failed. */
  onChanged(room: RoomSummary, error: unknown): void;
}

/** Name of rooms that are made ahead, where something is said of one. */
const WARM_ROOM = parseRoomId("r_warm");

interface Hosted extends Runnable {
  readonly runtime: RoomRuntime;
  readonly spec: RoomSpec;
  /** Players that are counted for the host. */
  players: number;
  /** The way for sessions that play, the same for all. */
  readonly link: RoomLink;
}

/** All rooms of one node: opens them, runs them when they are due, forgets them when they end. */
export class RoomHost {
  readonly #options: RoomHostOptions;
  readonly #rooms = new Map<RoomId, Hosted>();
  readonly #queue: RunQueue<Hosted>;
  readonly #phases = new TickPhases();
  /** Rooms made ahead, by name of their definition. */
  readonly #warm = new Map<string, WarmRooms>();
  /** Definitions that failed when they were made ahead. */
  readonly #notWarm = new Set<string>();
  #isClosed = false;
  #players = 0;

  constructor(options: RoomHostOptions) {
    this.#options = options;
    this.#queue = new RunQueue(options.clock, (hosted, nowMs) => {
      const startedMs = options.clock.monotonicMs();
      this.#ran(hosted.runtime, hosted.runtime.run(nowMs), startedMs);
      this.#schedule(hosted);
    });
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Seats held by players, connected or not, in all rooms. */
  get playerCount(): number {
    return this.#players;
  }

  *summaries(): IterableIterator<RoomSummary> {
    for (const hosted of this.#rooms.values()) yield this.#summary(hosted);
  }

  has(room: RoomId): boolean {
    return this.#rooms.has(room);
  }

  /** Fails before anything is claimed: unknown definition, options that are not valid, no space for it and its players. */
  check(spec: RoomSpec, players = 0): void {
    this.#checkedOptions(spec);
    const { roomsMax } = this.#options;
    if (this.#rooms.size >= roomsMax)
      this.#refuse("rooms", `The node runs ${this.#rooms.size} rooms; it takes ${roomsMax} at the most.`);
    this.#checkSeats(players);
  }

  #checkSeats(players: number): void {
    const { seatsMax = Number.POSITIVE_INFINITY, overload } = this.#options;
    if (this.#players + players > seatsMax)
      this.#refuse("seats", `The node has ${this.#players} seats taken; it gives ${seatsMax} at the most.`);
    const over = overload?.();
    if (over) this.#refuse(over.cause, over.message);
  }

  #refuse(cause: CapacityCause, message: string): never {
    this.#options.onRefused?.(cause);
    throw new WarrenError("NO_CAPACITY", message);
  }

  open(roomId: RoomId, epoch: Epoch, spec: RoomSpec): void {
    this.check(spec);
    const { definition, options } = this.#checkedOptions(spec);
    let hosted: Hosted | undefined;
    let failure: unknown;
    const changed = (error?: unknown) => {
      failure = error;
      if (hosted) this.#changed(roomId, hosted, error);
    };
    const info = infoOf(roomId, epoch, spec.roomName, definition, spec.joinCode);
    const nowMs = this.#options.clock.monotonicMs();
    const warm = this.#warmOf(spec.roomName, definition)?.take(spec.optionsJson);
    const made: RoomRuntimeOptions = {
      definition,
      options,
      info,
      seed: this.#options.seed(),
      nowMs,
      tickPhase: this.#phases.next(definition.tickHz),
      fillTo: spec.fillTo,
      match: spec.matchId ? { id: spec.matchId, queue: spec.queue } : undefined,
      backfill: spec.backfill ?? false,
      teams: teamsOf(spec, definition),
      onResult: (result) => this.#options.onResult?.({ ...result, matchId: spec.matchId ?? "", roomId }),
      onTell: (tell) => this.#options.onTell?.({ ...tell, roomId }),
      onChanged: () => changed(),
      onTicksSkipped: (count) => this.#options.onTicksSkipped?.(info, count),
      onEnded: (error) => changed(error),
    };
    const runtime = warm ?? new RoomRuntime(made);
    warm?.open(made);
    this.#options.onOpened?.(info, warm !== undefined);
    this.#ran(runtime, 0, nowMs);
    if (runtime.ended)
      throw new WarrenError("ROOM_FAILED", "The room's own code failed in onCreate.", { cause: failure });
    const opened: Hosted = {
      runtime,
      spec,
      players: 0,
      link: seatLink({
        runtime,
        clock: this.#options.clock,
        soon: () => this.#schedule(opened),
        ran: (startedMs) => this.#ran(runtime, 0, startedMs),
      }),
      dueMs: Number.POSITIVE_INFINITY,
    };
    hosted = opened;
    this.#rooms.set(roomId, opened);
    this.#schedule(opened);
    changed();
  }

  #warmOf(roomName: string, definition: AnyRoomDefinition): WarmRooms | undefined {
    if (definition.warm === 0 || this.#notWarm.has(roomName)) return undefined;
    const known = this.#warm.get(roomName);
    if (known) return known;
    const { clock } = this.#options;
    const rooms = new WarmRooms(clock, definition.warm, (optionsJson) =>
      this.#isClosed || this.#options.overload?.()
        ? undefined
        : this.#makeWarm(roomName, definition, optionsJson),
    );
    this.#warm.set(roomName, rooms);
    return rooms;
  }

  /** Its own code failed: told, and undefined. */
  #makeWarm(roomName: string, definition: AnyRoomDefinition, optionsJson: string): RoomRuntime | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    let failure: unknown;
    const info = infoOf(WARM_ROOM, parseEpoch(1), roomName, definition, "");
    const runtime = new RoomRuntime(
      {
        definition,
        options: checkedJson(definition.options, optionsJson, "options"),
        info,
        seed: this.#options.seed(),
        nowMs,
        tickPhase: 0,
        fillTo: 0,
        match: undefined,
        backfill: false,
        teams: { count: 1, size: definition.seats },
        onResult() {},
        onTell() {},
        onChanged() {},
        onTicksSkipped() {},
        onEnded: (error) => {
          failure = error;
        },
      },
      true,
    );
    this.#ran(runtime, 0, nowMs);
    if (!runtime.ended) return runtime;
    this.#notWarm.add(roomName);
    this.#options.onWarmFailed?.(info, failure);
    return undefined;
  }

  /**
   * Gives players seats in a room that runs: all of them or none. With a generation (from 1) only as the room's request
   * of that number has it. Throws WarrenError.
   */
  reserve(room: RoomId, seats: readonly SeatSpec[], generation = 0): { epoch: Epoch; joinCode: string } {
    const hosted = this.#get(room);
    const { runtime, spec } = hosted;
    const { join } = this.#definition(spec.roomName);
    const wanted = seats.map((seat) => ({
      player: parsePlayerId(seat.playerId),
      join: checkedJson(join, seat.joinJson, "join"),
      team: seat.team,
      role: seat.role ?? "",
    }));
    // Who has a seat keeps it, however full the node is.
    const fresh = wanted.filter(({ player }) => !runtime.hasSeat(player)).length;
    if (fresh > 0) this.#checkSeats(fresh);
    runtime.reserve(wanted, this.#options.clock.monotonicMs(), generation);
    this.#schedule(hosted);
    return { epoch: runtime.info.epoch, joinCode: spec.joinCode };
  }

  /**
   * Whether all of them have seats in the room. Whoever has not come yet gets the whole reservation again, because a
   * fresh token is on its way. Throws SEAT_NOT_FOUND or ROOM_NOT_FOUND.
   */
  hold(room: RoomId, seats: readonly SeatSpec[]): { epoch: Epoch } {
    const { runtime } = this.#get(room);
    for (const { playerId } of seats) {
      const player = parsePlayerId(playerId);
      if (!runtime.hasSeat(player)) throw new WarrenError("SEAT_NOT_FOUND");
      runtime.extendReservation(player, this.#options.clock.monotonicMs());
    }
    return { epoch: runtime.info.epoch };
  }

  /** Frees a seat because the player sits elsewhere now. Nothing if there is none. */
  release(room: RoomId, player: PlayerId): void {
    const hosted = this.#rooms.get(room);
    if (!hosted) return;
    hosted.runtime.release(player, "superseded", "SESSION_SUPERSEDED", this.#options.clock.monotonicMs());
    this.#schedule(hosted);
  }

  /** Whether a player has what the room said by {@link RoomHostOptions.onTell}. Nothing if the room has ended. */
  told(room: RoomId, effectId: number, delivered: boolean): void {
    const hosted = this.#rooms.get(room);
    if (!hosted) return;
    hosted.runtime.at(this.#options.clock.monotonicMs()).told(effectId, delivered);
    this.#schedule(hosted);
  }

  /** The way for a session into a room of this node. Throws ROOM_NOT_FOUND. */
  linkTo(room: RoomId): RoomLink {
    return this.#get(room).link;
  }

  /** The way for a spectator. Throws ROOM_NOT_FOUND, or ROOM_NOT_WATCHABLE when the room takes none or has all it takes. */
  watch(room: RoomId): RoomLink {
    const hosted = this.#get(room);
    const { info, spectators } = hosted.runtime;
    spectators.checkSpace();
    return watchLink({
      info,
      spectators,
      nowMs: () => this.#options.clock.monotonicMs(),
      soon: () => this.#schedule(hosted),
      refresh: () => hosted.runtime.refresh(),
    });
  }

  /** Ends a room for everyone. Nothing if there is none. */
  end(room: RoomId, code: ErrorCode, message: string): void {
    this.#rooms.get(room)?.runtime.close(code, message);
  }

  /** Ends every room. */
  close(): void {
    this.#isClosed = true;
    for (const { runtime } of [...this.#rooms.values()])
      runtime.close("ROOM_ENDED", "The server is stopping.");
  }

  #schedule(hosted: Hosted): void {
    this.#queue.set(hosted, hosted.runtime.dueMs);
  }

  #ran(runtime: RoomRuntime, ticks: number, startedMs: number): void {
    this.#options.onRan?.(runtime.info, ticks, this.#options.clock.monotonicMs() - startedMs);
  }

  #changed(roomId: RoomId, hosted: Hosted, error: unknown): void {
    const { playerCount } = hosted.runtime;
    this.#players += playerCount - hosted.players;
    hosted.players = playerCount;
    if (hosted.runtime.ended) {
      this.#schedule(hosted);
      this.#rooms.delete(roomId);
    }
    this.#options.onChanged(this.#summary(hosted), error);
  }

  #summary({ runtime, spec }: Hosted): RoomSummary {
    const { roomId, epoch } = runtime.info;
    const { seatCount: seats, playerCount: players, ended, asked } = runtime;
    const { count: spectators, countMax } = runtime.spectators;
    const watchable = !ended && countMax > 0;
    const listed = spec.listed === true && !ended;
    const properties = spec.listed ? runtime.listing : new Map<string, string>();
    return { roomId, spec, epoch, seats, players, ended, asked, listed, properties, watchable, spectators };
  }

  #get(room: RoomId): Hosted {
    const hosted = this.#rooms.get(room);
    if (!hosted) throw new WarrenError("ROOM_NOT_FOUND");
    return hosted;
  }

  #definition(name: string): AnyRoomDefinition {
    const { definitions } = this.#options;
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (!definition)
      throw new WarrenError(
        "ROOM_UNKNOWN",
        `room is ${JSON.stringify(name)}; accepted: ${Object.keys(definitions).join(", ")}`,
      );
    return definition;
  }

  #checkedOptions(spec: RoomSpec): { definition: AnyRoomDefinition; options: unknown } {
    const definition = this.#definition(spec.roomName);
    teamsOf(spec, definition);
    return { definition, options: checkedJson(definition.options, spec.optionsJson, "options") };
  }
}

const schemaTexts = new WeakMap<object, string>();

/** One text for all rooms of a definition. */
function schemaText(wire: object): string {
  const known = schemaTexts.get(wire) ?? JSON.stringify(wire);
  schemaTexts.set(wire, known);
  return known;
}

function infoOf(
  roomId: RoomId,
  epoch: Epoch,
  roomName: string,
  definition: AnyRoomDefinition,
  joinCode: string,
): RoomInfo {
  const { tickHz, sendHz, resumeGraceMs, wireFingerprint, wire } = definition;
  const wireSchema = schemaText(wire);
  return { roomId, roomName, epoch, tickHz, sendHz, resumeGraceMs, wireFingerprint, wireSchema, joinCode };
}
