import { exponential, normal, type Prng } from "@warren/kernel";
import { defineQueue, type QueueConfig } from "../queue/queue-config.ts";
import { Crowd, type CrowdOptions } from "./crowd.ts";
import { arrivals, type Posting } from "./posting.ts";

/** Who comes when, and to which queue. */
export interface Workload {
  readonly text: string;
  /** Tickets a second, and for how long, when nothing else is said. */
  readonly perSecond: number;
  readonly minutes: number;
  /** The queue it is made for. Null: any queue. */
  readonly queue: QueueConfig;
  /** Drives a game's own queue as well. */
  readonly isGeneral: boolean;
  readonly crowd: CrowdOptions;
  /** Arrivals begin at 0 and reach their rate after this long. */
  readonly rampMs: number;
  /** Tickets at the most. */
  readonly ticketsMax: number;
  /** Mean patience, ms; who has none left cancels. */
  readonly patienceMs: number;
  readonly isHostile: boolean;
  /** The decider is killed this often; 0: never. */
  readonly killEveryMs: number;
  /** Rooms with free seats that ask for players from the start, and how many seats. */
  readonly rooms: { readonly count: number; readonly free: number };
}

const mmr = { type: "number", default: 1_500 } as const;

/** As fast as research suggests for a window: narrow at first, and everybody in the end. */
const duel = defineQueue({
  room: "room",
  size: 2,
  party: { max: 1 },
  attributes: { mmr },
  skill: {
    attribute: "mmr",
    windows: [
      { atMs: 0, value: 25 },
      { atMs: 60_000, value: 925 },
    ],
    interpolate: "linear",
  },
  expireMs: 600_000,
});

const fives = {
  room: "room",
  attributes: { mmr },
  teams: { count: 2, size: 5 },
  skill: {
    attribute: "mmr",
    windows: [
      { atMs: 0, value: 50 },
      { atMs: 120_000, value: 1_010 },
    ],
    interpolate: "linear",
  },
  expireMs: 600_000,
} as const;
const fiveVersusFive = defineQueue(fives);

const SECOND_MS = 1_000;
/** Of skills between 0 and 2,400 with a mean of 1,200: one in a hundred would be outside. */
const CHESS_SD = 515.8;

const general: Workload = {
  text: "",
  perSecond: 1,
  minutes: 30,
  queue: duel,
  isGeneral: true,
  crowd: {},
  rampMs: 0,
  ticketsMax: Number.POSITIVE_INFINITY,
  patienceMs: Number.POSITIVE_INFINITY,
  isHostile: false,
  killEveryMs: 0,
  rooms: { count: 0, free: 0 },
};

const w2: Workload = {
  ...general,
  text: "5v5 with parties of 1 to 5 (60, 22, 8, 2, 8 %), skill 1500 ± 300",
  perSecond: 20,
  queue: fiveVersusFive,
  crowd: { partyWeights: [60, 22, 8, 2, 8] },
  patienceMs: 180_000,
};

const chess: Workload = {
  ...general,
  text: "",
  isGeneral: false,
  minutes: 60,
  ticketsMax: 1_000,
  crowd: { skill: (prng) => truncated(prng, 1_200, CHESS_SD, 0, 2_400) },
};

const chessQueue = (windows: readonly { readonly atMs: number; readonly value: number }[]) =>
  defineQueue({
    room: "room",
    size: 2,
    party: { max: 1 },
    attributes: { mmr: { type: "number", default: 1_200 } },
    skill: { attribute: "mmr", windows, interpolate: "linear" },
    expireMs: 3_600_000,
  });

const openMatch: Workload = { ...general, isGeneral: false, perSecond: 100, minutes: 5 };

/** The workloads there are, by the name they are asked for. */
export const WORKLOADS = {
  w1: { ...general, text: "1v1 by skill, 1500 ± 300" },
  w2,
  w4: {
    ...w2,
    text: "launch: players of w2, all at once",
    perSecond: 2_000,
    minutes: 5,
    rampMs: 10 * SECOND_MS,
  },
  w8: {
    ...w2,
    text: "hostile: players of w2 who have to accept",
    queue: defineQueue({ ...fives, acceptance: { timeoutMs: 10_000 } }),
    isHostile: true,
  },
  w9: { ...w2, text: "players of w2", killEveryMs: 5 * SECOND_MS },
  "chess-1": {
    ...chess,
    text: "SimOpt's chess matchmaking: 1,000 players, one a second, Elo 1200 ± 516 within 0 to 2400",
    // The least mean difference, of those tried, at a mean wait of less than the 5 s SimOpt asks for.
    queue: chessQueue([
      { atMs: 0, value: 110 },
      { atMs: 300_000, value: 770 },
    ]),
  },
  "chess-1-fixed": {
    ...chess,
    text: "the same with SimOpt's own rule: a window of 150 that never widens",
    queue: chessQueue([{ atMs: 0, value: 150 }]),
  },
  "om-first-match": {
    ...openMatch,
    text: "Open Match's first match: 1v1, any two",
    queue: defineQueue({ room: "room", size: 2, party: { max: 1 } }),
  },
  "om-team-shooter": {
    ...openMatch,
    text: "Open Match's team shooter: 12 players, 2 regions, modes 100:25, skill 0 ± 1 within 0.01, wider after 20 s",
    queue: defineQueue({
      room: "room",
      teams: { count: 2, size: 6 },
      party: { max: 1 },
      attributes: {
        skill: { type: "number", default: 0 },
        region: { type: "text", default: "a" },
        mode: { type: "text", default: "payload" },
      },
      equal: ["region", "mode"],
      skill: {
        attribute: "skill",
        windows: [
          { atMs: 0, value: 0.01 },
          { atMs: 20_000, value: 0.01 },
          { atMs: 120_000, value: 0.5 },
        ],
        interpolate: "linear",
      },
      expireMs: 600_000,
    }),
    crowd: {
      skill: (prng) => Math.max(-3, Math.min(3, normal(prng))),
      texts: { region: { a: 1, b: 1 }, mode: { payload: 100, cp: 25 } },
    },
  },
  "om-battle-royale": {
    ...openMatch,
    text: "Open Match's battle royale: 100 players, 20 regions of unequal size",
    queue: defineQueue({
      room: "room",
      size: 100,
      party: { max: 1 },
      attributes: { region: { type: "text", default: "r1" } },
      equal: ["region"],
      expireMs: 600_000,
    }),
    crowd: {
      texts: { region: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`r${i + 1}`, 1 / (i + 1)])) },
    },
  },
  "om-backfill": {
    ...openMatch,
    text: "Open Match's backfill: 1,000 rooms with 3 of 4 seats free, then new ones",
    queue: defineQueue({ room: "room", size: 4, party: { max: 1 }, backfill: true }),
    rooms: { count: 1_000, free: 3 },
  },
} as const satisfies Readonly<Record<string, Workload>>;

/** The tickets of a workload in the order they come, the same for the same seed. */
export function* postingsOf(
  workload: Workload,
  of: {
    readonly prng: Prng;
    readonly queue: string;
    readonly config: QueueConfig;
    readonly perSecond: number;
    readonly durationMs: number;
  },
): Iterable<Posting> {
  const { prng } = of;
  const crowd = new Crowd(of.queue, of.config, workload.crowd);
  let count = 0;
  for (const atMs of arrivals(prng, of.perSecond, of.durationMs, workload.rampMs)) {
    if (++count > workload.ticketsMax) return;
    const ticket = crowd.ticket(prng);
    const patienceMs = Number.isFinite(workload.patienceMs)
      ? exponential(prng, workload.patienceMs)
      : workload.patienceMs;
    yield workload.isHostile
      ? hostile(prng, { atMs, ticket, patienceMs, declines: false })
      : { atMs, ticket, patienceMs, declines: false };
  }
}

function hostile(prng: Prng, posting: Posting): Posting {
  const cancels = prng.float() < 0.3;
  const again =
    prng.float() < 0.1
      ? { afterMs: prng.float() * 500, as: prng.pick(["same", "another"] as const) }
      : undefined;
  return {
    ...posting,
    declines: prng.float() < 0.2,
    ...(cancels ? { patienceMs: prng.float() * 2 * SECOND_MS } : {}),
    ...(again ? { again } : {}),
  };
}

function truncated(prng: Prng, mean: number, sd: number, min: number, max: number): number {
  for (;;) {
    const value = mean + sd * normal(prng);
    if (value >= min && value <= max) return value;
  }
}
