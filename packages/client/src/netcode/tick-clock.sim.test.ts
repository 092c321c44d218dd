import { Prng } from "@warren/kernel";
import { forEachSeed } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { TickClock } from "./tick-clock.ts";

// A room that ticks, a way to the page that takes its time, and a page that draws 60 frames a second.

const SEEDS = 20;
const SECONDS = 20;
/** After this much everything has been measured. */
const SETTLED_MS = 3_000;

interface Network {
  readonly tickHz: number;
  readonly sendHz: number;
  readonly wayMs: number;
  readonly jitterMs: number;
  /** How much faster the room's clock runs than the page's. */
  readonly driftPpm: number;
  /** Nothing passes for `stallMs` every `stallEveryMs`. */
  readonly stallEveryMs?: number;
  readonly stallMs?: number;
}

interface Frame {
  readonly nowMs: number;
  readonly shown: number;
  readonly newest: number;
  /** Where the room is in truth. */
  readonly room: number;
  readonly clock: TickClock;
}

function run(
  network: Network,
  seed: number,
  each: (frame: Frame, last: Frame | undefined) => void,
): TickClock {
  const { tickHz, sendHz, wayMs, jitterMs, driftPpm, stallEveryMs = SECONDS * 2_000, stallMs = 0 } = network;
  const prng = new Prng(seed);
  const clock = new TickClock(tickHz);
  const periodMs = 1000 / tickHz / (1 + driftPpm / 1e6);
  const startMs = prng.float() * 1_000 - 50_000;
  const arrivals: { tick: number; atMs: number }[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  let credit = 0;
  const firstTick = Math.ceil(-startMs / periodMs);
  for (let tick = firstTick; startMs + tick * periodMs < (SECONDS + 1) * 1_000; tick++) {
    credit += sendHz;
    if (credit < tickHz) continue;
    credit -= tickHz;
    let atMs = startMs + tick * periodMs + wayMs + prng.float() * jitterMs;
    if (atMs > stallEveryMs && atMs % stallEveryMs < stallMs) atMs += stallMs - (atMs % stallEveryMs);
    lastMs = Math.max(lastMs, atMs);
    arrivals.push({ tick, atMs: lastMs });
  }
  let next = 0;
  let nextPingMs = 0;
  let last: Frame | undefined;
  for (let frame = 0; frame < SECONDS * 60; frame++) {
    const nowMs = 200 + (frame * 1_000) / 60 + prng.float() * 2;
    for (let a = arrivals[next]; a && a.atMs <= nowMs; a = arrivals[++next]) clock.state(a.tick, a.atMs);
    if (nowMs > nextPingMs) {
      clock.roundTrip(2 * wayMs + (prng.float() + prng.float()) * jitterMs);
      nextPingMs += 1_000;
    }
    const shown = clock.shownTick(nowMs);
    const now = { nowMs, shown, newest: arrivals[next - 1]!.tick, room: (nowMs - startMs) / periodMs, clock };
    each(now, last);
    last = now;
  }
  return clock;
}

const NETWORKS: readonly (readonly [title: string, network: Network])[] = [
  ["a still network", { tickHz: 30, sendHz: 30, wayMs: 5, jitterMs: 0, driftPpm: 0 }],
  ["150 ms there and back, jitter 30 ms", { tickHz: 30, sendHz: 30, wayMs: 75, jitterMs: 30, driftPpm: 200 }],
  ["every second tick sent", { tickHz: 60, sendHz: 30, wayMs: 40, jitterMs: 10, driftPpm: -200 }],
  ["20 of 30 ticks sent", { tickHz: 30, sendHz: 20, wayMs: 40, jitterMs: 15, driftPpm: 200 }],
  [
    "128 ticks a second and jitter of many ticks",
    { tickHz: 128, sendHz: 64, wayMs: 60, jitterMs: 80, driftPpm: -200 },
  ],
];

describe("TickClock, with seeded networks", () => {
  it.each(NETWORKS)("what is drawn goes on evenly, and rarely runs dry: %s", (_title, network) => {
    forEachSeed(SEEDS, (seed) => {
      let dry = 0;
      let frames = 0;
      let past = 0;
      let back = 0;
      const paces: number[] = [];
      run(network, seed, ({ nowMs, shown, newest }, last) => {
        if (shown > newest) past++;
        if (last && shown < last.shown) back++;
        if (!last || nowMs < SETTLED_MS) return;
        frames++;
        // Where it ran dry it stood still at the newest state.
        if (shown === newest) dry++;
        else if (last.shown < last.newest)
          paces.push((((shown - last.shown) / (nowMs - last.nowMs)) * 1_000) / network.tickHz);
      });
      expect({ past, back }).toEqual({ past: 0, back: 0 });
      expect(Math.max(...paces)).toBeLessThan(1.16);
      expect(Math.min(...paces)).toBeGreaterThan(0.74);
      expect(dry / frames).toBeLessThan(0.04);
    });
  });

  it.each(NETWORKS)("what is drawn is no further behind than it has to be: %s", (_title, network) => {
    const { tickHz, sendHz, wayMs, jitterMs } = network;
    const enough = Math.ceil(tickHz / sendHz) + ((wayMs + jitterMs) / 1_000) * tickHz + 0.6;
    forEachSeed(SEEDS, (seed) => {
      let furthest = 0;
      let worst = 0;
      run(network, seed, ({ nowMs, shown, room, clock }) => {
        if (nowMs < SETTLED_MS) return;
        furthest = Math.max(furthest, room - shown);
        worst = Math.max(worst, Math.abs(clock.roomTick(nowMs) - room));
      });
      expect(furthest).toBeLessThan(enough);
      // The tick the room is at is known to a few ms: what is asymmetric of two random ways.
      expect((worst * 1_000) / tickHz).toBeLessThan(1.5 + jitterMs * 0.6);
    });
  });

  const still: Network = { tickHz: 30, sendHz: 30, wayMs: 40, jitterMs: 5, driftPpm: 0 };

  it("a stall of a second is jumped over, and half a second later it is as before", () => {
    forEachSeed(SEEDS, (seed) => {
      let furthest = 0;
      let back = 0;
      run({ ...still, stallEveryMs: 10_000, stallMs: 1_000 }, seed, ({ nowMs, shown, room }, last) => {
        if (last && shown < last.shown) back++;
        if (nowMs > SETTLED_MS && (nowMs % 10_000 > 1_500 || nowMs < 10_000))
          furthest = Math.max(furthest, room - shown);
      });
      expect(back).toBe(0);
      expect(furthest).toBeLessThan(3);
    });
  });

  it("short stalls every two seconds are waited out and not for ever waited for", () => {
    forEachSeed(SEEDS, (seed) => {
      let back = 0;
      const network = { ...still, stallEveryMs: 2_000, stallMs: 200 };
      const clock = run(network, seed, ({ shown }, last) => {
        if (last && shown < last.shown) back++;
      });
      expect(back).toBe(0);
      expect(clock.delayTicks).toBeLessThan(1.5);
      expect(clock.jitterMs).toBeLessThan(20);
    });
  });
});
