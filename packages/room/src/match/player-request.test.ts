import { describe, expect, it } from "vitest";
import { PlayerRequest } from "./player-request.ts";

describe("a request for players", () => {
  it("is for all that is free, and each change of it is a new generation", () => {
    const request = new PlayerRequest();
    expect(request.look([])).toBe(false);
    expect(request.asked).toBeUndefined();
    expect(request.look([2, 1])).toBe(true);
    expect(request.asked).toEqual({ generation: 1, free: [2, 1] });
    expect(request.look([2, 1])).toBe(false);
    request.look([2, 0]);
    expect(request.asked).toEqual({ generation: 2, free: [2, 0] });
    request.look([0, 0]);
    expect(request.asked).toBeUndefined();
    request.look([2, 0]);
    expect(request.asked).toEqual({ generation: 4, free: [2, 0] });
  });

  it("is for no more than is wanted, and for fewer with each who comes", () => {
    const request = new PlayerRequest();
    request.want([1, 3]);
    request.look([2, 2]);
    expect(request.asked?.free).toEqual([1, 2]);
    request.sat(0);
    request.look([1, 2]);
    expect(request.asked?.free).toEqual([0, 2]);
    request.look([2, 2]);
    expect(request.asked?.free).toEqual([0, 2]);
    request.want("none");
    request.sat(1);
    expect([request.look([2, 2]), request.asked]).toEqual([true, undefined]);
    request.want("all");
    request.look([2, 2]);
    expect(request.asked?.free).toEqual([2, 2]);
  });
});
