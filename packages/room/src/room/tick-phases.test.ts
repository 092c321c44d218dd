import { parseEpoch, parseRoomId } from "@warren/kernel";
import { t } from "@warren/schema";
import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { defineRoom } from "../definition.ts";
import { RoomHost } from "./room-host.ts";
import { ROOMS_PER_PHASE } from "./tick-phases.ts";

const ROOMS = 16 * ROOMS_PER_PHASE;
const SECONDS = 2;

/** Opens rooms of both rates, so many ms apart, and lets them run: when each ticked, and at which of its own times. */
function run(tickHz: number, apartMs: number) {
  const clock = new VirtualClock(1_234.5);
  const ticks: { roomId: string; atMs: number; roomMs: number }[] = [];
  const rates = [tickHz, 10];
  const rooms = new RoomHost({
    definitions: Object.fromEntries(
      rates.map((hz, i) => [
        `r${i}`,
        defineRoom({
          seats: 1,
          tickHz: hz,
          state: t.state({}),
          onTick: ({ id, nowMs }) =>
            void ticks.push({ roomId: id, atMs: clock.monotonicMs(), roomMs: nowMs }),
        }),
      ]),
    ),
    clock,
    roomsMax: 2 * ROOMS,
    seed: () => 1,
    onChanged: () => {},
  });
  const open = (id: string, roomName: string) => {
    const spec = { roomName, optionsJson: "", fillTo: 0, queue: "", joinCode: "" };
    rooms.open(parseRoomId(id), parseEpoch(1), spec);
  };
  for (let i = 0; i < ROOMS; i++) {
    open(`r_a${i}`, "r0");
    open(`r_b${i}`, "r1");
    clock.advance(apartMs);
  }
  ticks.length = 0;
  clock.advance(SECONDS * 1_000);
  return ticks.filter(({ roomId }) => roomId.startsWith("r_a"));
}

describe.each([20, 30, 60])("rooms of %d Hz on one node", (tickHz) => {
  const periodMs = 1_000 / tickHz;

  it.each([0, 7, periodMs, 60])("that were opened %d ms apart tick spread over the period", (apartMs) => {
    const ticks = run(tickHz, apartMs);
    const shares = new Array<number>(10).fill(0);
    for (const { atMs } of ticks) shares[Math.floor(((atMs / periodMs) % 1) * 10)]! += 1 / ticks.length;
    expect(ticks.length / (ROOMS * SECONDS * tickHz)).toBeCloseTo(1, 1);
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.2);
    expect(Math.min(...shares)).toBeGreaterThan(0);
  });

  it("have times of their own that know nothing of it", () => {
    for (const { roomMs } of run(tickHz, 7))
      expect(roomMs / periodMs).toBeCloseTo(Math.round(roomMs / periodMs), 9);
  });
});

it("a first tick comes after a period at the most, whatever the phase", () => {
  const ticks = run(30, 0).filter(({ roomMs }) => roomMs < 34);
  expect(ticks.length).toBe(ROOMS);
  for (const { atMs } of ticks) expect(atMs - 1_234.5).toBeLessThanOrEqual(1_000 / 30 + 1e-6);
});
