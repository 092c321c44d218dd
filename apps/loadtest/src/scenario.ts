import type { Game } from "@warren/game";
import { InputError, type Prng } from "@warren/kernel";

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
  /** The last state's. */
  readonly tick: number;
}

/** What a player brings. */
export interface MemberOptions {
  /** @default none */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Round-trip ms by region. @default none */
  readonly latencies?: Readonly<Record<string, number>>;
  /** What the room asks of who joins. @default something valid for the queue's room */
  readonly join?: unknown;
}

export interface QueueOptions extends MemberOptions {
  /** When it aborts the ticket is cancelled, and `queue` rejects with `CANCELLED` unless the match was faster. */
  readonly signal?: AbortSignal;
}

/** An action again and again. */
export interface RepeatedAction {
  /** By its name in the room. */
  readonly action: string;
  readonly everyMs: number;
  /** Its arguments. @default something valid */
  readonly args?: unknown;
}

export interface PlayOptions {
  readonly forMs: number;
  /** Inputs a second, 0: none. @default as often as the room ticks */
  readonly inputHz?: number;
  /** An input, by its number from 1, as the room's type has it. @default something valid that changes now and then */
  readonly input?: (inputNumber: number) => unknown;
  /** @default none */
  readonly actions?: readonly RepeatedAction[];
}

export interface Lobby {
  readonly lobbyId: string;
  readonly joinCode: string;
}

/** Players of one generator process who go together. */
export interface Party {
  /** The first who came. */
  readonly isLeader: boolean;
  /** May be fewer than were asked for, when no more came for a while. */
  readonly size: number;
  /** Hands the others something, such as a lobby's join code. */
  tell(value: string): void;
  /** What the leader told; rejects with `TIMEOUT` when nothing comes. */
  told(): Promise<string>;
}

/**
 * One player of a run, as scenarios see it. Each step counts its own stage, time and error; when it fails it rejects with
 * StepError, and a player whose scenario does not catch that leaves. When the run ends all steps reject.
 */
export interface VirtualPlayer {
  /** From 0, its own in the whole run. */
  readonly number: number;
  /** By the run's seed and the player's number: the same in every run. */
  readonly random: Prng;
  /** Aborts when the run ends. */
  readonly signal: AbortSignal;
  /** Queues of the cluster by name. */
  readonly queues: readonly string[];
  /** As `--game` has it. */
  readonly game: Game;

  /** Waits a random time. What is wanted next is wanted at its end, however late that is seen. */
  think(minMs: number, maxMs?: number): Promise<void>;
  /** Posts a ticket and waits for its match; accepts one that asks for it. */
  queue(queue: string | readonly string[], options?: QueueOptions): Promise<Assignment>;
  /** Cancels the ticket under way, if there is one. */
  cancel(): Promise<void>;
  /** Opens the socket and waits for the first state. */
  sit(assignment: Assignment): Promise<Seat>;
  /** Rejects when the session ends before it is over. */
  play(seat: Seat, options: PlayOptions): Promise<void>;
  /** Gives up seat, ticket and lobby, whichever there is. */
  leave(): Promise<void>;

  /** `queues` are what it is to play: without them it is as large as the largest party of any. */
  createLobby(
    options?: MemberOptions & { readonly queues?: readonly string[]; readonly size?: number },
  ): Promise<Lobby>;
  joinLobby(joinCode: string, options?: MemberOptions): Promise<Lobby>;
  ready(isReady?: boolean): Promise<void>;
  /** The leader posts the lobby's ticket when all are ready, members wait for that; then each waits for the match. */
  queueLobby(queue: string | readonly string[], options?: Pick<QueueOptions, "signal">): Promise<Assignment>;
  /** Waits for others who ask for a party of this size, and for no more than a few seconds. */
  party(size: number): Promise<Party>;
}

/** What virtual players do. */
export interface Scenario {
  /** One line for people. */
  readonly about: string;
  /** When nothing is said on the command line. */
  readonly arrivals?: Arrivals;
  /** From arriving to leaving. Who has not left at its end is made to. */
  player(player: VirtualPlayer): Promise<void>;
}

/** Several scenarios at once; each player is of one of them. */
export interface Mix {
  readonly about: string;
  readonly arrivals?: Arrivals;
  readonly parts: readonly { readonly scenario: Scenario; readonly weight: number }[];
}

/** The default export of a scenario file. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
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
