import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { formatFigures, watchFigures } from "./figures.ts";

it("figures are of the time since they were read last, and corrections leave teleports out", async () => {
  const clock = new VirtualClock();
  const room = {
    tick: 812,
    tickHz: 30,
    state: {},
    status: "online" as const,
    inputsWaiting: 1,
    bytesIn: 500,
    bytesOut: 100,
    onState: () => () => {},
    onStatus: () => () => {},
    ping: () => Promise.resolve(152),
  };
  const correction = (distance: number, isTeleport = false) => ({ atMs: 0, distance, isTeleport });
  const corrections = [...Array.from({ length: 99 }, (_, i) => correction(i / 10)), correction(900, true)];
  const figures = watchFigures(room, { corrections }, clock);
  await Promise.resolve();
  room.bytesIn += 6_200;
  room.bytesOut += 1_800;
  clock.advance(2_000);
  const first = figures();
  expect(first).toMatchObject({ tick: 812, rttMs: 152, jitterMs: 0, inputsWaiting: 1 });
  expect(first).toMatchObject({ bytesInPerS: 3_100, bytesOutPerS: 900, correctionP95: 9.3 });
  expect(formatFigures(first)).toBe(
    "tick 812 · ping 152 ± 0 ms · in 3.1 kB/s · out 0.9 kB/s · corrected 9.3 · 1 waiting",
  );
  clock.advance(1_000);
  expect(figures()).toMatchObject({ bytesInPerS: 0, bytesOutPerS: 0 });
  expect(formatFigures(watchFigures(room, undefined, clock)())).not.toContain("corrected");
});
