import { expect, it } from "vitest";
import { LAG_REFUSE_MS, overloadOf } from "./node-load.ts";

it.each<[title: string, cause: string | undefined, loopLagMs: number, memoryMibMax: number]>([
  ["all is well", undefined, 10, 200],
  ["late, but not too late", undefined, LAG_REFUSE_MS, 200],
  ["too late", "lag", LAG_REFUSE_MS + 1, 200],
  ["too much memory", "memory", 0, 99],
  ["as much memory as it may have", undefined, 0, 100],
  ["memory does not matter", undefined, 0, 0],
])("a node takes players or not: %s", (_, cause, loopLagMs, memoryMibMax) => {
  const over = overloadOf({ loopLagMs, memoryMib: 100, memoryMibMax });
  expect(over?.cause).toBe(cause);
  if (over) expect(over.message).toMatch(/^The node.* \d+ (ms|MiB)\.$/);
});
