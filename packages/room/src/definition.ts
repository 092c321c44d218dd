import { InputError, type PlayerId, wholeNumber } from "@warren/kernel";
import {
  type ActionType,
  type EventType,
  type GroupValue,
  type RoomWireSchema,
  type StateFields,
  type StateOf,
  type StateType,
  type Struct,
  type Type,
  t,
  wireSchemaFingerprint,
  wireSchemaOf,
} from "@warren/schema";
import type { MatchReport } from "./match/match-report.ts";
import type { PlayersWanted } from "./match/player-request.ts";
import { SPECTATORS_MAX } from "./room/spectators.ts";
import type { TellResult } from "./room/tells.ts";
import { checkRewind, type OnlyRewindOf, type RewindFields, type SeenRows } from "./state/rewind-fields.ts";

// Types of types are invariant in their value, so "any action at all" can only be written with `any`.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyActions = Readonly<Record<string, ActionType<any, any>>>;
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyEvents = Readonly<Record<string, EventType<any>>>;
type None = Readonly<Record<never, never>>;
type NoState = StateType<None>;

export type ArgsOf<A> = A extends ActionType<infer Args, unknown> ? Args : never;
export type ResultOf<A> = A extends ActionType<infer _, infer Result> ? Result : never;
export type PayloadOf<E> = E extends EventType<infer Payload> ? Payload : never;

/** Why a player's seat became free. */
export type LeaveReason =
  /** The player left. */
  | "left"
  /** The socket was lost and did not come back in time. */
  | "timeout"
  /** The player sits elsewhere now. */
  | "superseded"
  /** The room's code removed the player. */
  | "kicked"
  /** A bot gave its seat to a player. */
  | "replaced";

/** Someone with a seat: a player, or a bot. */
export interface Player<Join = unknown, Input = unknown> {
  readonly id: PlayerId;
  /** Driven by the definition's `bot` function; no session behind it. */
  readonly isBot: boolean;
  /** False while the socket is lost and the seat is kept. Always true for bots. */
  readonly connected: boolean;
  /** Number of the player's team, from 0; always 0 in a room without teams. Bots are in the team that is smallest. */
  readonly team: number;
  /** What the player plays, of the roles of the queue; empty: the queue has none, or it is a bot. */
  readonly role: string;
  /** What the player brought along; the type's initial value for bots. */
  readonly join: Join;
  /** The input consumed for this tick. */
  readonly input: Input;
}

/** The room as its own code sees it. */
export interface Room<Options, Join, S, Input, E extends AnyEvents, H = unknown, W = None> {
  readonly id: string;
  /** What the room was opened with: from the queue or the creator. Trusted. */
  readonly options: Options;
  /** The match the room was opened for, and its queue; undefined: a player opened it. */
  readonly match: { readonly id: string; readonly queue: string } | undefined;
  /** Assign to it; what changed is sent. */
  readonly state: StateOf<S>;
  /** What no client ever sees: assign to it as to the state. */
  readonly hidden: StateOf<H>;
  /** Ticks since the room was opened. */
  readonly tick: number;
  /** Time since the room was opened, in ms. Advances by whole ticks in a room that has ticks. */
  readonly nowMs: number;
  /** Those who watch, connected or within their grace; they are not among the players. */
  readonly spectators: number;
  /** Everyone with a seat who has come at least once, bots included, in order of arrival. */
  readonly players: ReadonlyMap<PlayerId, Player<Join, Input>>;
  /** Seeded random number from 0 (included) to 1 (excluded). Never use Math.random in a room. */
  random(): number;
  /**
   * Tells an event to everyone, spectators included, or to some players. Reliable and in order for each of them. Throws InputError for a name that is
   * not in `events` or a payload that is not of its type; as every throw in a hook, that ends the room.
   */
  emit<K extends keyof E & string>(event: K, payload: PayloadOf<E[K]>, to?: readonly PlayerId[]): void;
  /**
   * Calls `timers[name](room, data)` after `delayMs`, 0 or more: at the beginning of a tick, and in a room without ticks
   * after 1 ms at the soonest. Data must be plain JSON. Throws InputError, which ends the room, for another delay, a name
   * that is not in `timers`, or when 10,000 timers wait already.
   */
  after(delayMs: number, name: string, data?: unknown): void;
  /**
   * Moves a player's eye, from which tables with a grid are seen. Until it is called, the eye is at the player's own
   * row of such a table: the one whose key is the player's id. Nothing for a player who has no seat. Throws InputError, which ends the room,
   * for numbers that are not finite.
   */
  look(player: PlayerId, eye: { readonly x: number; readonly y: number }): void;
  /**
   * Says which groups a player is in, by the name of the field that tables are grouped by: one value or several.
   * Groups not named stay as they are. Nothing for a player who has no seat. Throws InputError, which ends the room, for
   * a name that no table is grouped by, and a value that is not of that field's type.
   */
  setGroups(player: PlayerId, groups: Readonly<Record<string, GroupValue | readonly GroupValue[]>>): void;
  /** Frees the player's seat and closes the connection with KICKED. Nothing for a player who has no seat. */
  kick(player: PlayerId): void;
  /**
   * Says which players the room would have besides those it has, from now on: for each team so many (without teams
   * `[2]`), `"all"` there is space for, or `"none"`. A count goes down by one with each player who comes by it, and never up.
   * Until it is called: all. Seats of bots count as free. Nothing in a room whose queue has no backfill.
   * Throws InputError, which ends the room, for another number of teams, and counts that are not whole numbers from 0.
   */
  askForPlayers(wanted: PlayersWanted): void;
  /**
   * Tells how the match ended: once, while the room goes on or before it ends. Ratings follow from it, and the studio's
   * backend is told. Who left before is added by the room. Nothing in a room that belongs to no match. Throws InputError, which
   * ends the room, when it is called again, and for a report that is not as {@link MatchReport} says.
   */
  report(report: MatchReport): void;
  /**
   * Says what the public listing can be filtered by, instead of what was said before: up to 16 properties, names of 1 to
   * 32 characters, values of up to 64. Told within a second. Seen only of rooms that were opened to be listed. Throws
   * InputError, which ends the room, for more.
   */
  list(properties: Readonly<Record<string, string>>): void;
  /**
   * Tells a player something, wherever the player is connected, in this room or any other: up to 8 KiB of plain JSON under
   * a topic of 1 to 64 characters. Answers the id of the message. Nothing is kept for who is not connected. With `then`
   * the timer of that name is called with a {@link TellResult} when the outcome is known, mostly within milliseconds and
   * after two seconds at the latest, in the order in which outcomes come; should the room be moved or restored, perhaps
   * more than once. While 1,000 messages of the room wait for their outcome a further one is not sent and counts as not
   * delivered. Throws InputError, which ends the room, for what is no id of a player, another topic, data that is too
   * large, and a name that is not in `timers`.
   */
  tell(player: string, topic: string, data: unknown, then?: string): string;
  /** Ends the room for everyone once the running handler returns. */
  end(): void;
  /**
   * A table of `rewind` as the player saw it when it made its `input`: what it aimed at, whatever the delay. Rows that
   * have been deleted since are not there. A bot, and a client that does not say what it shows, sees the table as it is.
   * Views do not matter: rows the player could not see are answered too. Exact with `sendHz` = `tickHz`: with fewer
   * states the page draws straight lines between those it was told. Throws InputError, which
   * ends the room, for a table that is not in `rewind`.
   */
  rewind<T extends keyof W & string>(
    player: PlayerId,
    table: T,
  ): SeenRows<{ readonly [F in keyof W[T]]: number }>;
}

/** Thrown by an action's handler to say no; the text reaches the player. Check before you change: what was changed stays. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** All there is to say about a kind of room. Hooks are synchronous; a throw in one ends this room, and only it. */
export interface RoomSource<
  Options,
  Join,
  S extends StateType<StateFields>,
  Input,
  A extends AnyActions,
  E extends AnyEvents,
  H extends StateType<StateFields> = NoState,
  W = None,
> {
  /** Players and bots together, 1 to 1,000. */
  seats: number;
  /** Ticks per second, 1 to 128; 0: a room without ticks. @default 0 */
  tickHz?: number;
  /** State frames per second at the most, 1 to 128. @default 20 */
  sendHz?: number;
  /**
   * Who may watch without a seat, at one time: 0 (nobody) to 100,000. They see what is nobody's own: of tables that are
   * seen by owner, by group or from an eye, nothing. @default 0
   */
  spectators?: number;
  /** What an acknowledgement means. Only `none` (applied) so far. @default "none" */
  durability?: "none";
  /** Inputs kept for later ticks, 1 to 64; the oldest is dropped when full and counts as consumed. @default 8 */
  inputBuffer?: number;
  /**
   * What a tick uses whose input has not come: the last one, for 1,000 ms of ticks in a row at the most, or the type's
   * initial value. @default "repeat"
   */
  inputWhenEmpty?: "repeat" | "idle";
  /**
   * Rooms a node keeps made, 0 to 100, with the options that were asked for last: `onCreate` has run, so that one that
   * is asked for is there at once. For an onCreate that takes long, as one that makes a map. In it `room.id`,
   * `room.match`, `room.askForPlayers`, `room.report` and `room.tell` throw: such a room is made for nobody yet. `room.random` is
   * another in each. @default 0
   */
  warm?: number;
  /** How long a seat is kept after the socket is lost, 0 to 300,000 ms. @default 30_000 */
  resumeGraceMs?: number;
  /**
   * Tables whose rows are remembered for `room.rewind`, with the fields it is about, which have to be numbers:
   * `{ ships: { x: "linear", y: "linear", angle: "angle" } }`. Memory: 8 bytes × (fields + 1) × ticks a row,
   * 16 MiB a table at the most; rows beyond are answered as they are now.
   */
  rewind?: W & OnlyRewindOf<W, S>;
  /** How far back `room.rewind` goes at the most, 0 to 1,000 ms: what the slowest player sees, and a cheat may claim. @default 250 */
  rewindMs?: number;
  options?: Type<Options>;
  join?: Type<Join>;
  state: S;
  /** State that stays on the server: in no schema, type or frame of a client. */
  hidden?: H;
  input?: Type<Input>;
  actions?: A;
  events?: E;
  onCreate?(room: Room<Options, Join, S, Input, E, H, W>): void;
  onJoin?(room: Room<Options, Join, S, Input, E, H, W>, player: Player<Join, Input>): void;
  onLeave?(room: Room<Options, Join, S, Input, E, H, W>, player: Player<Join, Input>, why: LeaveReason): void;
  /** Once a tick; `dtMs` is always 1000 / tickHz. */
  onTick?(room: Room<Options, Join, S, Input, E, H, W>, dtMs: number): void;
  /** One handler per action; what it returns is the reply. */
  on?: {
    [K in keyof A]: (
      room: Room<Options, Join, S, Input, E, H, W>,
      player: Player<Join, Input>,
      args: ArgsOf<A[K]>,
    ) => ResultOf<A[K]>;
  };
  /** One handler per name given to `room.after` or as `then` to `room.tell`. */
  timers?: Record<string, (room: Room<Options, Join, S, Input, E, H, W>, data: unknown) => void>;
  /** What a bot does this tick. */
  bot?(room: Room<Options, Join, S, Input, E, H, W>, player: Player<Join, Input>): Input;
}

/** What is looked up for every action. */
export interface ActionHandler {
  readonly run: (room: unknown, player: unknown, args: unknown) => unknown;
  readonly args: Type<unknown>;
  readonly result: Type<unknown>;
  /** Says in an error what was wrong. */
  readonly resultPath: string;
}

/** A room definition with its defaults filled in. Made by {@link defineRoom} only. */
export interface RoomDefinition<
  Options = unknown,
  Join = unknown,
  S extends StateType<StateFields> = StateType<StateFields>,
  Input = unknown,
  A extends AnyActions = AnyActions,
  E extends AnyEvents = AnyEvents,
  H extends StateType<StateFields> = StateType<StateFields>,
  W = RewindFields,
> {
  readonly seats: number;
  readonly tickHz: number;
  readonly sendHz: number;
  readonly spectators: number;
  readonly inputBuffer: number;
  readonly inputWhenEmpty: "repeat" | "idle";
  readonly warm: number;
  readonly resumeGraceMs: number;
  readonly rewind: RewindFields;
  readonly rewindMs: number;
  readonly options: Type<Options>;
  readonly join: Type<Join>;
  readonly state: S;
  readonly hidden: H;
  readonly input: Type<Input>;
  readonly actions: A;
  readonly events: E;
  /** Of the actions; their place is their id on the wire. */
  readonly actionHandlers: readonly ActionHandler[];
  readonly source: RoomSource<Options, Join, S, Input, A, E, H, W>;
  /** What a client must know to talk to it. */
  readonly wire: RoomWireSchema;
  readonly wireFingerprint: string;
}

// biome-ignore lint/suspicious/noExplicitAny: hooks take the room as a parameter, so definitions are invariant
export type AnyRoomDefinition = RoomDefinition<any, any, any, any, any, any, any, any>;

/** Describes a kind of room. Throws InputError when a number is out of its range or an action has no handler. */
export function defineRoom<
  S extends StateType<StateFields>,
  Options = None,
  Join = None,
  Input = None,
  A extends AnyActions = None,
  E extends AnyEvents = None,
  H extends StateType<StateFields> = NoState,
  const W extends RewindFields = None,
>(
  source: RoomSource<Options, Join, S, Input, A, E, H, W>,
): RoomDefinition<Options, Join, S, Input, A, E, H, W> {
  const nothing = t.struct({}) as Struct<None>;
  const actions = source.actions ?? ({} as A);
  const events = source.events ?? ({} as E);
  const input = source.input ?? (nothing as unknown as Type<Input>);
  const actionHandlers = Object.entries(actions).map(([name, { args, result }]): ActionHandler => {
    if (!source.on || !Object.hasOwn(source.on, name))
      throw new InputError(`on.${name}`, undefined, `a handler for the action ${name}`);
    const on = source.on as Record<string, ActionHandler["run"]>;
    return { run: on[name]!.bind(on), args, result, resultPath: `result of ${name}` };
  });
  // A promise that would not be kept must not be made in silence.
  oneOf("durability", source.durability ?? "none", ["none"]);
  if (source.state?.json?.values === undefined)
    throw new InputError("state", source.state, "what t.state({ … }) makes");
  if (source.rewind !== undefined && source.tickHz === 0)
    throw new InputError("rewind", source.rewind, "nothing in a room without ticks");
  for (const name of ["onTick", "input", "bot", "rewind"] as const) {
    if (source[name] !== undefined && source.tickHz === undefined) {
      throw new InputError(
        "tickHz",
        source.tickHz,
        `1 to 128 in a room with ${name}, or 0 to say that there are no ticks`,
      );
    }
  }
  const wire = wireSchemaOf({ state: source.state, input, actions, events });
  return {
    seats: wholeNumber("seats", source.seats, 1, 1_000),
    tickHz: wholeNumber("tickHz", source.tickHz ?? 0, 0, 128),
    sendHz: wholeNumber("sendHz", source.sendHz ?? 20, 1, 128),
    spectators: wholeNumber("spectators", source.spectators ?? 0, 0, SPECTATORS_MAX),
    inputBuffer: wholeNumber("inputBuffer", source.inputBuffer ?? 8, 1, 64),
    inputWhenEmpty: oneOf("inputWhenEmpty", source.inputWhenEmpty ?? "repeat", ["repeat", "idle"]),
    warm: wholeNumber("warm", source.warm ?? 0, 0, 100),
    resumeGraceMs: wholeNumber("resumeGraceMs", source.resumeGraceMs ?? 30_000, 0, 300_000),
    rewind: checkRewind((source.rewind ?? {}) as RewindFields, source.state),
    rewindMs: wholeNumber("rewindMs", source.rewindMs ?? 250, 0, 1_000),
    options: source.options ?? (nothing as unknown as Type<Options>),
    join: source.join ?? (nothing as unknown as Type<Join>),
    state: source.state,
    hidden: source.hidden ?? (t.state({}) as StateType<StateFields> as H),
    input,
    actions,
    events,
    actionHandlers,
    source,
    wire,
    wireFingerprint: wireSchemaFingerprint(wire),
  };
}

function oneOf<T extends string>(field: string, value: T, accepted: readonly T[]): T {
  if (accepted.includes(value)) return value;
  throw new InputError(field, value, accepted.join(" or "));
}
