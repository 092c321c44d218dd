import { expect, it } from "vitest";
import { race } from "./race.ts";

/** A subject whose check looks at a copy that is `lag` records behind, as that of a follower may be. */
function subject(lag: number) {
  const places: number[] = [];
  const last = () => places.length;
  const tryFor = async (lastSeq: number) => {
    if (lastSeq < last() - lag || lastSeq > last()) return undefined;
    return places.push(lastSeq);
  };
  return { racers: Array.from({ length: 6 }, () => tryFor), last: async () => last() };
}

it("where compare-and-set holds, every race has one winner", async () => {
  const { racers, last } = subject(0);
  expect(await race(racers, last, () => 0)).toEqual({ rounds: 40, broken: 0, undecided: 0 });
});

it("where it does not, races with several winners are counted", async () => {
  const { racers, last } = subject(1);
  expect((await race(racers, last, () => 0)).broken).toBe(40);
});

it("a winner that was not told is no broken race, and the next one begins behind it", async () => {
  const { racers, last } = subject(0);
  let tries = 0;
  const deaf = racers.map((tryFor) => async (lastSeq: number) => {
    const seq = await tryFor(lastSeq);
    // In every second race nobody hears the answer.
    return Math.floor(tries++ / racers.length) % 2 === 0 ? undefined : seq;
  });
  expect(await race(deaf, last, () => 0)).toEqual({ rounds: 40, broken: 0, undecided: 40 });
});

it("ends in time when nobody answers", async () => {
  let nowMs = 0;
  const slow = async () => {
    nowMs += 3_000;
    return undefined;
  };
  expect(
    await race(
      [slow],
      async () => 0,
      () => nowMs,
    ),
  ).toEqual({ rounds: 0, broken: 0, undecided: 4 });
});
