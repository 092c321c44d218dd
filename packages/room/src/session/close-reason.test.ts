import { expect, it } from "vitest";
import { closeReason } from "./close-reason.ts";

it("[T6] a reason is its code and a text, cut on a character to at most 123 bytes", () => {
  expect(closeReason("KICKED", "for shouting")).toBe("KICKED: for shouting");
  const cut = closeReason("INVALID_ARGUMENT", "🐇".repeat(200));
  expect(cut).toMatch(/^INVALID_ARGUMENT: 🐇+…$/u);
  expect(new TextEncoder().encode(cut).length).toBeGreaterThan(123 - 4);
  expect(new TextEncoder().encode(cut).length).toBeLessThanOrEqual(123);
});
