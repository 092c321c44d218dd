import { describe, expect, it } from "vitest";
import { defineQueue, type QueueSource } from "./queue-config.ts";
import { stepAt } from "./schedule.ts";

const skill = { attribute: "mmr", default: 1_500, windows: [{ atMs: 0, value: 100 }] };

describe("defineQueue", () => {
  it("fills in what is not said", () => {
    expect(defineQueue({ room: "arena", size: 2 })).toEqual({
      room: "arena",
      options: {},
      size: 2,
      relax: [],
      skill: undefined,
      backfill: false,
      expireMs: 120_000,
    });
  });

  it("sorts relaxing steps by age", () => {
    const early = { atMs: 1_000, min: 3, fillTo: 0 };
    const late = { atMs: 5_000, min: 2, fillTo: 4 };
    expect(defineQueue({ room: "arena", size: 4, relax: [late, early] }).relax).toEqual([early, late]);
  });

  const relax = { atMs: 0, min: 1, fillTo: 0 };
  it.each<[Partial<QueueSource>, message: string]>([
    [{ room: "Arena!" }, 'room is "Arena!"; accepted: 1 to 32 characters of a-z 0-9 -, the first a letter'],
    [{ size: 0 }, "size is 0; accepted: a whole number from 1 to 1000"],
    [{ size: 1_001 }, "size is 1001; accepted: a whole number from 1 to 1000"],
    [{ size: 2.5 }, "size is 2.5; accepted: a whole number from 1 to 1000"],
    [{ expireMs: 999 }, "expireMs is 999; accepted: a whole number from 1000 to 3600000"],
    [{ expireMs: 3_600_001 }, "expireMs is 3600001; accepted: a whole number from 1000 to 3600000"],
    [{ relax: [{ ...relax, atMs: -1 }] }, "relax.atMs is -1; accepted: a whole number from 0 to 3600000"],
    [{ relax: [{ ...relax, min: 0 }] }, "relax.min is 0; accepted: a whole number from 1 to 4"],
    [{ relax: [{ ...relax, min: 5 }] }, "relax.min is 5; accepted: a whole number from 1 to 4"],
    [{ relax: [{ ...relax, fillTo: 5 }] }, "relax.fillTo is 5; accepted: a whole number from 0 to 4"],
    [{ skill: { ...skill, windows: [] } }, "skill.windows is []; accepted: steps that begin with atMs 0"],
    [
      { skill: { ...skill, windows: [{ atMs: 5, value: 1 }] } },
      'skill.windows is [{"atMs":5,"value":1}]; accepted: steps that begin with atMs 0',
    ],
    [
      {
        skill: {
          ...skill,
          windows: [
            { atMs: 0, value: 1 },
            { atMs: 0, value: 2 },
          ],
        },
      },
      "skill.windows[1].atMs is 0; accepted: more than the step before",
    ],
    [
      {
        skill: {
          ...skill,
          windows: [
            { atMs: 0, value: 9 },
            { atMs: 5, value: 8 },
          ],
        },
      },
      "skill.windows[1].value is 8; accepted: no less than the step before",
    ],
    // Two of the same skill differ by 0: a window below it never matches anyone.
    [
      { skill: { ...skill, windows: [{ atMs: 0, value: -1 }] } },
      "skill.windows[0].value is -1; accepted: a number from 0",
    ],
    // NaN compares as false with everything: it would match anyone with anyone.
    [
      { skill: { ...skill, windows: [{ atMs: 0, value: Number.NaN }] } },
      "skill.windows[0].value is NaN; accepted: a number from 0",
    ],
    [{ skill: { ...skill, default: Number.NaN } }, "skill.default is NaN; accepted: a number"],
  ])("%j is refused", (part, message) => {
    const define = () => defineQueue({ room: "arena", size: 4, ...part });
    expect(define).toThrow(expect.objectContaining({ name: "InputError", message }));
  });
});

describe("stepAt", () => {
  const steps = [
    { atMs: 0, value: 50 },
    { atMs: 10_000, value: 130 },
    { atMs: 60_000, value: 600 },
  ];
  it.each([
    [0, 50],
    [9_999, 50],
    [10_000, 130],
    [59_999, 130],
    [60_000, 600],
    [1e9, 600],
    // Decider's time may be a little behind the time of a record.
    [-5, 50],
  ])("at %d ms it is %d", (ageMs, value) => {
    expect(stepAt(steps, ageMs)).toBe(value);
  });
});
