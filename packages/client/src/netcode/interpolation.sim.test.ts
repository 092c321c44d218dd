import { Prng } from "@warren/kernel";
import { forEachSeed } from "@warren/testkit";
import { expect, it } from "vitest";
import { Interpolation } from "./interpolation.ts";

interface Row {
  x: number;
  angle: number;
  kind: number;
}
const TELEPORT = 50;

// Rows that come, move, are put elsewhere and go, at random; looked at at random moments that only rise, as a page does.
it("never leaves the segment between the states around it, whatever rows do, and however seldom it is looked at", () => {
  forEachSeed(200, (seed) => {
    const prng = new Prng(seed);
    const interpolation = new Interpolation<Row>({
      fields: { x: "linear", angle: "angle" },
      teleport: TELEPORT,
    });
    const states: { tick: number; rows: Map<string, Row> }[] = [];
    const live = new Map<string, Row>();
    let tick = 1;
    let asked = 0;
    let checked = 0;
    for (let n = 0; n < 120; n++) {
      for (const key of ["a", "b", "c", "d"]) {
        const row = live.get(key);
        if (prng.int(0, 9) === 0) {
          if (row) live.delete(key);
          else live.set(key, { x: prng.float() * 100, angle: prng.float() * 6 - 3, kind: n });
        } else if (row && prng.int(0, 2) > 0) {
          row.x = prng.int(0, 9) === 0 ? prng.float() * 1_000 : row.x + prng.float() * 20 - 10;
          row.angle = prng.float() * 6.28 - 3.14;
          row.kind = n;
        }
      }
      interpolation.record(tick, live);
      states.push({ tick, rows: new Map([...live].map(([key, row]) => [key, { ...row }])) });
      if (states.length >= 4 && prng.int(0, 3) > 0) {
        // Between two states that are kept: not further back than a second or two.
        asked = Math.max(asked, states.at(-4)!.tick + prng.float() * (tick - states.at(-4)!.tick));
        check(asked);
        checked++;
      }
      tick += prng.int(1, 3);
    }
    expect(checked).toBeGreaterThan(50);

    function check(at: number): void {
      const before = states.findLast((state) => state.tick <= at)!;
      const after = states.find((state) => state.tick > at);
      const shown = interpolation.at(at);
      expect([...shown.keys()]).toEqual([...before.rows.keys()]);
      for (const [key, row] of shown) {
        const from = before.rows.get(key)!;
        const to = after?.rows.get(key);
        expect(row.kind).toBe(from.kind);
        if (!to || Math.abs(to.x - from.x) > TELEPORT) expect(row).toEqual(from);
        else {
          expect(row.x).toBeGreaterThanOrEqual(Math.min(from.x, to.x) - 1e-9);
          expect(row.x).toBeLessThanOrEqual(Math.max(from.x, to.x) + 1e-9);
          const turn = Math.PI - Math.abs(Math.PI - (Math.abs(to.angle - from.angle) % (2 * Math.PI)));
          expect(Math.abs(row.angle - from.angle)).toBeLessThanOrEqual(turn + 1e-9);
        }
      }
    }
  });
});
