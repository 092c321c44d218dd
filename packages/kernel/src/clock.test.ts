import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";

it("after 0 ms comes when what has come from sockets is handled, and not a millisecond later", async () => {
  const order: string[] = [];
  const last = new Promise<void>((resolve) => {
    setImmediate(() => order.push("before"));
    systemClock.after(0, () => order.push("it"));
    systemClock.after(0, () => order.push("cancelled"))();
    setImmediate(() => {
      order.push("behind");
      resolve();
    });
  });
  await last;
  expect(order).toEqual(["before", "it", "behind"]);
});

it("after some milliseconds comes once, unless it is cancelled", async () => {
  const order: string[] = [];
  const startedMs = systemClock.monotonicMs();
  await new Promise<void>((resolve) => {
    systemClock.after(10, () => order.push("cancelled"))();
    systemClock.after(20, () => {
      order.push("it");
      resolve();
    });
  });
  // Node's timers go by whole milliseconds, and may come a part of one early.
  expect(systemClock.monotonicMs() - startedMs).toBeGreaterThan(18);
  expect(order).toEqual(["it"]);
});
