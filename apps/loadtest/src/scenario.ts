import type { Game } from "@warren/game";
import { InputError, type Prng } from "@warren/kernel";
import type { Infer } from "@warren/schema";
import type { Party, PartySize } from "./player/parties.ts";

/** The rate moves evenly to `toPerSecond` within `forMs`, from that of the stage before, at first from 0. */
export interface RateStage {
  readonly forMs: number;
  readonly toPerSecond: number;
}

/**
 * Who comes, when: a population, in which a player who leaves is replaced, all there after `rampMs`; or players who come
 * at a rate whatever becomes of those before. After the last stage its rate stays, until `playersMax` have come.
 */
export type Arrivals =
  | { readonly players: number; readonly rampMs: number }
  | { readonly stages: readonly RateStage[]; readonly playersMax?: number };

/** What a seat is had with: from a match, or straight from a room. */
export interface Assignment {
  readonly roomId: string;
  readonly url: string;
  readonly seatToken: string;
  /** Undefined: not by a match. */
  readonly queue?: string;
}

/** Where the player sits now: a session whose first state has come. */
export interface Seat {
  readonly roomId: string;
  readonly roomName: string;
  readonly playerId: string;
  readonly tickHz: number;
  /** Actions of the room by name, in the order of their ids. */
  readonly actions: readonly string[];
  /** How long the seat is kept without a socket. */
  readonly resumeGraceMs: number;
  /** The last state's. */
  readonly tick: number;
}

/** What a player brings. */
export interface MemberOptions {
  /** @default as the queue describes its players, without what only the studio may say */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Round-trip ms by region. @default near one of the cluster's, when the queue asks for it */
  readonly latencies?: Readonly<Record<string, number>>;
  /** What the room asks of who joins. @default something valid for the queue's room */
  readonly join?: unknown;
}

/** When a player cancels its ticket: then `queue` rejects with `CANCELLED`, unless a match was faster or is proposed. */
export interface PatienceOptions {
  /** So long after the ticket was posted. @default never */
  readonly patienceMs?: number;
  /** When it aborts. */
  readonly signal?: AbortSignal;
}

export interface QueueOptions extends MemberOptions, PatienceOptions {}

export interface LobbyOptions<G extends Game = Game> extends MemberOptions {
  /** What it is to play. @default the game's first */
  readonly queues?: readonly QueueName<G>[];
}

export type QueueName<G extends Game> = keyof G["queues"] & string;
type RoomOf<G extends Game> = G["rooms"][keyof G["rooms"]];
type InputOf<R> = R extends { readonly input: infer T } ? Infer<T> : never;
type ActionsOf<R> = R extends { readonly actions: infer A } ? A : never;
/** Of an action of a game that is not known, which is `any`: whatever. */
type ArgsOf<A> = 0 extends 1 & A ? unknown : A extends { readonly args: infer T } ? Infer<T> : never;

/** An action again and again, a first time within the first period. */
export interface RepeatedAction<Args = unknown> {
  readonly perSecond: number;
  /** @default something valid */
  readonly args?: (random: Prng) => Args;
}

export interface PlayOptions<G extends Game = Game> {
  readonly forMs: number;
  /** Inputs a second, 0: none. @default as often as the room ticks */
  readonly inputHz?: number;
  /** An input, as the room's type has it; they are numbered from 1. @default something valid that changes now and then */
  readonly input?: (random: Prng, inputNumber: number) => InputOf<RoomOf<G>>;
  /** By their names in the room. @default none */
  readonly actions?: {
    readonly [A in keyof ActionsOf<RoomOf<G>>]?: RepeatedAction<ArgsOf<ActionsOf<RoomOf<G>>[A]>>;
  };
}

export interface Lobby {
  readonly lobbyId: string;
  readonly joinCode: string;
}

/**
 * One player of a run, as scenarios see it. Each step counts its own stage, time and error; when it fails it rejects with
 * StepError, and a player whose scenario does not catch that leaves. When the run ends all steps reject.
 */
export interface VirtualPlayer<G extends Game = Game> {
  /** From 0, its own in the whole run. */
  readonly number: number;
  /** By the run's seed and the player's number: the same in every run, and used by nobody else. */
  readonly random: Prng;
  /** Aborts when the run ends. */
  readonly signal: AbortSignal;
  /** Queues of the cluster by name. */
  readonly queues: readonly string[];
  /** As `--game` has it. */
  readonly game: Game;

  /** Waits so long, or a random time up to `maxMs`. What is wanted next is wanted at its end, however late that is seen. */
  think(minMs: number, maxMs?: number): Promise<void>;
  /** Posts a ticket and waits for its match; accepts one that asks for it. */
  queue(queue: QueueName<G> | readonly QueueName<G>[], options?: QueueOptions): Promise<Assignment>;
  /** Cancels the ticket under way, if there is one. */
  cancel(): Promise<void>;
  /** Opens the socket and waits for the first state. */
  sit(assignment: Assignment): Promise<Seat>;
  /** Answers whether the player still sits there: false when the room came to its end. Rejects when the session is lost. */
  play(seat: Seat, options: PlayOptions<G>): Promise<boolean>;
  /** Destroys the socket, as when a train goes into a tunnel. The seat is kept for its grace. */
  drop(): Promise<void>;
  /** Comes back by RESUME to the session that was dropped. */
  resume(): Promise<Seat>;
  /** A new token for a seat the player holds, as after a reload; `sit` takes it. */
  freshSeat(roomId: string): Promise<Assignment>;
  /** Gives the seat back, and stays in the lobby. */
  leaveRoom(): Promise<void>;
  /** Gives up seat, ticket and lobby, whichever there is. */
  leave(): Promise<void>;

  /** @default size: as large as the largest party its queues take */
  createLobby(options?: LobbyOptions<G> & { readonly size?: number }): Promise<Lobby>;
  joinLobby(joinCode: string, options?: LobbyOptions<G>): Promise<Lobby>;
  ready(isReady?: boolean): Promise<void>;
  /**
   * The leader posts the lobby's ticket when it is full and all are ready, or after some seconds without who is missing;
   * members wait for that. Then each waits for the match. Rejects with `CANCELLED` when the leader cancels.
   */
  queueLobby(queue: QueueName<G> | readonly QueueName<G>[], options?: PatienceOptions): Promise<Assignment>;
  /**
   * Waits for those the player goes with: players of the same scenario in one generator process, the same in every run.
   * All have to say the same size.
   */
  party(size: PartySize): Promise<Party>;
}

/** What virtual players do. */
export interface Scenario<G extends Game = Game> {
  /** One line for people. */
  readonly about: string;
  /** When nothing is said on the command line. */
  readonly arrivals?: Arrivals;
  /** From arriving to leaving. Who has not left at its end is made to. */
  player(player: VirtualPlayer<G>): Promise<void>;
}

/** Several scenarios at once; each player is of one of them. */
export interface Mix {
  readonly about: string;
  readonly arrivals?: Arrivals;
  readonly parts: readonly { readonly scenario: Scenario; readonly weight: number }[];
}

/** The default export of a scenario file. `defineScenario<typeof game>` knows the game's queues, inputs and actions. */
export function defineScenario<G extends Game = Game>(scenario: Scenario<G>): Scenario {
  return scenario as Scenario;
}

/** The default export of a scenario file. Weights are parts of their sum. Throws InputError when none is above 0. */
export function defineMix(parts: Mix["parts"], options: Partial<Pick<Mix, "about" | "arrivals">> = {}): Mix {
  for (const [index, { weight }] of parts.entries())
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new InputError(`parts[${index}].weight`, weight, "a number from 0");
  if (!parts.some(({ weight }) => weight > 0))
    throw new InputError("parts", parts.length, "at least one with a weight above 0");
  return { about: parts.map(({ scenario }) => scenario.about).join("; "), ...options, parts };
}

/** Whether what a file exports is a scenario or a mix. */
export function isScenario(value: unknown): value is Scenario | Mix {
  if (typeof value !== "object" || value === null) return false;
  return "player" in value
    ? typeof value.player === "function"
    : "parts" in value && Array.isArray(value.parts);
}
