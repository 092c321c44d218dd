import type { Clock } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { clusterContract } from "../cluster-contract.ts";
import { bytesOf } from "../contract/bytes.ts";
import { DUPLICATE_WINDOW_MS } from "../limits.ts";
import { memoryCluster } from "./index.ts";

function virtualClock(): Clock & { elapse(ms: number): void } {
  let nowMs = 1_000;
  const timers = new Set<{ atMs: number; fn: () => void }>();
  return {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    after(delayMs, fn) {
      const timer = { atMs: nowMs + delayMs, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    elapse(ms) {
      nowMs += ms;
      for (const timer of [...timers].sort((a, b) => a.atMs - b.atMs)) {
        if (timer.atMs <= nowMs && timers.delete(timer)) timer.fn();
      }
    },
  };
}

clusterContract("memory cluster", async () => {
  const clock = virtualClock();
  const elapse = (ms: number) => {
    clock.elapse(ms);
    return ms;
  };
  return { cluster: memoryCluster(clock), elapse };
});

describe("memory cluster", () => {
  it("[L02] an id is forgotten after two minutes", async () => {
    const clock = virtualClock();
    const { log } = memoryCluster(clock);
    const append = () => log.append("mm.a", bytesOf("x"), { id: "one" });
    await append();
    clock.elapse(DUPLICATE_WINDOW_MS - 1);
    expect((await append()).duplicate).toBe(true);
    clock.elapse(1);
    expect(await append()).toEqual({ seq: 2, duplicate: false });
  });

  it("[B05] a handler's throw is told to the process", async () => {
    const events: string[] = [];
    const { bus } = memoryCluster(virtualClock(), (event) => events.push(event));
    await bus.subscribe("node.a", () => {
      throw new Error("a handler's own trouble");
    });
    bus.publish("node.a", bytesOf("x"));
    await Promise.resolve();
    expect(events).toEqual(["bus handler failed"]);
  });

  it("does not share bytes with its callers", async () => {
    const { log } = memoryCluster(virtualClock());
    const bytes = bytesOf("abc");
    await log.append("mm.a", bytes);
    bytes.fill(0);
    expect((await log.last("mm.a"))?.bytes).toEqual(bytesOf("abc"));
  });
});
