import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type game from "@warren/arena/game";
import { memoryStorage, Warren } from "@warren/client";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { ROLES } from "@warren/service";
import { eventually, type Launched } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { writeKeys } from "../src/write-keys.ts";
import { warren } from "./processes.ts";

// Processes whose services are reachable on every address and know each other by keys, on a real nats-server.

let folder: string;
let nats: RunningNatsServer;
const processes: Launched[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-keys-"));
  const { path } = await ensureNatsServer({ env: process.env });
  nats = await startNatsServer({ path, dataDir: join(folder, "nats") });
  for (const name of ["ours", "theirs"])
    await writeKeys({ out: join(folder, name), roles: ROLES, days: 1, nowMs: Date.now() });
});
afterEach(() => Promise.all(processes.splice(0).map((process) => process.end("SIGKILL"))));
afterAll(async () => {
  await nats?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(role: "matchmaker" | "rooms", owner: string, cluster: string) {
  const process = warren([role], {
    WARREN_NATS_URL: nats.url,
    WARREN_CLUSTER: cluster,
    WARREN_AUTH_SECRET: "a-secret-for-tests-of-32-characters",
    WARREN_LOG_LEVEL: "info",
    // What needs keys.
    WARREN_GRPC_HOST: "0.0.0.0",
    WARREN_GRPC_PUBLIC_HOST: "127.0.0.1",
    WARREN_KEYS: join(folder, owner, role),
  });
  processes.push(process);
  const [, url = ""] = await process.said(/^warren \w+ ready (\S+)$/m);
  return { process, url };
}

const newCluster = () => `c-${randomUUID().slice(0, 8)}`;

it("players are matched and play in a cluster whose services know each other by keys", async () => {
  const cluster = newCluster();
  const [matchmaker] = await Promise.all([
    start("matchmaker", "ours", cluster),
    start("rooms", "ours", cluster),
  ]);
  const rooms = await Promise.all(
    ["Ann", "Ben"].map((name) =>
      new Warren<typeof game>(matchmaker.url, { storage: memoryStorage() }).play("arena", {
        queue: "ffa",
        join: { name },
      }),
    ),
  );
  expect(rooms[0]?.id).toBe(rooms[1]?.id);
  await eventually(() =>
    rooms[0]?.state.ships.has(rooms[1]?.playerId ?? "") ? undefined : "the other's ship is not there",
  );
  await Promise.all(rooms.map((room) => room.leave()));
});

it("a room-server with keys of another CA gets no players, and the log says why", async () => {
  const cluster = newCluster();
  const [matchmaker] = await Promise.all([
    start("matchmaker", "ours", cluster),
    start("rooms", "theirs", cluster),
  ]);
  await matchmaker.process.said(/"event":"node\.unreachable".*certificate/);
  expect(matchmaker.process.output()).not.toMatch(/node\.up/);
});
