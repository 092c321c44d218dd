import { Prng } from "@warren/kernel";
import type { Quantiles, RunReport, RunSecond, Timing } from "../src/result.ts";

interface Kind {
  readonly seconds: number;
  readonly players: number;
  readonly joinMs: number;
  /** 0 is none. */
  readonly errorShare: number;
  readonly isBusy: boolean;
  readonly thresholds: readonly { text: string; value: number; holds: boolean }[];
}

const KINDS = {
  fine: {
    seconds: 60,
    players: 400,
    joinMs: 60,
    errorShare: 0,
    isBusy: false,
    thresholds: [
      { text: "joinMs.p99<500", value: 212.4, holds: true },
      { text: "rttMs.p99<50", value: 7.31, holds: true },
      { text: "errors.total<1", value: 0, holds: true },
    ],
  },
  ugly: {
    seconds: 90,
    players: 2_000,
    joinMs: 900,
    errorShare: 0.12,
    isBusy: true,
    thresholds: [
      { text: "joinMs.p99<500", value: 9_812, holds: false },
      { text: "rttMs.p99<50", value: 43, holds: true },
      { text: "errors.total<1", value: 812, holds: false },
    ],
  },
  crossed: {
    seconds: 30,
    players: 200,
    joinMs: 180,
    errorShare: 0.03,
    isBusy: false,
    thresholds: [
      { text: "joinMs.p99<500", value: 702, holds: false },
      { text: "rttMs.p99<50", value: 12.5, holds: true },
    ],
  },
  nobody: {
    seconds: 10,
    players: 0,
    joinMs: 0,
    errorShare: 1,
    isBusy: false,
    thresholds: [{ text: "joinMs.p99<500", value: Number.NaN, holds: false }],
  },
  second: { seconds: 1, players: 12, joinMs: 20, errorShare: 0, isBusy: false, thresholds: [] },
  hour: { seconds: 3_600, players: 1_500, joinMs: 80, errorShare: 0.0004, isBusy: false, thresholds: [] },
  nothing: { seconds: 0, players: 0, joinMs: 0, errorShare: 0, isBusy: false, thresholds: [] },
} as const satisfies Record<string, Kind>;

export type ReportKind = keyof typeof KINDS;
export const REPORT_KINDS = Object.keys(KINDS) as ReportKind[];

const CODES = ["RATE_LIMITED", "TIMEOUT", "TICKET_EXPIRED", "CONNECTION", "ROOM_FULL"];
const NONE: Quantiles = { p50: 0, p95: 0, p99: 0, max: 0, count: 0 };
const TICK_GAP_MS = 50;

/** A run that might have been: players come over the first third, play, and leave at the end. */
export function runReport(kind: ReportKind, seed = 1): RunReport {
  const { seconds, players, joinMs, errorShare, isBusy, thresholds }: Kind = KINDS[kind];
  const random = new Prng(seed);
  const errors: Record<string, number> = {};
  const stages = { queued: 0, matched: 0, joined: 0, left: 0 };
  const samples: Record<Timing, number[]> = { joinMs: [], matchMs: [], rttMs: [], tickGapMs: [] };
  const ramp = Math.max(1, Math.floor(seconds / 3));
  const around = (ms: number, spread = 1.1) =>
    ms * Math.exp((random.float() + random.float() + random.float() - 1.5) * spread);
  const sampled = (timing: Timing, count: number, ms: number, spread?: number): Quantiles => {
    const values = Array.from(
      { length: Math.min(count, 60) },
      () => Math.round(around(ms, spread) * 100) / 100,
    );
    samples[timing].push(...values);
    return { ...quantiles(values), count };
  };
  let playing = 0;
  let waiting = 0;
  const all = Array.from({ length: seconds }, (_, second): RunSecond => {
    const isRamp = second < ramp;
    const isEnd = second >= seconds * 0.9;
    const churn = Math.round(playing * 0.04 * random.float());
    const left = isEnd ? Math.ceil(playing * 0.4) : churn;
    const intended = isRamp ? players / ramp : isEnd ? 0 : churn;
    const arrived = Math.round(intended);
    const hurt = isBusy && second > seconds * 0.4 && second < seconds * 0.7;
    const failed =
      kind === "nobody" ? 3 : Math.round(arrived * errorShare * (hurt ? 3 : 1) * random.float() * 2);
    for (let i = 0; i < failed; i++) {
      const code = kind === "nobody" ? "CONNECTION" : random.pick(CODES);
      errors[code] = (errors[code] ?? 0) + 1;
    }
    const slow = hurt ? 4 : 1;
    const joined = Math.max(
      0,
      Math.min(
        arrived + waiting - failed,
        Math.round(arrived * (hurt ? 0.2 : 0.97) + waiting * (hurt ? 0.02 : 0.3)),
      ),
    );
    waiting = Math.max(0, waiting + arrived - failed - joined);
    playing += joined - left;
    stages.queued += arrived;
    stages.matched += joined + (players === 0 ? 0 : Math.round(failed / 2));
    stages.joined += joined;
    stages.left += left;
    if (joined > 0) sampled("matchMs", joined, joinMs * 0.7 * slow);
    if (playing > 0) sampled("tickGapMs", 20, TICK_GAP_MS, 0.1);
    return {
      second,
      players: {
        arrived,
        queueing: Math.ceil(waiting * 0.7 + (joined * joinMs * slow) / 1_000),
        joining: Math.floor(waiting * 0.3 + (joined * joinMs * slow) / 3_000),
        playing,
        left,
      },
      joinsPerSecond: joined,
      intendedPerSecond: Math.round(intended * 10) / 10,
      joinMs: joined > 0 ? sampled("joinMs", joined, joinMs * slow) : NONE,
      rttMs: playing > 0 ? sampled("rttMs", playing, 2.5 * slow) : NONE,
      statesPerSecond: Math.round(playing * (20 - (hurt ? 6 * random.float() : 0.2 * random.float()))),
      bytesPerSecond: Math.round(playing * 20 * (60 + 6 * random.float())),
      errors: failed,
      generator: {
        cpu:
          players === 0
            ? 0.01
            : hurt
              ? 0.8 + 0.2 * random.float()
              : 0.2 + 0.3 * (playing / players) + 0.05 * random.float(),
        lagMsP99: players === 0 ? 0.4 : around(hurt ? 24 : 1.6),
      },
    };
  });
  const seen = all.reduce((sum, each) => sum + each.statesPerSecond, 0);
  const bytes = all.reduce((sum, each) => sum + each.bytesPerSecond, 0);
  const playerSeconds = all.reduce((sum, each) => sum + each.players.playing, 0);
  return {
    result: {
      players,
      stages,
      errors,
      joinMs: quantiles(samples.joinMs),
      matchMs: quantiles(samples.matchMs),
      rttMs: quantiles(samples.rttMs),
      tickGapMs: quantiles(samples.tickGapMs),
      statesPerSecond: seen / Math.max(1, seconds),
      bytesPerPlayerPerSecond: bytes / Math.max(1, playerSeconds),
      generator: {
        cpu: all.reduce((sum, { generator }) => sum + generator.cpu, 0) / Math.max(1, seconds),
        lagMsP99: quantiles(all.map(({ generator }) => generator.lagMsP99)).p99,
        saturated: isBusy,
      },
    },
    seconds: all,
    histograms: {
      joinMs: histogram(samples.joinMs),
      matchMs: histogram(samples.matchMs),
      rttMs: histogram(samples.rttMs),
      tickGapMs: histogram(samples.tickGapMs),
    },
    thresholds: [...thresholds],
    about: {
      startedAt: "2026-11-22T20:15:00.000Z",
      isCutShort: false,
      command: `warren loadtest arena --players ${players} --duration ${seconds}s --seed ${seed}${thresholds.map(({ text }) => ` --threshold '${text}'`).join("")}`,
      url: "http://127.0.0.1:8080",
      scenario: "arena",
      seed,
      generators: 2,
      versions: { warren: "0.1.0", protocol: "7", node: "20.20.2" },
      machine: "2 × AMD EPYC, 8 GB, Linux 6.1",
    },
  };
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0, count: sorted.length };
}

/** Buckets of 5 % that follow each other. */
function histogram(values: readonly number[]): { upToMs: number; count: number }[] {
  const bucketOf = (value: number) => Math.ceil(Math.log(Math.max(value, 0.01)) / Math.log(1.05));
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  const buckets = [...counts.keys()].sort((a, b) => a - b);
  const [first = 0] = buckets;
  return Array.from({ length: buckets.length === 0 ? 0 : buckets.at(-1)! - first + 1 }, (_, i) => ({
    upToMs: 1.05 ** (first + i),
    count: counts.get(first + i) ?? 0,
  }));
}
