import { expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

it("is drawn from zero to the highest", () => {
  expect(sparkline([0, 1, 4, 8], 10)).toBe(" ▁▄█".replace("▁", "▂").replace("▄", "▅"));
});

it("shows what is still to come", () => {
  expect(sparkline([8], 4, 4)).toBe("█···");
});

it("keeps the highest of what it takes together", () => {
  expect(sparkline([0, 8, 0, 0], 2)).toBe("█ ");
});

it("grows beyond what was planned", () => {
  expect(sparkline([8, 8, 8], 10, 2)).toBe("███");
});
