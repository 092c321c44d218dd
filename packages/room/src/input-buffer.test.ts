import { t } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { InputBuffer } from "./input-buffer.ts";

function buffer(whenEmpty: "repeat" | "idle" = "repeat", max = 3) {
  const inputs = new InputBuffer(t.u8() as never, max, whenEmpty);
  return {
    inputs,
    push: (...numbers: number[]) => {
      for (const number of numbers) inputs.push(number, number * 10);
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
  it("[P5] gives exactly one a tick, in order", () => {
    const { push, ticks } = buffer();
    push(1, 2);
    expect(ticks(2)).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  it("[P5] drops the oldest when it is full", () => {
    const { push, ticks } = buffer();
    push(1, 2, 3, 4, 5);
    expect(ticks(3).map(([number]) => number)).toEqual([3, 4, 5]);
  });

  it("[P5] repeats the last when it is empty", () => {
    const { push, ticks } = buffer("repeat");
    expect(ticks(1)).toEqual([[0, 0]]);
    push(1);
    expect(ticks(2)).toEqual([
      [1, 10],
      [1, 10],
    ]);
  });

  it("[P5] uses the initial value when it is empty, if the room says so", () => {
    const { push, ticks } = buffer("idle");
    push(1);
    expect(ticks(2)).toEqual([
      [1, 10],
      [1, 0],
    ]);
  });

  it("[P5] ignores numbers that are not above the last one consumed or waiting; gaps are fine", () => {
    const { push, ticks } = buffer();
    push(0, 5, 5, 4);
    expect(ticks(2)).toEqual([
      [5, 50],
      [5, 50],
    ]);
    push(5, 3, 9);
    expect(ticks(2).map(([number]) => number)).toEqual([9, 9]);
  });

  it("[P5] numbers anew after reset; letting go keeps the numbers", () => {
    const { inputs, push, ticks } = buffer();
    push(7, 8);
    ticks(1);
    inputs.idle();
    expect([inputs.consumedNumber, inputs.current]).toEqual([7, 0]);
    push(7);
    expect(ticks(1)).toEqual([[7, 0]]);
    inputs.reset();
    push(1);
    expect(ticks(1)).toEqual([[1, 10]]);
  });
});
