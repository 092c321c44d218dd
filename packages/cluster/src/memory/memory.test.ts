import { VirtualClock } from "@warren/testkit";
import { describe, expect, it } from "vitest";
import { clusterContract } from "../cluster-contract.ts";
import { bytesOf } from "../contract/bytes.ts";
import { DUPLICATE_WINDOW_MS } from "../limits.ts";
import { memoryCluster } from "./index.ts";

clusterContract("memory cluster", async () => {
  const clock = new VirtualClock(1_000);
  const elapse = (ms: number) => {
    clock.advance(ms);
    return ms;
  };
  return { cluster: memoryCluster(clock), elapse };
});

describe("memory cluster", () => {
  it("[L02] an id is forgotten after two minutes", async () => {
    const clock = new VirtualClock(1_000);
    const { log } = memoryCluster(clock);
    const append = () => log.append("mm.a", bytesOf("x"), { id: "one" });
    await append();
    clock.advance(DUPLICATE_WINDOW_MS - 1);
    expect((await append()).duplicate).toBe(true);
    clock.advance(1);
    expect(await append()).toEqual({ seq: 2, duplicate: false });
  });

  it("[B05] a handler's throw is told to the process", async () => {
    const events: string[] = [];
    const { bus } = memoryCluster(new VirtualClock(1_000), (event) => events.push(event));
    await bus.subscribe("node.a", () => {
      throw new Error("a handler's own trouble");
    });
    bus.publish("node.a", bytesOf("x"));
    await Promise.resolve();
    expect(events).toEqual(["bus handler failed"]);
  });

  it("does not share bytes with its callers", async () => {
    const { log } = memoryCluster(new VirtualClock(1_000));
    const bytes = bytesOf("abc");
    await log.append("mm.a", bytes);
    bytes.fill(0);
    expect((await log.last("mm.a"))?.bytes).toEqual(bytesOf("abc"));
  });
});
