import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type game from "@warren/arena/game";
import { type Counts, memoryStorage, Warren, watchCounts } from "@warren/client";
import { LEASE_TTL_MS } from "@warren/cluster";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { eventually, type Launched } from "@warren/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { warren } from "./processes.ts";

// Separate processes on a real nats-server: two matchmakers, two room-servers. What may die, and what only seems to.

const ended = new AbortController();
let folder: string;
let natsPath: string;
let nats: RunningNatsServer;
let matchmakers: { process: Launched; url: string; counts?: Counts }[];
let nodes: { process: Launched; url: string }[];
/** All of the above, also while they start. */
const processes: Launched[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-nodes-"));
  ({ path: natsPath } = await ensureNatsServer({ env: process.env }));
  nats = await startNatsServer({ path: natsPath, dataDir: join(folder, "nats") });
  const env = {
    WARREN_NATS_URL: nats.url,
    WARREN_AUTH_SECRET: "a-secret-for-tests-of-32-characters",
    WARREN_LOG_LEVEL: "info",
  };
  const start = async (role: string, build = "") => {
    const process = warren([role], { ...env, ...(build && { WARREN_BUILD: build }) });
    processes.push(process);
    const [, url = ""] = await process.said(/^warren \w+ ready (\S+)$/m);
    return { process, url };
  };
  const all = await Promise.all([
    start("matchmaker"),
    start("matchmaker"),
    start("rooms", "blue"),
    start("rooms", "green"),
  ]);
  matchmakers = all.slice(0, 2);
  nodes = all.slice(2);
  for (const matchmaker of matchmakers) {
    const warren = new Warren<typeof game>(matchmaker.url, { storage: memoryStorage() });
    void (async () => {
      for await (const counts of watchCounts(warren, ended.signal)) matchmaker.counts = counts;
    })().catch(() => {});
  }
});
afterAll(async () => {
  ended.abort();
  await Promise.all(processes.map((process) => process.end("SIGKILL")));
  await nats?.stop();
  await rm(folder, { recursive: true, force: true });
});

const newPlayer = () =>
  new Warren<typeof game>(
    matchmakers.map(({ url }) => url),
    { storage: memoryStorage() },
  );
const playSolo = () => newPlayer().createRoom("arena", { join: { name: "Ann" } });
/** Until every matchmaker counts so many nodes; answers how long that took, ms. */
async function counted(count: number, timeoutMs: number): Promise<number> {
  const startedMs = performance.now();
  await eventually(
    () =>
      matchmakers.every(({ counts }) => counts?.nodes === count)
        ? undefined
        : `nodes are ${matchmakers.map(({ counts }) => counts?.nodes)}, not ${count}`,
    timeoutMs,
  );
  return performance.now() - startedMs;
}

const foundDead = () => matchmakers.filter(({ process }) => process.output().includes("node.dead")).length;

it("every matchmaker meets every node, and says of which build it is", async () => {
  await counted(2, 10_000);
  for (const { process } of matchmakers)
    await process.said(/"build":"(blue|green)"[\s\S]*"build":"(blue|green)"/);
});

it("a node that is stopped is out of placement within 6 s, and back when it goes on; it was never dead", async () => {
  const [first] = nodes;
  first!.process.signal("SIGSTOP");
  // What is counted may be a second old.
  expect(await counted(1, 7_500)).toBeLessThan(7_500);
  const room = await playSolo();
  await room.leave();
  first!.process.signal("SIGCONT");
  await counted(2, 10_000);
  expect(foundDead()).toBe(0);
}, 40_000);

it("NATS is away for longer than leases live: rooms go on, nobody is called dead, and placement goes on afterwards", async () => {
  const room = await playSolo();
  const { port } = nats;
  nats.kill("SIGKILL");
  await nats.exited;
  const awayMs = performance.now();
  let states = 0;
  const stop = room.onState(() => states++);
  // A new room cannot be claimed: said so, in time.
  const refused = await fetch(`${matchmakers[0]!.url}/v1/guests`, { method: "POST" }).then(async (guest) => {
    const { token } = (await guest.json()) as { token: string };
    return fetch(`${matchmakers[0]!.url}/v1/rooms`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": "k",
      },
      body: JSON.stringify({ room: "arena", join: { name: "Ben" } }),
    });
  });
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, "UNAVAILABLE"]);
  await eventually(
    () =>
      performance.now() - awayMs > LEASE_TTL_MS.node + 2_000 ? undefined : "the leases may still be there",
    30_000,
  );
  expect(states).toBeGreaterThan(100);
  await counted(2, 3_000);
  nats = await startNatsServer({ path: natsPath, dataDir: join(folder, "nats"), port });
  // A node that is quicker than the server's broom finds its lease as it left it; the other one takes it again.
  for (const { process } of nodes) await process.said(/nats reconnect"/);
  const before = states;
  await eventually(async () => {
    try {
      const again = await playSolo();
      await again.leave();
      return undefined;
    } catch (error) {
      return `no room could be opened: ${error}`;
    }
  }, 30_000);
  await counted(2, 3_000);
  expect(foundDead()).toBe(0);
  const count = (text: string, part: string) => text.split(part).length - 1;
  await eventually(() => {
    const texts = nodes.map(({ process }) => process.output());
    const isHeld = texts.every(
      (text) => count(text, "node.lease_lost") === count(text, "node.lease_retaken"),
    );
    return isHeld ? undefined : "a lease that was lost is not held again";
  });
  await eventually(() => (states > before ? undefined : "the room stands still"));
  expect(room.status).toBe("online");
  stop();
  await room.leave();
}, 90_000);

it("a node that is killed is out of placement at once, and dead when its lease is gone too", async () => {
  const [, second] = nodes;
  expect(await second!.process.end("SIGKILL")).toBeNull();
  // What is counted may be a second old.
  expect(await counted(1, 2_500)).toBeLessThan(2_500);
  const room = await playSolo();
  await room.leave();
  for (const { process } of matchmakers) await process.said(/node\.dead/, LEASE_TTL_MS.node + 10_000);
}, 60_000);
