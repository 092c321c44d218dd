import { InputError } from "@warren/kernel";
import { expect, it } from "vitest";
import { closeIsResumable, ERRORS, errorCodeOfClose, WarrenError } from "./index.ts";

const rows = Object.entries(ERRORS);

it("[T6] the close number alone tells whether to resume", () => {
  for (const [code, { close, retry }] of rows) {
    expect(close, code).toBeGreaterThanOrEqual(4000);
    expect(close, code).toBeLessThanOrEqual(4999);
    if (retry === "resume") expect(closeIsResumable(close), code).toBe(true);
    if (retry === "never") expect(closeIsResumable(close), code).toBe(false);
  }
  expect([1000, 1001, 1006].map(closeIsResumable)).toEqual([false, true, true]);
});

it("no close number stands for two codes, and each leads back to its code", () => {
  expect(new Set(rows.map(([, { close }]) => close)).size).toBe(rows.length);
  for (const [code, { close }] of rows) expect(errorCodeOfClose(close)).toBe(code);
  expect(errorCodeOfClose(1006)).toBeUndefined();
});

it("statuses are real ones", () => {
  for (const [code, { grpc, http }] of rows) {
    expect(grpc, code).toBeGreaterThan(0);
    expect(grpc, code).toBeLessThanOrEqual(16);
    expect(http, code).toBeGreaterThanOrEqual(400);
    expect(http, code).toBeLessThan(600);
  }
});

it("foreign errors go through the funnel and their text stays inside", () => {
  const ours = WarrenError.from(new Error("password=hunter2"));
  expect([ours.code, ours.message]).toEqual(["INTERNAL", ERRORS.INTERNAL.text]);
  expect((ours.cause as Error).message).toBe("password=hunter2");
  const input = WarrenError.from(new InputError("join.name", 5, "text of at most 16 UTF-8 bytes"));
  expect([input.code, input.message]).toEqual([
    "INVALID_ARGUMENT",
    "join.name is 5; accepted: text of at most 16 UTF-8 bytes",
  ]);
  expect(WarrenError.from(ours)).toBe(ours);
});
