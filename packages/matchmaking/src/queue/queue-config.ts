import { queueProblems } from "./queue-checks.ts";
import { refuseQueue } from "./queue-problem.ts";

export { gatherProblems, refuseGame } from "./queue-problem.ts";

/** A value that changes with the age of the one who waits: from `atMs` on it is `value`. */
export interface Step {
  readonly atMs: number;
  readonly value: number;
}

/** What a ticket's players say, or the studio says of them, to be matched by. */
export type AttributeRule =
  | {
      readonly type: "number";
      readonly default: number;
      /** Only from a server key or a signed claim. @default true */
      readonly trusted?: boolean;
    }
  | { readonly type: "text"; readonly default: string; readonly trusted?: boolean }
  | {
      readonly type: "set";
      /** The words there are, 1 to 31. */
      readonly values: readonly string[];
      /** @default all of them */
      readonly default?: readonly string[];
      /** @default false */
      readonly trusted?: boolean;
    };

/** Players a role needs in each team: exactly so many, or between two numbers. */
export type RoleCount = number | readonly [min: number, max: number];

/** A kind of match. Plain data: it names its room and options, and no code. */
export interface QueueSource<Room extends string = string> {
  /** Name of the room definition. */
  room: Room;
  /** Options the room is opened with. @default {} */
  options?: Readonly<Record<string, unknown>>;
  /** Raise it with every change: all matchmakers switch at one point of the log. 1 to 2³²−1. @default 1 */
  version?: number;
  /** What players are matched by, by name. @default {} */
  attributes?: Readonly<Record<string, AttributeRule>>;
  /** Text attributes that have to be the same in a match. @default [] */
  equal?: readonly string[];
  /** Set attributes of which all in a match have at least `min` words in common. @default [] */
  share?: readonly { readonly attribute: string; readonly min: number }[];
  /** Players of a full match without teams, 1 to 1,000. */
  size?: number;
  /** Teams of a match, instead of `size`. Roles name words of the set attribute `role`: what a player would play. */
  teams?: {
    readonly count: number;
    readonly size: number;
    readonly roles?: Readonly<Record<string, RoleCount>>;
  };
  /** Players who come as one, always in one team. */
  party?: {
    /** 1: only single players. @default the size of a team */
    readonly max?: number;
    /** A party's skill is the mean plus this share of the way to its best player, 0 to 1. @default 0.3 */
    readonly best?: number;
    /** Added to the skill of a party of 1, 2, … players: they play together better. @default nothing */
    readonly sizeBonus?: readonly number[];
    /** Until this age of the oldest ticket, all teams have a largest party of the same size. @default 0 */
    readonly mirrorUntilMs?: number;
  };
  /** Match by a number: any two tickets differ by at most a window that widens. */
  skill?: {
    /** A number attribute, or the name of the queue's rating. */
    readonly attribute: string;
    readonly windows: readonly Step[];
    /** What the window is between two steps. @default "step" */
    readonly interpolate?: "step" | "linear";
    /** Whose age counts when two windows differ. @default "max" */
    readonly ageRule?: "max" | "min" | "mean";
    /** The window of a ticket is wider by so many of its standard deviations. @default 0 */
    readonly sigma?: number;
  };
  /** All players of a match reach its region within this many ms. Without it regions do not matter. */
  latency?: { readonly maxMs: readonly Step[] };
  /**
   * From this age of the oldest ticket on, `min` players are enough, a multiple of `multipleOf`, and bots take seats
   * until `fillTo` are taken (0: no bots). Without steps only full matches are made. @default []
   */
  relax?: readonly {
    readonly atMs: number;
    readonly min: number;
    readonly fillTo: number;
    /** @default 1 */
    readonly multipleOf?: number;
  }[];
  /** How good a match has to be, 0 to 1, less with age. @default anything goes */
  quality?: {
    /** @default { balance: 0.5, spread: 0.3, latency: 0.2 } */
    readonly weights?: { readonly balance: number; readonly spread: number; readonly latency: number };
    readonly accept: readonly Step[];
  };
  /** A ticket waits at least this long, so that more come together, 0 to 60,000 ms. @default 0 */
  gatherMs?: number;
  /** Later tickets may take free seats, and seats of bots, in rooms of this queue that ask for players. @default false */
  backfill?: boolean | { readonly priority: "high" | "normal" | "low" };
  /** All players have to accept a match before it is placed. @default nobody is asked */
  acceptance?: {
    readonly timeoutMs: number;
    /** How long who declines may not queue. @default 30_000 */
    readonly declineMs?: number;
    /** How long who does not answer may not queue. @default 60_000 */
    readonly missMs?: number;
  };
  /** Who goes first: tickets count as older by `ageMs` when a room refused them, or a text attribute has a value. @default [] */
  priority?: readonly (
    | { readonly returned: true; readonly ageMs: number }
    | { readonly attribute: string; readonly value: string; readonly ageMs: number }
  )[];
  /** Results of this queue's matches change a rating, which its players are matched by under `name`. */
  rating?: {
    readonly name: string;
    /** @default "plackettLuce" */
    readonly model?: "plackettLuce" | "bradleyTerryFull" | "thurstoneMostellerFull";
    /** Of a new player. @default 1500 */
    readonly mu?: number;
    /** Of a new player. @default 500 */
    readonly sigma?: number;
  };
  /** A ticket that waited this long expires, 1,000 to 3,600,000 ms. @default 120_000 */
  expireMs?: number;
  /** A ticket nobody follows any more ends after this long, 1,000 to 3,600,000 ms. @default 15_000 */
  orphanGraceMs?: number;
}

/** A queue with everything said. It is also what the log keeps, as JSON. */
export interface QueueConfig<Room extends string = string> {
  readonly room: Room;
  readonly options: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly attributes: Readonly<Record<string, AttributeRule & { readonly trusted: boolean }>>;
  readonly equal: readonly string[];
  readonly share: readonly { readonly attribute: string; readonly min: number }[];
  /** Players of a full match. */
  readonly size: number;
  readonly teams: {
    readonly count: number;
    readonly size: number;
    readonly roles: Readonly<Record<string, readonly [min: number, max: number]>>;
  };
  readonly party: Required<NonNullable<QueueSource["party"]>>;
  readonly skill: Required<NonNullable<QueueSource["skill"]>> | null;
  readonly latency: { readonly maxMs: readonly Step[] } | null;
  readonly relax: readonly Required<NonNullable<QueueSource["relax"]>[number]>[];
  readonly quality: Required<NonNullable<QueueSource["quality"]>> | null;
  readonly gatherMs: number;
  readonly backfill: "none" | "high" | "normal" | "low";
  readonly acceptance: Required<NonNullable<QueueSource["acceptance"]>> | null;
  readonly priority: NonNullable<QueueSource["priority"]>;
  readonly rating: Required<NonNullable<QueueSource["rating"]>> | null;
  readonly expireMs: number;
  readonly orphanGraceMs: number;
}

/**
 * Describes a queue. Throws InputError naming the first field that is wrong, or unknown, or can never match;
 * `warren check` tells all of them.
 */
export function defineQueue<const Room extends string>(source: QueueSource<Room>): QueueConfig<Room> {
  const problems = queueProblems(source);
  if (problems.length === 0) return complete(source);
  return refuseQueue(problems, () => complete({ room: source.room, options: source.options ?? {}, size: 1 }));
}

/** Says everything that was left out. */
function complete<Room extends string>(source: QueueSource<Room>): QueueConfig<Room> {
  const { room, version = 1, gatherMs = 0, expireMs = 120_000, orphanGraceMs = 15_000 } = source;
  const teams = source.teams ?? { count: 1, size: source.size ?? 0 };
  const backfill = source.backfill === true ? "normal" : source.backfill || "none";
  return {
    room,
    options: source.options ?? {},
    version,
    attributes: mapped(source.attributes ?? {}, (rule) => ({
      ...rule,
      trusted: rule.trusted ?? rule.type !== "set",
    })),
    equal: source.equal ?? [],
    share: source.share ?? [],
    size: teams.count * teams.size,
    teams: {
      count: teams.count,
      size: teams.size,
      roles: mapped(source.teams?.roles ?? {}, (count) =>
        typeof count === "number" ? [count, count] : count,
      ),
    },
    party: { max: teams.size, best: 0.3, sizeBonus: [], mirrorUntilMs: 0, ...source.party },
    skill: source.skill ? { interpolate: "step", ageRule: "max", sigma: 0, ...source.skill } : null,
    latency: source.latency ?? null,
    relax: (source.relax ?? []).map((step) => ({ multipleOf: 1, ...step })).sort((a, b) => a.atMs - b.atMs),
    quality: source.quality
      ? { weights: { balance: 0.5, spread: 0.3, latency: 0.2 }, ...source.quality }
      : null,
    gatherMs,
    backfill: typeof backfill === "string" ? backfill : backfill.priority,
    acceptance: source.acceptance ? { declineMs: 30_000, missMs: 60_000, ...source.acceptance } : null,
    priority: source.priority ?? [],
    rating: source.rating ? { model: "plackettLuce", mu: 1_500, sigma: 500, ...source.rating } : null,
    expireMs,
    orphanGraceMs,
  };
}

function mapped<V, W>(record: Readonly<Record<string, V>>, to: (value: V) => W): Readonly<Record<string, W>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
