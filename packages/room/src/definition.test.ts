import { InputError } from "@warren/kernel";
import { t } from "@warren/schema";
import { describe, expect, it } from "vitest";
import { defineRoom } from "./definition.ts";
import { pit } from "./testing/pit.ts";

describe("defineRoom", () => {
  it.each([
    ["seats", [0, 1_001, 1.5, Number.NaN], "a whole number from 1 to 1000"],
    ["tickHz", [-1, 129, 0.5], "a whole number from 0 to 128"],
    ["sendHz", [0, 129], "a whole number from 1 to 128"],
    ["inputBuffer", [0, 65], "a whole number from 1 to 64"],
    ["resumeGraceMs", [-1, 300_001, Number.POSITIVE_INFINITY], "a whole number from 0 to 300000"],
    ["inputWhenEmpty", ["hold"], "repeat or idle"],
    ["durability", ["journal"], "none"],
  ])("refuses a %s out of range, with the value and the range", (field, bad, accepted) => {
    for (const value of bad) {
      const define = () => pit([], { [field]: value });
      expect(define).toThrow(InputError);
      const shown = typeof value === "string" ? `"${value}"` : String(value);
      expect(define).toThrow(`${field} is ${shown}; accepted: ${accepted}`);
    }
  });

  it("refuses an action without a handler", () => {
    const actions = { buy: t.action({}, {}) };
    const define = (on: object) => () =>
      defineRoom({ seats: 1, state: t.state({}), actions, on: on as never });
    expect(define({})).toThrow("on.buy is missing; accepted: a handler for the action buy");
    expect(define({ buy: () => ({}) })).not.toThrow();
  });

  it("fills in the defaults", () => {
    expect(defineRoom({ seats: 2, state: t.state({}) })).toMatchObject({
      tickHz: 0,
      sendHz: 20,
      inputBuffer: 8,
      inputWhenEmpty: "repeat",
      resumeGraceMs: 30_000,
    });
  });

  it("[H4] has one fingerprint for what clients must read, whatever else changes", () => {
    const { wireFingerprint } = pit();
    expect(wireFingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(pit([], { seats: 1, tickHz: 60, onTick: undefined as never }).wireFingerprint).toBe(
      wireFingerprint,
    );
    expect(pit([], { input: t.struct({ thrust: t.u8() }) as never }).wireFingerprint).not.toBe(
      wireFingerprint,
    );
  });
});
