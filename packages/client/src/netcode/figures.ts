import { type Clock, systemClock } from "@warren/kernel";
import type { Correction } from "./prediction.ts";
import { quantileOf } from "./quantile.ts";
import { tickClock } from "./room-clock.ts";
import type { InputSink, StateSource } from "./room-port.ts";

/** How the netcode is doing. */
export interface Figures {
  /** Tick of the newest state. */
  readonly tick: number;
  /** Median of the last round trips; 0: not known yet. */
  readonly rttMs: number;
  /** How much later than by the fastest way states come, but for the latest 3 %. */
  readonly jitterMs: number;
  /** Payload of WebSocket messages since the figures before. */
  readonly bytesInPerS: number;
  readonly bytesOutPerS: number;
  /**
   * 95 of 100 of the last corrections of the own motion were not above this, teleports apart. In units of its first two
   * linear fields; undefined: none is predicted.
   */
  readonly correctionP95: number | undefined;
  /** Own inputs that waited in the room for their tick. */
  readonly inputsWaiting: number;
}

type MeasuredRoom = StateSource<unknown> &
  Pick<InputSink<never>, "inputsWaiting"> & { readonly bytesIn: number; readonly bytesOut: number };

/**
 * Answers a function that gives the figures, to be called about once a second. It holds no timer and no listener but the
 * room's tick clock. Throws InputError for a room without ticks.
 */
export function watchFigures(
  room: MeasuredRoom,
  predicted?: { readonly corrections: readonly Correction[] },
  clock: Clock = systemClock,
): () => Figures {
  const ticks = tickClock(room, clock);
  let [bytesIn, bytesOut, atMs] = [room.bytesIn, room.bytesOut, clock.monotonicMs()];
  return () => {
    const nowMs = clock.monotonicMs();
    const perS = (bytes: number) => Math.round((bytes * 1_000) / Math.max(1, nowMs - atMs));
    const smooth = predicted?.corrections.flatMap((c) => (c.isTeleport ? [] : [c.distance]));
    const figures = {
      tick: room.tick,
      rttMs: ticks.rttMs,
      jitterMs: ticks.jitterMs,
      bytesInPerS: perS(room.bytesIn - bytesIn),
      bytesOutPerS: perS(room.bytesOut - bytesOut),
      correctionP95: smooth && quantileOf(smooth, 0.95),
      inputsWaiting: room.inputsWaiting,
    };
    [bytesIn, bytesOut, atMs] = [room.bytesIn, room.bytesOut, nowMs];
    return figures;
  };
}

/** The figures in a line: `tick 812 · ping 152 ± 8 ms · in 3.1 kB/s · out 0.9 kB/s · corrected 0.1 · 1 waiting`. */
export function formatFigures(figures: Figures): string {
  const { tick, rttMs, jitterMs, bytesInPerS, bytesOutPerS, correctionP95, inputsWaiting } = figures;
  const kB = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB/s`;
  return [
    `tick ${tick}`,
    `ping ${rttMs.toFixed(0)} ± ${jitterMs.toFixed(0)} ms`,
    `in ${kB(bytesInPerS)}`,
    `out ${kB(bytesOutPerS)}`,
    ...(correctionP95 === undefined ? [] : [`corrected ${correctionP95.toFixed(1)}`]),
    `${inputsWaiting} waiting`,
  ].join(" · ");
}
