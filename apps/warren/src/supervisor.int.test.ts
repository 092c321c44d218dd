import { createLogger } from "@warren/service";
import { expect, it } from "vitest";
import type { Env } from "./command.ts";
import { ChildStartError, Supervised } from "./supervisor.ts";

function supervised(env: Env = {}): Supervised {
  const log = createLogger({ name: "test", level: "silent", format: "json" });
  return new Supervised({ name: "rooms 0", argv: ["rooms"], env, stopMs: 100, pin: () => ({}) }, {}, log);
}

it("a child the kernel refuses to start has ended, and is not waited for", async () => {
  const node = process.execPath;
  // Told later, by an event, as when there are too many processes.
  process.execPath = "/nowhere/node";
  try {
    const child = supervised();
    await expect(child.start()).rejects.toThrow(ChildStartError);
    await child.stop();
  } finally {
    process.execPath = node;
  }
  // Thrown at once, as when there is no memory.
  const child = supervised({ TOO_LONG: "x".repeat(1_000_000) });
  await expect(child.start()).rejects.toThrow(ChildStartError);
  await child.stop();
});
