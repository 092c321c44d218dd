import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Lifecycle } from "./lifecycle.ts";
import { createLogger } from "./logger.ts";

const log = createLogger({ name: "test", level: "silent", format: "json" });

describe("Lifecycle", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("closes in reverse, one after the other", async () => {
    const life = new Lifecycle(log);
    const told: string[] = [];
    for (const name of ["cluster", "rooms", "REST"]) {
      life.opened(name, async () => {
        told.push(`${name} closes`);
        await Promise.resolve();
        told.push(`${name} closed`);
      });
    }
    await life.stop(1_000);
    expect(told).toEqual([
      "REST closes",
      "REST closed",
      "rooms closes",
      "rooms closed",
      "cluster closes",
      "cluster closed",
    ]);
  });

  it("closes each part once, however often it is stopped", async () => {
    const life = new Lifecycle(log);
    const close = vi.fn();
    life.opened("a", close);
    await Promise.all([life.stop(1_000), life.stop(1_000)]);
    await life.stop(1_000);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
  ])("a part that %s does not keep the others open", async (_title, close) => {
    const life = new Lifecycle(log);
    const other = vi.fn();
    life.opened("other", other);
    life.opened("bad", close);
    await life.stop(1_000);
    expect(other).toHaveBeenCalledTimes(1);
  });

  it("gives up when the time is over", async () => {
    const life = new Lifecycle(log);
    const behind = vi.fn();
    life.opened("behind", behind);
    life.opened("stuck", () => new Promise(() => {}));
    const stopped = vi.fn();
    const stopping = life.stop(1_000).then(stopped);
    await vi.advanceTimersByTimeAsync(999);
    expect(stopped).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await stopping;
    expect(behind).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no timer behind", async () => {
    await new Lifecycle(log).stop(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
