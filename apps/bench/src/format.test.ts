import { expect, test } from "vitest";
import { figure, goalText, range } from "./format.ts";

test.each([
  [undefined, "–"],
  [0, "0"],
  [0.03614, "0.0361"],
  [4.1724, "4.17"],
  [99.96, "100"],
  [739.2, "739"],
  [1_919_999.6, "1,920,000"],
  [-0.359, "−0.359"],
])("%d is shown as %s", (value, text) => {
  expect(figure(value)).toBe(text);
});

test.each([
  [[1.2, 1.3], "1.20–1.30"],
  [[-0.5, 0.1], "−0.500 to 0.100"],
  [[0.2121, 0.2123], "0.212"],
] as const)("%j is shown as %s", (values, text) => {
  expect(range(values)).toBe(text);
});

test("a goal says its direction", () => {
  expect([goalText({ atMost: 1_024 }), goalText({ atLeast: 0.8 })]).toEqual(["≤ 1,024", "≥ 0.8"]);
});
