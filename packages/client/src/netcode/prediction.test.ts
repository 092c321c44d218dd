import { describe, expect, it } from "vitest";
import { Prediction } from "./prediction.ts";

interface Body {
  x: number;
  v: number;
}
const DT_MS = 20;
const step = (body: Body, input: number, dtMs: number): Body => ({
  x: body.x + ((body.v + input) * dtMs) / 1_000,
  v: body.v + input,
});
const make = (teleport = 100) =>
  new Prediction<Body, number>(1_000 / DT_MS, { step, fields: { x: "linear" }, teleport, smoothMs: 50 });

/** Number n is the step from (n − 1) × 20 ms to n × 20 ms. */
function stepTo(prediction: Prediction<Body, number>, from: number, to: number, input: number): void {
  for (let n = from; n <= to; n++) prediction.step(n, input, (n - 1) * DT_MS, n * DT_MS);
}
/** Where the room is after so many steps of one input. */
function truth(steps: number, input: number): Body {
  let body = { x: 0, v: 0 };
  for (let n = 0; n < steps; n++) body = step(body, input, DT_MS);
  return body;
}

describe("Prediction", () => {
  it("shows what an input does between the step before it and its own", () => {
    const prediction = make();
    prediction.stated(0, { x: 0, v: 0 }, 0);
    stepTo(prediction, 1, 3, 100);
    expect(prediction.head).toEqual(truth(3, 100));
    expect(prediction.at(60)?.x).toBeCloseTo(truth(3, 100).x);
    expect(prediction.at(40)?.x).toBeCloseTo(truth(2, 100).x);
    expect(prediction.at(50)?.x).toBeCloseTo((truth(2, 100).x + truth(3, 100).x) / 2);
  });

  it("a step may change what it is given, and has to answer something", () => {
    const fields = { x: "linear" } as const;
    const changing = new Prediction<Body, number>(50, {
      step: (body, input) => Object.assign(body, { x: body.x + input }),
      fields,
    });
    changing.stated(0, { x: 0, v: 0 }, 0);
    stepTo(changing, 1, 2, 10);
    expect(changing.at(30)?.x).toBeCloseTo(15);
    const silent = new Prediction<Body, number>(50, { step: () => undefined as never, fields });
    silent.stated(0, { x: 0, v: 0 }, 0);
    expect(() => silent.step(1, 1, 0, 20)).toThrow("accepted: the motion after the step");
  });

  it("a room that did the same is no correction at all, and nothing moves", () => {
    const prediction = make();
    prediction.stated(0, { x: 0, v: 0 }, 0);
    for (let n = 1; n <= 20; n++) {
      stepTo(prediction, n, n, 100);
      const nowMs = n * DT_MS - 5;
      const before = prediction.at(nowMs);
      if (n > 5) prediction.stated(n - 5, truth(n - 5, 100), nowMs);
      expect(prediction.at(nowMs)).toEqual(before);
    }
    expect(prediction.corrections).toHaveLength(15);
    expect(prediction.corrections.every(({ distance }) => distance === 0)).toBe(true);
  });

  it("a correction is told, and bled off by half every smoothMs from where it was seen", () => {
    const prediction = make();
    prediction.stated(0, { x: 0, v: 0 }, 0);
    stepTo(prediction, 1, 5, 0);
    prediction.stated(2, { x: 8, v: 0 }, 100);
    expect(prediction.corrections).toEqual([{ atMs: 100, distance: 8, isTeleport: false }]);
    expect(prediction.head?.x).toBe(8);
    expect(prediction.at(100)?.x).toBeCloseTo(0);
    expect(prediction.at(150)?.x).toBeCloseTo(4);
    expect(prediction.at(200)?.x).toBeCloseTo(6);
    // A second one on top goes on from what is seen then.
    prediction.stated(3, { x: 10, v: 0 }, 150);
    expect(prediction.at(150)?.x).toBeCloseTo(4);
    expect(prediction.at(200)?.x).toBeCloseTo(7);
  });

  it("a teleport is shown at once", () => {
    const prediction = make();
    prediction.stated(0, { x: 0, v: 0 }, 0);
    stepTo(prediction, 1, 5, 0);
    prediction.stated(2, { x: 101, v: 0 }, 100);
    expect(prediction.corrections).toEqual([{ atMs: 100, distance: 101, isTeleport: true }]);
    expect(prediction.at(100)?.x).toBe(101);
  });

  it("pauses while there is nothing to predict, and then begins where the room says, with what was pressed since", () => {
    const prediction = make();
    prediction.stated(0, { x: 0, v: 0 }, 0);
    stepTo(prediction, 1, 5, 100);
    prediction.stated(3, undefined, 100);
    expect([prediction.head, prediction.at(100)]).toEqual([undefined, undefined]);
    stepTo(prediction, 6, 7, 100);
    prediction.stated(5, { x: 50, v: 0 }, 140);
    expect(prediction.head?.x).toBeCloseTo(50 + truth(2, 100).x);
    expect(prediction.corrections).toEqual([]);
  });

  it("numbers that are left out are the input before once more, as in the room, and what is shown does not leap", () => {
    const prediction = make();
    prediction.stated(0, { x: 0, v: 0 }, 0);
    stepTo(prediction, 1, 2, 100);
    const before = prediction.at(40)!;
    prediction.step(6, 0, 40, 60);
    expect(prediction.head?.v).toBe(truth(5, 100).v);
    expect(prediction.at(40)?.x).toBeCloseTo(before.x);
  });

  it("forgets what it pressed when it restarts", () => {
    const prediction = make();
    prediction.stated(0, { x: 0, v: 0 }, 0);
    stepTo(prediction, 1, 5, 100);
    prediction.restart(5);
    prediction.stated(0, { x: 1, v: 0 }, 200);
    expect(prediction.head).toEqual({ x: 1, v: 0 });
  });

  it("keeps the last 256 corrections", () => {
    const prediction = make();
    for (let n = 0; n <= 300; n++) prediction.stated(n, { x: n, v: 0 }, n);
    expect(prediction.corrections).toHaveLength(256);
    expect(prediction.corrections.at(-1)?.atMs).toBe(300);
  });
});
