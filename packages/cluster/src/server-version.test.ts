import { describe, expect, it } from "vitest";
import { compareVersions, parseServerVersion, serverVersionProblem } from "./server-version.ts";

describe("nats-server versions", () => {
  it.each(["2.9.10", "2.11.99", "1.99.0", "2.11.0-RC.4", "unknown"])(
    "[V01] %s is refused, saying what was found, what is needed and why",
    (version) => {
      expect(serverVersionProblem(version)).toMatch(
        /nats-server is .*(\d|unknown).*; Warren needs 2\.12\.0 or newer: .*compare-and-set/,
      );
    },
  );

  it.each(["2.12.0", "2.12.0-RC.1", "2.15.1", "3.0.0", "nats-server: v2.15.1"])(
    "[V01] %s is accepted",
    (version) => {
      expect(serverVersionProblem(version)).toBeUndefined();
    },
  );

  it("[V01] versions are compared by number, not by text", () => {
    expect(compareVersions("2.9.10", "2.12.0")).toBeLessThan(0);
    expect(compareVersions("2.12.10", "2.12.9")).toBeGreaterThan(0);
    expect(compareVersions("2.12.0", "2.12.0")).toBe(0);
    expect(parseServerVersion("no version here")).toBeUndefined();
  });
});
