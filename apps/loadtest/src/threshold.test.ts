import { describe, expect, it } from "vitest";
import type { Quantiles, RunResult } from "./result.ts";
import { judge, parseThreshold } from "./threshold.ts";

const times = (p99: number, count = 10): Quantiles => ({ p50: 1, p95: 2, p99, max: 900, count });
const RESULT: RunResult = {
  players: 200,
  stages: { queued: 210, matched: 205, joined: 200, left: 190 },
  errors: { ROOM_FULL: 4, TIMEOUT: 1 },
  joinMs: times(480),
  matchMs: times(0, 0),
  rttMs: times(12),
  tickGapMs: times(50),
  statesPerSecond: 6_000,
  bytesPerPlayerPerSecond: 3_000,
  generator: { cpu: 0.4, lagMsP99: 3, saturated: false },
};
const holds = (text: string) => judge(parseThreshold(text, "--threshold"), RESULT);

describe("a threshold", () => {
  it.each<[text: string, value: number, holds: boolean]>([
    ["joinMs.p99<500", 480, true],
    ["joinMs.p99<480", 480, false],
    ["joinMs.p99<=480", 480, true],
    [" rttMs.max > 899.5 ", 900, true],
    ["rttMs.count>=11", 10, false],
    ["errors.total<=5", 5, true],
    ["errors.total<5", 5, false],
    ["errors.ROOM_FULL<5", 4, true],
    ["errors.SLOW_CONSUMER<1", 0, true],
    ["statesPerSecond>1000", 6_000, true],
    ["stages.joined>=200", 200, true],
    ["players>200", 200, false],
    ["generator.lagMsP99<20", 3, true],
    ["matchMs.count<=0", 0, true],
  ])("%s: %d, %s", (text, value, isHeld) => {
    expect(holds(text)).toEqual({ text: text.trim(), value, holds: isHeld });
  });

  it("of times that nobody measured does not hold", () => {
    expect(holds("matchMs.p99<500")).toEqual({ text: "matchMs.p99<500", value: Number.NaN, holds: false });
  });

  it.each([
    "",
    "joinMs<500",
    "joinMs.p98<500",
    "joinMs.p99.more<500",
    "joinMs.p99=500",
    "joinMs.p99<fast",
    "joinMs.p99<-1",
    "errors<1",
    "errors.room_full<1",
    "constructor.name<1",
    "generator.saturated<1",
    "stages.gone<1",
  ])("cannot be %j", (text) => {
    expect(() => parseThreshold(text, "--threshold")).toThrow(
      `--threshold is ${JSON.stringify(text)}; accepted: <name><comparison><number>, such as joinMs.p99<500; names: joinMs, matchMs, rttMs, tickGapMs with .p50 .p95 .p99 .max .count, players, stages.queued`,
    );
  });
});
