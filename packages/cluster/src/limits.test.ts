import { describe, expect, it } from "vitest";
import { subjectMatches } from "./limits.ts";

describe("subjectMatches", () => {
  it.each([
    ["mm.a", "mm.a", true],
    ["mm.a", "mm.a.b", false],
    ["mm.*", "mm.a", true],
    ["mm.*", "mm", false],
    ["mm.*.d", "mm.a.d", true],
    ["mm.*.d", "mm.a.e", false],
    ["mm.>", "mm", false],
    ["mm.>", "mm.a", true],
    ["mm.*.>", "mm.a", false],
    ["mm.*.>", "mm.a.b.c", true],
  ])("[L07] %s takes %s: %s", (filter, subject, matches) => {
    expect(subjectMatches(filter, subject)).toBe(matches);
  });
});
