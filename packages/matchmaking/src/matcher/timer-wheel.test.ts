import { Prng } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { defineQueue } from "../queue/queue-config.ts";
import { ticketOf } from "../testing/matcher-harness.ts";
import { Candidate } from "./candidate.ts";
import { Lane } from "./lane.ts";
import { TimerWheel } from "./timer-wheel.ts";

describe("TimerWheel", () => {
  it("hands out each at its time, however far the time jumps and wherever a slice ends", () => {
    const lane = new Lane("q", defineQueue({ room: "arena", size: 2 }));
    for (let seed = 1; seed <= 40; seed++) {
      const prng = new Prng(seed);
      const wheel = new TimerWheel();
      const due = new Map<Candidate, number>();
      let nowMs = prng.int(0, 1_000_000);
      for (let step = 0; step < 60; step++) {
        for (let i = prng.int(0, 20); i > 0; i--) {
          const candidate = new Candidate(lane, ticketOf({ id: `t${step}-${i}` }), 0);
          const dueMs = nowMs + prng.pick([prng.int(-100, 100), prng.int(0, 60_000)]);
          wheel.add(candidate, dueMs);
          due.set(candidate, dueMs);
        }
        for (const candidate of due.keys())
          if (prng.int(0, 20) === 0) {
            wheel.remove(candidate);
            due.delete(candidate);
          }
        const expected = Math.min(Number.POSITIVE_INFINITY, ...due.values());
        expect(wheel.nextMs, `seed ${seed}`).toBeLessThanOrEqual(expected);
        nowMs += prng.pick([1, prng.int(0, 50), prng.int(0, 40_000)]);
        const handed = new Set<Candidate>();
        while (
          !wheel.advance(
            nowMs,
            () => true,
            (candidate) => handed.add(candidate),
          )
        ) {}
        const wanted = [...due].filter(([, dueMs]) => dueMs <= nowMs).map(([candidate]) => candidate);
        expect(handed, `seed ${seed} step ${step}`).toEqual(new Set(wanted));
        for (const candidate of wanted) due.delete(candidate);
      }
    }
  });
});
