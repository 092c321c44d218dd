import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type game from "@warren/arena/game";
import { memoryStorage, Warren, type WebSocketLike } from "@warren/client";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { eventually, type Launched } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { warren } from "./processes.ts";

// Two workers of one supervisor on a real nats-server, and a matchmaker that fills one node before the next.

let folder: string;
let nats: RunningNatsServer;
const processes: Launched[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-workers-"));
  const { path } = await ensureNatsServer({ env: process.env });
  nats = await startNatsServer({ path, dataDir: join(folder, "nats") });
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.end()));
});
afterAll(async () => {
  await nats?.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(args: readonly string[], env: Record<string, string> = {}): Launched {
  const process = warren(args, {
    WARREN_NATS_URL: nats.url,
    WARREN_AUTH_SECRET: "a-secret-for-tests-of-32-characters",
    WARREN_LOG_LEVEL: "info",
    ...env,
  });
  processes.push(process);
  return process;
}

interface Worker {
  readonly slot: number;
  readonly pid: number;
  readonly port: number;
  readonly adminPort: number;
  readonly grpcPort: number;
}

/** The workers that became ready so far, as the supervisor's log has them. */
function workersOf(supervisor: Launched): Worker[] {
  return [...supervisor.output().matchAll(/^\{.*"event":"child\.ready".*\}$/gm)].map(([line]) => {
    const { child, childPid, port, adminPort, grpcPort } = JSON.parse(line);
    return { slot: Number(child.replace("rooms ", "")), pid: childPid, port, adminPort, grpcPort };
  });
}

/** The workers, once there are so many: log and ready line come by two pipes. */
async function untilReady(supervisor: Launched, count: number): Promise<Worker[]> {
  await eventually(() => {
    const ready = workersOf(supervisor).length;
    return ready === count ? undefined : `${ready} of ${count} became ready`;
  }, 20_000);
  return workersOf(supervisor);
}

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it("two workers share the rooms; one is killed with SIGKILL and comes back on its ports, while the other's players play on", async () => {
  const supervisor = start(["rooms", "--workers", "2"], {
    WARREN_ROOMS_PUBLIC_URL: "ws://127.0.0.1:{port}/r/{slot}",
    WARREN_ROOMS_MAX: "2",
  });
  const matchmaker = start(["matchmaker"]);
  const [, urls = ""] = await supervisor.said(/^warren rooms ready (\S+)$/m);
  const [, restUrl = ""] = await matchmaker.said(/^warren matchmaker ready (\S+)$/m);
  await matchmaker.said(/connected to node[\s\S]*connected to node/);
  const workers = (await untilReady(supervisor, 2)).sort((a, b) => a.slot - b.slot);
  expect(workers.map(({ slot }) => slot)).toEqual([0, 1]);
  expect(urls).toBe(workers.map(({ port }) => `ws://127.0.0.1:${port}`).join(","));
  for (const { adminPort } of workers)
    expect((await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status).toBe(200);

  // Four rooms are what both have space for together.
  const players = await Promise.all(
    [0, 1, 2, 3].map(async (i) => {
      let openedUrl = "";
      const sdk = new Warren<typeof game>(restUrl, {
        storage: memoryStorage(),
        webSocket: async (url, protocol) => {
          openedUrl = url;
          return new WebSocket(url, protocol) as unknown as WebSocketLike;
        },
      });
      const room = await sdk.createRoom("arena", { join: { name: `P${i}` } });
      const statuses: string[] = [];
      room.onStatus((status) => statuses.push(status));
      return { room, statuses, url: openedUrl };
    }),
  );
  const addresses = workers.map(({ port, slot }) => `ws://127.0.0.1:${port}/r/${slot}`);
  expect(players.map(({ url }) => url).sort()).toEqual(
    [...Array(2).fill(addresses[0]), ...Array(2).fill(addresses[1])].sort(),
  );

  const [victim, other] = workers as [Worker, Worker];
  process.kill(victim.pid, "SIGKILL");
  const again = (await untilReady(supervisor, 3))[2]!;
  expect({ ...again, pid: 0 }).toEqual({ ...victim, pid: 0 });
  expect(again.pid).not.toBe(victim.pid);
  expect((await fetch(`http://127.0.0.1:${victim.port}/ping`)).status).toBe(204);

  const unhurt = players.filter(({ url }) => url === addresses[other.slot]);
  expect(unhurt).toHaveLength(2);
  for (const { room, statuses } of unhurt) {
    expect(statuses).toEqual([]);
    const { tick } = room;
    await eventually(() => (room.tick > tick ? undefined : "its room stands still"));
  }

  // A stop is the end of all.
  expect(await supervisor.end()).toBe(0);
  expect([other.pid, again.pid].filter(runs)).toEqual([]);
}, 60_000);

it("workers go when their supervisor is killed", async () => {
  const supervisor = start(["rooms", "--workers", "2"]);
  await supervisor.said(/^warren rooms ready/m);
  const pids = (await untilReady(supervisor, 2)).map(({ pid }) => pid);
  expect(pids.filter(runs)).toHaveLength(2);
  await supervisor.end("SIGKILL");
  await eventually(() => (pids.some(runs) ? "a worker is still there" : undefined));
});

it("a worker whose port is taken ends all of them, and both the port and the worker are named", async () => {
  const [first, taken] = await portAndTakenNext();
  try {
    const supervisor = start(["rooms", `--rooms-port=${first}`, "--workers=2"], {
      WARREN_LOG_LEVEL: "warn",
    });
    expect(await supervisor.exited).toBe(2);
    expect(supervisor.output().trimEnd().split("\n")).toEqual([
      `warren: port ${first + 1} is in use; set WARREN_ROOMS_PORT to another port, or 0 for any`,
      "warren: rooms 1 did not start (exit code 2)",
    ]);
  } finally {
    taken.close();
  }
});

/** A port that is free while the next one is not. */
async function portAndTakenNext(): Promise<[free: number, taken: Server]> {
  const listen = async (port: number) => {
    const server = createServer().listen(port);
    await once(server, "listening");
    return server;
  };
  for (;;) {
    const first = await listen(0);
    const { port } = first.address() as AddressInfo;
    const next = await listen(port + 1).catch(() => undefined);
    first.close();
    await once(first, "close");
    if (next) return [port, next];
  }
}
