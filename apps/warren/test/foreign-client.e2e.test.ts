import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch } from "@warren/testkit";
import { expect, it } from "vitest";
import { warrenDev } from "./processes.ts";

// foreign/client.mjs was written from docs/protocol.md by someone who had seen nothing else of Warren. It imports
// nothing of ours: it proves that the page is enough.
const CLIENT = fileURLToPath(new URL("./foreign/client.mjs", import.meta.url));

it("a client written from docs/protocol.md alone completes the journey", async () => {
  expect(await readFile(CLIENT, "utf8")).not.toMatch(/@warren|\.\.\//);
  const { server, url } = await warrenDev();
  try {
    const client = launch(process.execPath, [CLIENT, url, "ffa", '{"name":"Foreign"}']);
    expect(await client.exited, client.output()).toBe(0);
    const proven = new Set(client.output().match(/^ok \S+/gm));
    expect(proven.size, client.output()).toBeGreaterThan(15);
  } finally {
    await server.end();
  }
});
