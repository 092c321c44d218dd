import type { RoomInfo } from "@warren/room";
import { createRegistry, type Logger } from "@warren/service";
import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { roomServerMetrics } from "./metrics.ts";
import { STALL_LOG_MS, STALL_MS_MAX, STALL_PERIODS, watchRuns } from "./run-watch.ts";

const PERIOD_MS = 40;
const arena = { roomName: "arena", roomId: "r_1", tickHz: 1_000 / PERIOD_MS, sendHz: 20 } as RoomInfo;

function watch() {
  const registry = createRegistry("rooms");
  const metrics = roomServerMetrics(registry, {
    waitingBytes: () => 0,
    sessions: () => 0,
    process: () => ({ loopLagMs: 0, cpu: 0 }),
    relay: () => ({ guestSessions: 0, hostedSessions: 0, waitingBytes: 0 }),
  });
  const clock = new VirtualClock(5);
  const warnings: string[] = [];
  const log = {
    warn: ({ unlogged }: { unlogged: number }, text: string) => warnings.push(`${text}, ${unlogged} before`),
  } as unknown as Logger;
  const read = async (name: string, ...labels: string[]) => {
    const lines = (await registry.metrics()).split("\n");
    const line = lines.find((l) => l.startsWith(`${name}{`) && labels.every((label) => l.includes(label)));
    return Number(line?.split(" ").at(-1));
  };
  return { clock, warnings, read, ...watchRuns({ metrics, log, clock }) };
}

describe("metrics", () => {
  it("every tick is in the histogram of its room definition, and a call between ticks is not", async () => {
    const { onRan, read } = watch();
    onRan(arena, 1, 0.2);
    onRan(arena, 4, 12);
    onRan(arena, 0, 5);
    expect(await read("warren_room_tick_seconds_count", 'room="arena"')).toBe(5);
    expect(await read("warren_room_tick_seconds_sum", 'room="arena"')).toBeCloseTo(0.0122, 9);
    expect(await read("warren_room_tick_seconds_bucket", 'room="arena"', 'le="0.004"')).toBe(5);
  });

  it("overruns are ticks that took longer than the period, and those left out", async () => {
    const { onRan, onTicksSkipped, read } = watch();
    onRan(arena, 1, PERIOD_MS);
    onRan(arena, 3, 3 * PERIOD_MS);
    onRan(arena, 1, PERIOD_MS + 1);
    onRan(arena, 2, 2 * PERIOD_MS + 1);
    onTicksSkipped(arena, 7);
    expect(await read("warren_room_tick_overruns_total", 'cause="slow"')).toBe(3);
    expect(await read("warren_room_tick_overruns_total", 'cause="skipped"')).toBe(7);
  });
});

describe("a stall", () => {
  it(`is a run of more than ${STALL_PERIODS} periods, and is named`, () => {
    const { onRan, warnings } = watch();
    onRan(arena, 1, STALL_PERIODS * PERIOD_MS);
    expect(warnings).toEqual([]);
    onRan(arena, 1, STALL_PERIODS * PERIOD_MS + 1);
    expect(warnings).toEqual(["room arena (r_1) held up the node for 401 ms, 0 before"]);
  });

  it.each<[title: string, info: Partial<RoomInfo>, limitMs: number]>([
    ["in a slow room is a second", { tickHz: 1 }, STALL_MS_MAX],
    ["in a room without ticks goes by its states", { tickHz: 0, sendHz: 20 }, STALL_PERIODS * 50],
  ])("%s", (_title, info, limitMs) => {
    const { onRan, warnings } = watch();
    onRan({ ...arena, ...info }, 0, limitMs);
    expect(warnings).toEqual([]);
    onRan({ ...arena, ...info }, 0, limitMs + 1);
    expect(warnings.length).toBe(1);
  });

  it("of one definition is logged once in a while, with how many were not", () => {
    const { onRan, warnings, clock } = watch();
    for (let i = 0; i < 5; i++) onRan(arena, 1, 500);
    onRan({ ...arena, roomName: "duel" }, 1, 500);
    expect(warnings.length).toBe(2);
    clock.advance(STALL_LOG_MS);
    onRan(arena, 1, 500);
    expect(warnings.at(-1)).toBe("room arena (r_1) held up the node for 500 ms, 4 before");
  });
});
