import { describe, expect, it } from "vitest";
import { judgeNodes } from "../partition/node-word.ts";
import { judgeActions } from "./account.ts";
import { EpochWatch } from "./epoch-watch.ts";
import { Numbered } from "./numbered.ts";
import { TickWatch } from "./tick-watch.ts";

// The judges have to find what they are for.

function heard(...numbers: number[]): Numbered {
  const numbered = new Numbered();
  for (const number of numbers) numbered.hear(number);
  return numbered;
}

describe("numbered events", () => {
  it("that come one after another are all there, whatever the first is", () => {
    const numbered = heard(7, 8, 9);
    numbered.end(9);
    expect(numbered).toMatchObject({ count: 3, lost: 0, duplicated: 0 });
  });

  it.each([
    ["one that is left out is lost", [1, 2, 4], { lost: 1, duplicated: 0 }],
    ["one that comes again is doubled", [1, 2, 2, 3], { lost: 0, duplicated: 1 }],
    ["two in the wrong order are one lost and one doubled", [1, 3, 2, 4], { lost: 1, duplicated: 1 }],
  ])("%s", (_, numbers, found) => {
    expect(heard(...numbers)).toMatchObject(found);
  });

  it("the last ones are lost when more were told", () => {
    const numbered = heard(1, 2);
    numbered.end(5);
    expect(numbered.lost).toBe(3);
    const deaf = heard();
    deaf.end(5);
    expect(deaf.lost).toBe(1);
  });
});

describe("numbered actions", () => {
  const account = (executed: number, last: number, twice = 0) => ({
    executed,
    last,
    twice,
    skipped: last - (executed - twice),
  });
  const answers = (...counts: number[]) => new Map(counts.map((count, i) => [i + 1, count]));

  it("that were executed and answered once are as they should be", () => {
    expect(judgeActions({ sent: 3, answers: answers(1, 2, 3) }, account(3, 3))).toEqual({
      lost: 0,
      duplicated: 0,
    });
  });

  it.each([
    ["one that was never executed is lost", account(2, 3), answers(1, 2, 3), { lost: 1, duplicated: 0 }],
    ["one that was never answered is lost", account(3, 3), answers(1, 2), { lost: 1, duplicated: 0 }],
    ["the last one too", account(2, 2), answers(1, 2), { lost: 1, duplicated: 0 }],
    [
      "one that was executed again is doubled",
      account(4, 3, 1),
      answers(1, 2, 3),
      { lost: 0, duplicated: 1 },
    ],
    ["also when only its answer says so", account(3, 3), answers(1, 3, 4), { lost: 0, duplicated: 2 }],
    ["without an account all are lost", undefined, answers(1, 2, 3), { lost: 3, duplicated: 0 }],
  ])("%s", (_, of, said, found) => {
    expect(judgeActions({ sent: 3, answers: said }, of)).toEqual(found);
  });
});

it("an epoch that falls is found, one that rises or stays is not", () => {
  const epochs = new EpochWatch();
  for (const epoch of [3, 3, 5, 3, 5, 6]) epochs.applied(epoch);
  expect(epochs.fallen).toBe(1);
});

describe("ticks", () => {
  it("that go on are not missed", () => {
    const ticks = new TickWatch(1_000, 0);
    for (let tick = 1; tick <= 10; tick++) ticks.shown(tick, tick * 900);
    expect(ticks.missed).toBe(0);
  });

  it("that stop are missed once, however long it takes, and when a state comes too late", () => {
    const ticks = new TickWatch(1_000, 0);
    ticks.shown(1, 100);
    for (const nowMs of [1_200, 5_000, 9_000]) ticks.look(nowMs);
    expect(ticks.missed).toBe(1);
    ticks.shown(2, 9_500);
    ticks.shown(3, 11_000);
    expect(ticks).toMatchObject({ missed: 2, longestMs: 9_400 });
  });

  it("that are shown again are not newer", () => {
    const ticks = new TickWatch(1_000, 0);
    for (const nowMs of [100, 900, 1_500]) ticks.shown(1, nowMs);
    ticks.look(1_600);
    expect(ticks.missed).toBe(1);
  });

  it("nothing counts of the time in which nobody could look", () => {
    const ticks = new TickWatch(1_000, 0);
    ticks.forgive(5_000);
    ticks.look(5_500);
    expect(ticks.missed).toBe(0);
  });
});

describe("the words of nodes", () => {
  const word = (rooms: string[], ...seats: [string, string][]) => ({
    rooms: new Set(rooms),
    seats: seats.map(([roomId, playerId]) => ({ roomId, playerId })),
  });

  it("agree with the log", () => {
    const words = [word(["r_a"], ["r_a", "ann"]), word(["r_b"], ["r_b", "ben"])];
    const log = new Map([
      ["ann", "r_a"],
      ["ben", "r_b"],
    ]);
    expect(judgeNodes(words, log)).toEqual({ roomsTwice: [], doubleSeats: [], strays: [] });
  });

  it("a room on two nodes is found", () => {
    expect(judgeNodes([word(["r_a", "r_b"]), word(["r_b"])], new Map()).roomsTwice).toEqual([
      "2 nodes run r_b",
    ]);
  });

  it("a player in two rooms is found, on two nodes or on one", () => {
    const two = [word(["r_a"], ["r_a", "ann"]), word(["r_b"], ["r_b", "ann"])];
    expect(judgeNodes(two, new Map([["ann", "r_a"]])).doubleSeats).toHaveLength(1);
    const one = [word(["r_a", "r_b"], ["r_a", "ann"], ["r_b", "ann"])];
    expect(judgeNodes(one, new Map()).doubleSeats).toHaveLength(1);
  });

  it("a player in a room that the log does not know is found", () => {
    expect(judgeNodes([word(["r_a"], ["r_a", "ann"])], new Map()).strays).toHaveLength(1);
  });

  it("a player who sits elsewhere than the log says is found", () => {
    const words = [word(["r_a"], ["r_a", "ann"])];
    expect(judgeNodes(words, new Map([["ann", "r_b"]])).doubleSeats).toHaveLength(1);
  });
});
