import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { connectNats } from "../nats/index.ts";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "../nats-server/index.ts";
import { presenceContract } from "./presence-contract.ts";

let folder: string;
let server: RunningNatsServer;
let clusters = 0;
beforeAll(async () => {
  const { path } = await ensureNatsServer({ env: process.env });
  folder = await mkdtemp(join(tmpdir(), "warren-presence-"));
  server = await startNatsServer({ path, dataDir: folder, storeBytesMax: 2 ** 40 });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

presenceContract("presence on NATS", () =>
  connectNats({ servers: server.url, cluster: `p${++clusters}`, name: "presence" }),
);
