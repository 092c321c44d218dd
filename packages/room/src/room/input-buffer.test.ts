import { t } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { InputBuffer } from "./input-buffer.ts";

function buffer(repeatsMax = 20, max = 3) {
  const inputs = new InputBuffer(t.u32() as never, max, repeatsMax);
  return {
    inputs,
    /** Inputs whose value is ten times their number. */
    push(...numbers: number[]) {
      for (const number of numbers) inputs.push(number, number * 10, 0);
    },
    /** Ticks, and says which number was consumed and what is held. */
    ticks: (count: number) =>
      Array.from({ length: count }, () => {
        inputs.consume();
        return [inputs.consumedNumber, inputs.current];
      }),
  };
}

describe("input buffer", () => {
  it("[P5] gives exactly one a tick, in order, and says how many wait", () => {
    const { inputs, push, ticks } = buffer();
    push(1, 2);
    expect(inputs.waiting).toBe(2);
    expect(ticks(2)).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(inputs.waiting).toBe(0);
  });

  it("[P5] consumes nothing before the first input, whose number may be any", () => {
    const { push, ticks } = buffer();
    expect(ticks(2)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    push(500);
    expect(ticks(1)).toEqual([[500, 5000]]);
  });

  it("[P5] consumes a number every tick from the first input on: one that is not there repeats the last", () => {
    const { push, ticks } = buffer();
    push(1);
    expect(ticks(3)).toEqual([
      [1, 10],
      [2, 10],
      [3, 10],
    ]);
    push(4);
    expect(ticks(1)).toEqual([[4, 40]]);
  });

  it("[P5] or uses the initial value, if the room says so", () => {
    const { push, ticks } = buffer(0);
    push(1);
    expect(ticks(2)).toEqual([
      [1, 10],
      [2, 0],
    ]);
  });

  it("[P5] repeats so often in a row and no more, so that a page that is frozen does not fire for ever", () => {
    const { push, ticks } = buffer(3);
    push(1);
    const held = [1, 2, 3, 4].map((number) => [number, 10]);
    expect(ticks(6)).toEqual([...held, [5, 0], [6, 0]]);
    push(7);
    expect(ticks(5).map(([, value]) => value)).toEqual([70, 70, 70, 70, 0]);
    push(9);
    expect(ticks(5).map(([, value]) => value)).toEqual([90, 90, 90, 90, 0]);
  });

  it("[P5] a gap is consumed, number by number, until it is over", () => {
    const { inputs, push, ticks } = buffer(20, 4);
    push(1, 4);
    expect(inputs.waiting).toBe(2);
    expect(ticks(4)).toEqual([
      [1, 10],
      [2, 10],
      [3, 10],
      [4, 40],
    ]);
  });

  it("[P5] when it is full the oldest is dropped and counts as consumed", () => {
    const { inputs, push, ticks } = buffer();
    push(1, 2, 3, 4, 5);
    expect([inputs.consumedNumber, inputs.waiting]).toEqual([2, 3]);
    expect(ticks(3).map(([number]) => number)).toEqual([3, 4, 5]);
  });

  it("[P5] a jump ahead of more than the buffer counts as consumed but for the last of it", () => {
    const { inputs, push, ticks } = buffer();
    push(1, 2, 1_000_000);
    expect([inputs.consumedNumber, inputs.waiting]).toEqual([999_997, 1]);
    expect(ticks(4)).toEqual([
      [999_998, 20],
      [999_999, 20],
      [1_000_000, 10_000_000],
      [1_000_001, 10_000_000],
    ]);
  });

  it.each([20, 0])(
    "[P5] a number that comes too late stays consumed; its input stands in for the next that is missing (%d repeats)",
    (repeatsMax) => {
      const { push, ticks } = buffer(repeatsMax);
      push(1);
      ticks(3);
      push(2);
      expect(ticks(2)).toEqual([
        [4, 20],
        [5, repeatsMax === 0 ? 0 : 20],
      ]);
    },
  );

  it("[P5] of several that come too late the last stands in, and none once a later number was used", () => {
    const { push, ticks } = buffer();
    push(1);
    ticks(3);
    push(2, 3);
    expect(ticks(1)).toEqual([[4, 30]]);
    push(4, 5);
    expect(ticks(2)).toEqual([
      [5, 50],
      [6, 50],
    ]);
  });

  it("[P5] a client that is late for ever still steers, some ticks late", () => {
    const { push, ticks } = buffer();
    push(1);
    ticks(5);
    for (let number = 2; number < 20; number++) {
      push(number);
      expect(ticks(1)).toEqual([[number + 4, number * 10]]);
    }
  });

  it("[P5] numbers that are not above the last received are ignored", () => {
    const { inputs, push, ticks } = buffer();
    push(0, 5, 5, 4);
    expect(inputs.waiting).toBe(1);
    expect(ticks(1)).toEqual([[5, 50]]);
    push(5, 3);
    expect(ticks(1)).toEqual([[6, 50]]);
  });

  it("[P5] while the player is away nothing is consumed; the numbers go on with the first input after that", () => {
    const { inputs, push, ticks } = buffer();
    push(7, 8);
    ticks(1);
    inputs.idle();
    expect([inputs.waiting, ...ticks(2)]).toEqual([0, [7, 0], [7, 0]]);
    push(7);
    expect(ticks(1)).toEqual([[7, 0]]);
    push(12);
    expect(ticks(2)).toEqual([
      [12, 120],
      [13, 120],
    ]);
  });

  it("[P5] a client that comes back with numbers the room has consumed already steers nevertheless", () => {
    const { inputs, push, ticks } = buffer();
    push(1);
    ticks(900);
    inputs.idle();
    push(2);
    expect(ticks(1)).toEqual([[901, 20]]);
  });

  it("[P5] numbers anew after reset", () => {
    const { inputs, push, ticks } = buffer();
    push(7, 8);
    ticks(1);
    inputs.reset();
    expect(ticks(1)).toEqual([[0, 0]]);
    push(1);
    expect(ticks(1)).toEqual([[1, 10]]);
  });

  it("keeps the moment the player saw with its input; it goes on with every tick that has none", () => {
    const { inputs, ticks } = buffer();
    const seenAt = () => {
      ticks(1);
      return inputs.seenAt;
    };
    expect(inputs.seenAt).toBe(0);
    inputs.push(1, 10, 160);
    inputs.push(2, 20, 170);
    expect([seenAt(), seenAt(), seenAt()]).toEqual([160, 170, 186]);
    inputs.push(4, 40, 0);
    expect([seenAt(), seenAt()]).toEqual([0, 0]);
    inputs.push(6, 60, 200);
    ticks(1);
    inputs.idle();
    expect(inputs.seenAt).toBe(0);
  });
});
