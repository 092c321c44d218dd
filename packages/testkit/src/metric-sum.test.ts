import { expect, it } from "vitest";
import { metricSum } from "./metric-sum.ts";

it("a metric is summed over its labels, and not taken for one of a longer name", () => {
  const text = '# HELP a_total x\na_total{of="b"} 2\na_total{of="c"} 3\na_total_more 7\nb 1\n';
  expect(metricSum(text, "a_total")).toBe(5);
  expect(metricSum(text, "b")).toBe(1);
  expect(metricSum(text, "c")).toBeUndefined();
});
