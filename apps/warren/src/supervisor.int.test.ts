import { createLogger } from "@warren/service";
import { expect, it } from "vitest";
import { ChildStartError, Supervised } from "./supervisor.ts";

it("a child for which the machine has no process left has ended, and is not waited for", async () => {
  const node = process.execPath;
  const log = createLogger({ name: "test", level: "silent", format: "json" });
  const spec = { name: "rooms 0", argv: ["rooms"], env: {}, stopMs: 100, pin: () => ({}) };
  const child = new Supervised(spec, {}, log);
  // Fails as a spawn does that the kernel refuses: with an error, and no exit.
  process.execPath = "/nowhere/node";
  try {
    await expect(child.start()).rejects.toThrow(ChildStartError);
    await child.stop();
  } finally {
    process.execPath = node;
  }
});
