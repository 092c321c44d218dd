import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseNodeId, parsePlayerId, systemClock } from "@warren/kernel";
import { eventually } from "@warren/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LiveNodes } from "../live-nodes.ts";
import { connectNats } from "../nats/index.ts";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "../nats-server/index.ts";
import { PlayerNodes } from "./player-nodes.ts";
import { Presence } from "./presence.ts";
import { presenceContract } from "./presence-contract.ts";

let folder: string;
let path: string;
let server: RunningNatsServer;
let clusters = 0;
beforeAll(async () => {
  ({ path } = await ensureNatsServer({ env: process.env }));
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

it("[V10] who comes while NATS is away is found when it is back, and so is who was there before", async () => {
  const dataDir = join(folder, "outage");
  let nats = await startNatsServer({ path, dataDir });
  const cluster = await connectNats({ servers: nats.url, cluster: "outage", name: "presence" });
  try {
    const nodeId = parseNodeId("n_a");
    const lease = await cluster.lease.acquire("node", nodeId, new Uint8Array([1]));
    const nodes = await LiveNodes.watch(cluster.lease);
    const { directory } = cluster;
    let failures = 0;
    const presence = new Presence({
      nodeId,
      directory,
      nodes,
      clock: systemClock,
      onFailed: () => failures++,
    });
    const [before, during] = [parsePlayerId("before"), parsePlayerId("during")];
    presence.announce(before);
    await eventually(() => (presence.waiting === 0 ? undefined : "presence is written"));
    nats.kill("SIGKILL");
    await nats.exited;
    presence.announce(during);
    await eventually(() => (failures > 0 ? undefined : "a failed write"), 15_000);
    nats = await startNatsServer({ path, dataDir, port: nats.port });
    await eventually(() => (presence.waiting === 0 ? undefined : "presence is written"), 15_000);
    await lease?.renew();
    const players = new PlayerNodes({ directory, nodes, clock: systemClock });
    expect(await players.of(before)).toEqual([nodeId]);
    expect(await players.of(during)).toEqual([nodeId]);
    presence.close();
    nodes.close();
  } finally {
    await cluster.close();
    await nats.stop();
  }
}, 40_000);
