import { WarrenError } from "@warren/protocol";
import type { ResultReported } from "@warren/protocol/services";
import { createRegistry, type Logger } from "@warren/service";
import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { roomServerMetrics } from "./metrics.ts";
import {
  RESULT_KEPT_MS,
  RESULTS_FLUSH_MS,
  RESULTS_PER_CALL_MAX,
  RESULTS_WAITING_MAX,
  ResultOutbox,
} from "./result-outbox.ts";

const result = (n: number): ResultReported => ({
  matchId: `m_main_1_${n}`,
  roomId: "r_1",
  teams: [],
  reportJson: "",
});

/** Replicas by name: each takes what it is told, or throws what it is set to. */
class World {
  readonly clock = new VirtualClock(5);
  readonly calls: string[] = [];
  readonly taken = new Set<string>();
  replicas: string[] = [];
  answer: (replica: string, ids: readonly string[]) => void = () => {};
  readonly outbox: ResultOutbox;
  readonly #registry = createRegistry("rooms");

  constructor() {
    const quiet = () => {};
    this.outbox = new ResultOutbox({
      clock: this.clock,
      log: { warn: quiet, error: quiet } as unknown as Logger,
      metrics: roomServerMetrics(this.#registry, {
        waitingBytes: () => 0,
        sessions: () => 0,
        process: () => ({ loopLagMs: 0, cpu: 0 }),
        relay: () => ({ guestSessions: 0, hostedSessions: 0, waitingBytes: 0 }),
      }),
      replicas: () => this.replicas,
      tell: async (replica, results) => {
        const ids = results.map(({ matchId }) => matchId.slice(9));
        this.calls.push(`${replica} ${ids.length > 3 ? ids.length : ids.join(",")}`);
        this.answer(replica, ids);
        for (const id of ids) this.taken.add(id);
      },
    });
  }

  /** Lets promises settle, then time pass. */
  async pass(ms = 0): Promise<void> {
    for (let t = 0; t <= ms; t += 250) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      if (t < ms) this.clock.advance(Math.min(250, ms - t));
    }
  }
  async count(name: "waiting" | "dropped_total"): Promise<number> {
    const line = (await this.#registry.metrics())
      .split("\n")
      .find((l) => l.startsWith(`warren_room_results_${name}{`));
    return Number(line?.split(" ").at(-1));
  }
}

const down = () => {
  throw new WarrenError("UNAVAILABLE");
};

describe("results of matches", () => {
  it("are told at once, and those that come meanwhile together", async () => {
    const world = new World();
    world.replicas = ["one"];
    for (const n of [1, 2, 3]) world.outbox.add(result(n));
    await world.pass();
    expect(world.calls).toEqual(["one 1", "one 2,3"]);
    expect(await world.count("waiting")).toBe(0);
    await world.pass(60_000);
    expect(world.calls).toHaveLength(2);
  });

  it("wait for a replica that comes later", async () => {
    const world = new World();
    world.outbox.add(result(1));
    await world.pass(20_000);
    expect([world.calls, await world.count("waiting")]).toEqual([[], 1]);
    world.replicas = ["one"];
    world.outbox.wake();
    await world.pass();
    expect(world.calls).toEqual(["one 1"]);
  });

  it("are told to another replica after a failure, less and less often", async () => {
    const world = new World();
    world.replicas = ["one", "two"];
    world.answer = down;
    world.outbox.add(result(1));
    await world.pass(750);
    expect(world.calls).toEqual(["one 1", "two 1", "one 1"]);
    world.outbox.add(result(2));
    await world.pass(60_000 - 750);
    // 0, 0.25, 0.75, 1.75, 3.75, and then every 5 s.
    expect(world.calls.length).toBeGreaterThan(14);
    expect(world.calls.length).toBeLessThan(18);
    world.answer = () => {};
    await world.pass(5_000);
    expect([...world.taken]).toEqual(["1", "2"]);
    world.outbox.add(result(3));
    await world.pass();
    expect(world.taken).toContain("3");
  });

  it("that will never be taken are dropped, and hold up no others", async () => {
    const world = new World();
    world.replicas = ["one"];
    world.answer = down;
    for (const n of [1, 2, 3]) world.outbox.add(result(n));
    await world.pass();
    world.answer = (_replica, ids) => {
      if (ids.includes("2")) throw new WarrenError("INVALID_ARGUMENT");
    };
    await world.pass(30_000);
    expect([...world.taken]).toEqual(["1", "3"]);
    expect([await world.count("waiting"), await world.count("dropped_total")]).toEqual([0, 1]);
  });

  it("that nobody takes are dropped after ten minutes, and later ones are told", async () => {
    const world = new World();
    world.outbox.add(result(1));
    await world.pass(RESULT_KEPT_MS - 1_000);
    expect(await world.count("dropped_total")).toBe(0);
    await world.pass(6_000);
    expect([await world.count("waiting"), await world.count("dropped_total")]).toEqual([0, 1]);
    world.replicas = ["one"];
    world.outbox.add(result(2));
    await world.pass();
    expect(world.calls).toEqual(["one 2"]);
  });

  it("are bounded: in a call, and while they wait", async () => {
    const world = new World();
    for (let n = 0; n < RESULTS_WAITING_MAX + 2; n++) world.outbox.add(result(n));
    expect([await world.count("waiting"), await world.count("dropped_total")]).toEqual([
      RESULTS_WAITING_MAX,
      2,
    ]);
    world.replicas = ["one"];
    world.outbox.wake();
    await world.pass(250);
    expect(new Set(world.calls)).toEqual(new Set([`one ${RESULTS_PER_CALL_MAX}`]));
    expect(world.taken.size).toBe(RESULTS_WAITING_MAX);
  });

  it("are flushed at a stop, which waits for them a moment and no longer", async () => {
    const world = new World();
    await world.outbox.flush();
    world.outbox.add(result(1));
    let isOver = false;
    const stopped = world.outbox.flush().then(() => {
      isOver = true;
    });
    await world.pass(250);
    expect(isOver).toBe(false);
    world.replicas = ["one"];
    await world.pass(500);
    await stopped;
    expect([...world.taken]).toEqual(["1"]);

    const alone = new World();
    alone.outbox.add(result(1));
    const lost = alone.outbox.flush();
    await alone.pass(RESULTS_FLUSH_MS);
    await lost;
    expect(await alone.count("dropped_total")).toBe(1);
  });
});
