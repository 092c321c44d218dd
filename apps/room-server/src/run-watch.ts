import type { Clock } from "@warren/kernel";
import type { RoomHostOptions } from "@warren/room";
import type { Logger } from "@warren/service";
import type { RoomServerMetrics } from "./metrics.ts";

/** A room that runs for longer than this many of its periods at one go has stalled the node. */
export const STALL_PERIODS = 10;
/** So has any room that runs for longer than this, however long its periods are. */
export const STALL_MS_MAX = 1_000;
/** A room definition is named in the log once in this time. */
export const STALL_LOG_MS = 10_000;

/** Measures how long rooms run, and names the one that holds up all others. */
export function watchRuns({
  metrics,
  log,
  clock,
}: {
  metrics: Pick<RoomServerMetrics, "tickSeconds" | "overruns">;
  log: Logger;
  clock: Clock;
}): Required<Pick<RoomHostOptions, "onRan" | "onTicksSkipped">> {
  /** By name of the definition: when it was named last, and how many stalls since were not. */
  const stalls = new Map<string, { loggedAtMs: number; unlogged: number }>();
  return {
    onRan({ roomName, roomId, tickHz, sendHz }, ticks, tookMs) {
      const periodMs = 1_000 / (tickHz || sendHz);
      if (ticks > 0) {
        const tickMs = tookMs / ticks;
        for (let i = 0; i < ticks; i++) metrics.tickSeconds.observe({ room: roomName }, tickMs / 1_000);
        if (tickMs > periodMs) metrics.overruns.inc({ room: roomName, cause: "slow" }, ticks);
      }
      if (tookMs <= Math.min(STALL_PERIODS * periodMs, STALL_MS_MAX)) return;
      const nowMs = clock.monotonicMs();
      const known = stalls.get(roomName);
      if (known && nowMs - known.loggedAtMs < STALL_LOG_MS) {
        known.unlogged++;
        return;
      }
      stalls.set(roomName, { loggedAtMs: nowMs, unlogged: 0 });
      log.warn(
        { event: "room.stalled", roomId, room: roomName, ticks, tookMs, unlogged: known?.unlogged ?? 0 },
        `room ${roomName} (${roomId}) held up the node for ${Math.round(tookMs)} ms`,
      );
    },
    onTicksSkipped: ({ roomName }, count) =>
      metrics.overruns.inc({ room: roomName, cause: "skipped" }, count),
  };
}
