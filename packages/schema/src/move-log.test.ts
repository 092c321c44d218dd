import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MoveLog } from "./move-log.ts";

type Step = { readonly moves: number } | { readonly behind: number };

describe("move log", () => {
  it("holds what came after any tick that was not forgotten, in order", () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ moves: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ behind: fc.integer({ min: 0, max: 8 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), (steps) => {
        const log = new MoveLog();
        let known: { tick: number; slot: number; from: number }[] = [];
        let forgotten = 0;
        steps.forEach((made, i) => {
          const tick = i + 1;
          if ("moves" in made) {
            for (let slot = 0; slot < made.moves; slot++) {
              log.push(tick, slot, tick - slot);
              known.push({ tick, slot, from: tick - slot });
            }
          } else {
            forgotten = Math.max(forgotten, tick - made.behind);
            log.forget(forgotten);
            known = known.filter((move) => move.tick > forgotten);
          }
          for (const after of [forgotten, Math.max(forgotten, tick - 2), tick]) {
            const told = [];
            for (let m = log.firstAfter(after); m < log.end; m++) told.push([log.slot(m), log.from(m)]);
            const expected = known.filter((move) => move.tick > after).map(({ slot, from }) => [slot, from]);
            expect(told).toEqual(expected);
          }
        });
      }),
      { numRuns: 50 },
    );
  });
});
