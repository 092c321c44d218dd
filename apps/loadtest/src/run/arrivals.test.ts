import { describe, expect, it } from "vitest";
import type { Arrivals } from "../scenario.ts";
import { arrivalsOf, intendedBetween, ramped } from "./arrivals.ts";

const ALONE = { index: 0, count: 1 };
const times = (arrivals: Arrivals, durationMs: number, share = ALONE) =>
  [...arrivalsOf(arrivals, durationMs, share)].map(({ atMs }) => Math.round(atMs));

describe("a population", () => {
  it("comes evenly within the ramp", () => {
    expect(times({ players: 4, rampMs: 1_000 }, 60_000)).toEqual([0, 250, 500, 750]);
  });

  it("is there at once without one", () => {
    expect(times({ players: 3, rampMs: 0 }, 60_000)).toEqual([0, 0, 0]);
  });

  it("is not whole when the run is shorter than the ramp", () => {
    expect(times({ players: 4, rampMs: 1_000 }, 500)).toEqual([0, 250]);
  });
});

describe("players at a rate", () => {
  it("come evenly at a constant one", () => {
    expect(times({ stages: [{ forMs: 0, toPerSecond: 4 }] }, 1_000)).toEqual([0, 250, 500, 750]);
  });

  it("come ever faster while it rises, as many as the area under it", () => {
    const found = times({ stages: [{ forMs: 10_000, toPerSecond: 100 }] }, 12_000);
    // 500 in the ramp, 200 in the two seconds after it.
    expect(found).toHaveLength(700);
    expect(found[125]).toBe(5_000);
    expect(found.slice(500, 503)).toEqual([10_000, 10_010, 10_020]);
  });

  it("come ever slower while it falls, and not at all at 0", () => {
    const stages = [
      { forMs: 0, toPerSecond: 10 },
      { forMs: 2_000, toPerSecond: 0 },
    ];
    const found = times({ stages }, 60_000);
    expect(found).toHaveLength(10);
    expect(found[5]! - found[4]!).toBeGreaterThan(found[1]! - found[0]!);
    expect(found.at(-1)).toBeLessThan(2_000);
  });

  it("come no more when all have come", () => {
    expect(times({ stages: [{ forMs: 0, toPerSecond: 1_000 }], playersMax: 5 }, 60_000)).toHaveLength(5);
  });
});

const PLANS: readonly Arrivals[] = [
  { players: 97, rampMs: 3_300 },
  { players: 7, rampMs: 0 },
  {
    stages: [
      { forMs: 2_000, toPerSecond: 50 },
      { forMs: 3_000, toPerSecond: 5 },
      { forMs: 0, toPerSecond: 80 },
    ],
  },
  { stages: [{ forMs: 5_000, toPerSecond: 40 }], playersMax: 60 },
];

it.each(PLANS.map((plan) => [JSON.stringify(plan), plan] as const))(
  "generators share %s without one too few or too many",
  (_title, plan) => {
    const all = [...arrivalsOf(plan, 8_000, ALONE)];
    const shared = [0, 1, 2].flatMap((index) => [...arrivalsOf(plan, 8_000, { index, count: 3 })]);
    expect(shared.sort((a, b) => a.number - b.number)).toEqual(all);
  },
);

it.each(PLANS.map((plan) => [JSON.stringify(plan), plan] as const))(
  "as many are said to be intended as come of %s",
  (_title, plan) => {
    const found = times(plan, 8_000);
    let said = 0;
    for (let second = 0; second < 8; second++)
      said += intendedBetween(plan, second * 1_000, (second + 1) * 1_000);
    expect(Math.abs(said - found.length)).toBeLessThanOrEqual(1);
    const inThird = found.filter((atMs) => atMs >= 2_000 && atMs < 3_000).length;
    expect(Math.abs(intendedBetween(plan, 2_000, 3_000) - inThird)).toBeLessThanOrEqual(1);
  },
);

it.each<[Arrivals, number | undefined, Arrivals]>([
  [{ players: 9, rampMs: 5 }, undefined, { players: 9, rampMs: 5 }],
  [{ players: 9, rampMs: 5 }, 0, { players: 9, rampMs: 0 }],
  [{ players: 9, rampMs: 900 }, undefined, { players: 9, rampMs: 500 }],
  [{ players: 9, rampMs: 5 }, 900, { players: 9, rampMs: 900 }],
  [
    {
      stages: [
        { forMs: 100, toPerSecond: 1 },
        { forMs: 300, toPerSecond: 9 },
      ],
      playersMax: 7,
    },
    800,
    {
      stages: [
        { forMs: 200, toPerSecond: 1 },
        { forMs: 600, toPerSecond: 9 },
      ],
      playersMax: 7,
    },
  ],
  [{ stages: [{ forMs: 0, toPerSecond: 9 }] }, 800, { stages: [{ forMs: 0, toPerSecond: 9 }] }],
])("%j within %s ms of a second is %j", (arrivals, rampMs, expected) => {
  expect(ramped(arrivals, rampMs, 1_000)).toEqual(expected);
});
