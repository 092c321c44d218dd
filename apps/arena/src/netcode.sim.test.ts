import { interpolate, type Predicted, predict, tickClock } from "@warren/client";
import { Prng, parseEpoch, parseRoomId } from "@warren/kernel";
import { defineRoom, RoomHost } from "@warren/room";
import { type StateViewOf, t } from "@warren/schema";
import { forEachSeed, VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { type Far, FarClock, FarPlayer } from "./testing/far-player.ts";

// A real room and the client's netcode, with a network between them, all on virtual clocks.

const SEEDS = 8;
const TICK_HZ = 30;
const SETTLED_MS = 3_000;
const FRAME_MS = 1_000 / 60;

interface Body {
  x: number;
  y: number;
  v: number;
}
interface Push {
  push: number;
}
/** Not reversible, and sensitive to when a key was pressed. */
function stepBody(body: Readonly<Body>, { push }: Readonly<Push>, dtMs: number): Body {
  const dt = dtMs / 1_000;
  const v = (body.v + push * 8 * dt) * (1 - 0.8 * dt);
  return { x: body.x + v * dt, y: body.y + Math.sin(body.x / 50) * 40 * dt, v };
}

const state = t.state({
  bodies: t.table(t.struct({ x: t.f64(), y: t.f64(), v: t.f64(), isOut: t.bool() })),
  /** Its hand is at the tick, so where it is drawn says which moment is drawn. */
  clocks: t.table(t.struct({ hand: t.f64() })),
});

/** Bodies that are pushed. Everyone is out for a second now and then, and comes back elsewhere. */
function pushing({ sendHz = TICK_HZ, outEveryTicks = 0 } = {}) {
  return defineRoom({
    seats: 4,
    tickHz: TICK_HZ,
    sendHz,
    state,
    input: t.struct({ push: t.i8() }),
    onCreate: (room) => void room.state.clocks.add("wall"),
    onJoin: (room, player) => void room.state.bodies.add(player.id),
    onTick(room, dtMs) {
      room.state.clocks.get("wall")!.hand = room.tick;
      for (const player of room.players.values()) {
        const body = room.state.bodies.get(player.id)!;
        const phase = outEveryTicks > 0 ? room.tick % outEveryTicks : 1;
        if (phase === 0) Object.assign(body, { isOut: false, x: body.x + 1_000, y: 0, v: 0 });
        else if (phase === outEveryTicks - TICK_HZ) body.isOut = true;
        if (phase > 0 && !body.isOut) Object.assign(body, stepBody(body, player.input as Push, dtMs));
      }
    },
  });
}

const ROOM = parseRoomId("r_test");

/** A player who presses keys at random, and a page that draws 60 pictures a second. */
class Page {
  readonly clock = new VirtualClock();
  readonly roomClock = new FarClock(this.clock, 0);
  readonly player: FarPlayer<StateViewOf<typeof state>, Push>;
  readonly me: Predicted<StateViewOf<typeof state>, Push, Body>;
  readonly keys: Prng;
  /** When the player's network began, as stalls are counted. */
  readonly linkedAtMs: number;
  push = 0;
  shownTick = 0;
  hand = 0;
  shownX = 0;
  isDrawing = true;
  pressesKeys = true;

  constructor(seed: number, far: Partial<Far>, definition = pushing()) {
    const prng = new Prng(seed);
    this.keys = new Prng(seed + 1_000);
    const host = new RoomHost({
      definitions: { pushing: definition },
      clock: this.roomClock,
      roomsMax: 1,
      seed: () => seed,
      onChanged: (_room, error) => {
        if (error) throw error;
      },
    });
    host.open(ROOM, parseEpoch(1), {
      roomName: "pushing",
      optionsJson: "",
      fillTo: 0,
      queue: "",
      joinCode: "",
    });
    this.clock.advance(prng.float() * 1_000);
    const network = { roundTripMs: 150, jitterMs: 0, driftPpm: 0, ...far };
    this.linkedAtMs = this.clock.monotonicMs();
    this.player = new FarPlayer(host, ROOM, definition, network, this.clock, prng);
    this.clock.advance(100);
    const { player } = this;
    const clocks = interpolate(player, "clocks", { fields: { hand: "linear" } }, player.clock);
    this.me = predict(
      player,
      {
        read: ({ bodies }) => {
          const body = bodies.get(player.id);
          return body && !body.isOut ? { x: body.x, y: body.y, v: body.v } : undefined;
        },
        step: stepBody,
        fields: { x: "linear", y: "linear" },
        teleport: 500,
      },
      player.clock,
    ).start(() => ({ push: this.push }));
    const draw = () => {
      this.clock.after(FRAME_MS, draw);
      if (!this.isDrawing) return;
      const nowMs = player.clock.monotonicMs();
      this.shownTick = tickClock(player).shownTick(nowMs);
      this.hand = clocks.at(this.shownTick).get("wall")!.hand;
      this.shownX = this.me.at(nowMs)?.x ?? Number.NaN;
      this.each?.();
    };
    draw();
    const press = () => {
      this.clock.after(this.keys.int(30, 600), press);
      if (this.pressesKeys) this.push = this.keys.int(-1, 1) * 100;
    };
    press();
  }

  /** Called after every picture. */
  each: (() => void) | undefined;

  /** What arrived at the room in a span of time: how many inputs, and which part of them too late. */
  late(fromMs: number, untilMs: number): { count: number; part: number } {
    const arrived = this.player.arrived.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
    return {
      count: arrived.length,
      part: arrived.filter(({ isLate }) => isLate).length / Math.max(1, arrived.length),
    };
  }
  waiting(fromMs: number): { mean: number; most: number } {
    const counts = this.player.waited.filter(({ atMs }) => atMs >= fromMs).map(({ count }) => count);
    return { mean: counts.reduce((a, b) => a + b, 0) / counts.length, most: Math.max(...counts) };
  }
  get wrong(): number[] {
    return this.me.corrections.filter(({ isTeleport }) => !isTeleport).map(({ distance }) => distance);
  }
}

describe("far from the room", () => {
  it.each([-200, 0, 200])(
    "[P5] 150 ms away with 30 ms of jitter, clocks %i ppm apart: inputs are not late, and few wait",
    (driftPpm) => {
      forEachSeed(SEEDS, (seed) => {
        const page = new Page(seed, { jitterMs: 30, driftPpm });
        page.clock.advance(30_000);
        const inputs = page.late(SETTLED_MS, 30_000);
        expect(inputs.count).toBeGreaterThan(26 * TICK_HZ);
        expect(inputs.part).toBeLessThan(0.01);
        const { mean, most } = page.waiting(SETTLED_MS);
        expect(mean).toBeGreaterThan(0.9);
        expect(mean).toBeLessThan(2.6);
        expect(most).toBeLessThanOrEqual(4);
      });
    },
  );

  it.each([30, 10])(
    "[P4] when no input is late the prediction is exact: of %i states a second none corrects it, also around being out",
    (sendHz) => {
      forEachSeed(SEEDS, (seed) => {
        const page = new Page(seed, {}, pushing({ sendHz, outEveryTicks: 150 }));
        page.clock.advance(1_000);
        const before = page.me.corrections.length;
        page.clock.advance(7_000);
        expect(page.late(0, 9_000).part).toBe(0);
        expect(page.wrong.slice(before).length).toBeGreaterThan(4 * sendHz);
        expect(Math.max(...page.wrong.slice(before))).toBe(0);
        expect(page.me.corrections.filter(({ isTeleport }) => isTeleport)).toEqual([]);
      });
    },
  );

  it("what is pressed is seen within a tick and a picture", () => {
    const page = new Page(1, {});
    page.clock.advance(5_000);
    page.pressesKeys = false;
    page.push = 0;
    page.clock.advance(20_000);
    page.push = 100;
    const before = page.shownX;
    page.clock.advance(1_000 / TICK_HZ + 2 * FRAME_MS);
    expect(page.shownX).toBeGreaterThan(before);
  });

  it.each([
    ["every tick sent", 30, 30],
    ["every third tick sent", 10, 30],
    ["jitter of three ticks", 30, 100],
  ])("what is drawn of others is where they were at the moment shown: %s", (_title, sendHz, jitterMs) => {
    forEachSeed(SEEDS, (seed) => {
      const page = new Page(seed, { jitterMs, driftPpm: 200 }, pushing({ sendHz }));
      page.clock.advance(SETTLED_MS);
      let pictures = 0;
      let worst = 0;
      page.each = () => {
        pictures++;
        worst = Math.max(worst, Math.abs(page.hand - page.shownTick));
      };
      page.clock.advance(10_000);
      expect(pictures).toBeGreaterThan(590);
      expect(worst).toBeLessThan(1e-6);
    });
  });

  it("[P5] jitter of three ticks makes more inputs wait, and they are in time", () => {
    forEachSeed(SEEDS, (seed) => {
      const page = new Page(seed, { jitterMs: 100 });
      page.clock.advance(30_000);
      expect(page.late(5_000, 30_000).part).toBeLessThan(0.01);
      expect(page.waiting(5_000).mean).toBeLessThan(4.5);
    });
  });

  it("after the way has stalled for half a second inputs are in time again, and what is shown does not leap by much", () => {
    forEachSeed(SEEDS, (seed) => {
      const page = new Page(seed, { jitterMs: 5, stallEveryMs: 10_000, stallMs: 500 });
      page.clock.advance(20_000);
      const stalledAtMs = page.linkedAtMs + 10_000;
      expect(page.late(SETTLED_MS, stalledAtMs).part).toBe(0);
      expect(page.late(stalledAtMs, stalledAtMs + 600).part).toBeGreaterThan(0);
      expect(page.late(stalledAtMs + 800, 20_000).part).toBeLessThan(0.01);
      expect(page.waiting(13_000).mean).toBeLessThan(3);
    });
  });

  it("a page that stalls sends no burst afterwards, and its inputs are in time at once", () => {
    forEachSeed(SEEDS, (seed) => {
      const page = new Page(seed, { jitterMs: 5 });
      page.clock.advance(5_000);
      // Nothing of the page runs for 2 s; the room and the network do.
      page.player.clock.throttleMs = 10_000;
      page.isDrawing = false;
      const stalledAtMs = page.clock.monotonicMs();
      page.clock.advance(10_000 - (stalledAtMs % 10_000));
      page.player.clock.throttleMs = 0;
      page.isDrawing = true;
      const wokeAtMs = page.clock.monotonicMs();
      page.clock.advance(5_000);
      const sent = page.player.sentAtMs.filter((atMs) => atMs >= wokeAtMs - 1 && atMs < wokeAtMs + 100);
      // Those of a tenth of a second, and the two before that may still be in time.
      expect(sent.length).toBeLessThanOrEqual(6);
      expect(page.late(wokeAtMs + 200, wokeAtMs + 5_000).part).toBeLessThan(0.01);
      expect(page.waiting(wokeAtMs + 2_000).mean).toBeLessThan(3);
    });
  });

  it("a tab in the background, with one timer a second, sends few inputs and is in time when it is back", () => {
    forEachSeed(SEEDS, (seed) => {
      const page = new Page(seed, { jitterMs: 5 });
      page.clock.advance(5_000);
      page.player.clock.throttleMs = 1_000;
      page.isDrawing = false;
      page.clock.advance(20_000);
      const sent = page.player.sentAtMs.filter((atMs) => atMs > 8_000);
      expect(sent.length).toBeLessThanOrEqual(3 * 17);
      page.player.clock.throttleMs = 0;
      page.isDrawing = true;
      const backAtMs = page.clock.monotonicMs();
      page.clock.advance(5_000);
      expect(page.late(backAtMs + 300, backAtMs + 5_000).part).toBeLessThan(0.01);
      expect(page.waiting(backAtMs + 2_000).mean).toBeLessThan(3);
    });
  });

  it("[P5] sends nothing while offline, and goes on where the room is", () => {
    forEachSeed(SEEDS, (seed) => {
      const page = new Page(seed, { jitterMs: 5 });
      page.clock.advance(5_000);
      page.player.isOnline = false;
      const sent = page.player.inputNumber;
      if (seed % 2 === 0) page.me.start(() => ({ push: page.push }));
      page.clock.advance(3_000);
      expect(page.player.inputNumber).toBe(sent);
      page.player.isOnline = true;
      const backAtMs = page.clock.monotonicMs();
      page.clock.advance(5_000);
      expect(page.player.inputNumber).toBeGreaterThan(sent + 4 * TICK_HZ);
      expect(page.late(backAtMs + 300, backAtMs + 5_000).part).toBe(0);
      const { corrections } = page.me;
      expect(Math.max(...corrections.slice(-100).map(({ distance }) => distance))).toBe(0);
    });
  });

  it("after a room that stalled and left ticks out, inputs are in time and what is drawn goes on", () => {
    forEachSeed(SEEDS, (seed) => {
      const page = new Page(seed, { jitterMs: 5 });
      page.clock.advance(5_000);
      page.roomClock.throttleMs = 400;
      page.clock.advance(400);
      page.roomClock.throttleMs = 0;
      const atMs = page.clock.monotonicMs();
      let back = 0;
      let last = page.shownTick;
      page.each = () => {
        if (page.shownTick < last) back++;
        last = page.shownTick;
      };
      page.clock.advance(8_000);
      expect(back).toBe(0);
      expect(page.shownTick).toBeGreaterThan(page.player.tick - 8);
      expect(page.late(atMs + 500, atMs + 8_000).part).toBeLessThan(0.01);
      expect(page.waiting(atMs + 6_000).mean).toBeLessThan(3);
    });
  });
});
