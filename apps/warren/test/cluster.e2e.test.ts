import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type game from "@warren/arena/game";
import { memoryStorage, Warren } from "@warren/client";
import { decodeRoomClaim } from "@warren/cluster";
import { connectNats } from "@warren/cluster/nats";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { eventually, type Launched } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { warren } from "./processes.ts";

// Separate processes on a real nats-server: two matchmakers, two room-servers. Matchmakers are killed on the way.

let folder: string;
let path: string;
let nats: RunningNatsServer;
const processes: Launched[] = [];
let matchmakers: { process: Launched; url: string }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-cluster-"));
  ({ path } = await ensureNatsServer({ env: process.env }));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  nats = await startNatsServer({ path, dataDir: join(folder, randomUUID()) });
  const env = {
    WARREN_NATS_URL: nats.url,
    WARREN_AUTH_SECRET: "a-secret-for-tests-of-32-characters",
    WARREN_LOG_LEVEL: "info",
  };
  const start = async (role: string) => {
    const process = warren([role], env);
    processes.push(process);
    const [, url = ""] = await process.said(/^warren \w+ ready (\S+)$/m);
    return { process, url };
  };
  const [first, second] = await Promise.all([
    start("matchmaker"),
    start("matchmaker"),
    start("rooms"),
    start("rooms"),
  ]);
  matchmakers = [first, second];
  // Both replicas have dialled both nodes.
  for (const { process } of matchmakers) await process.said(/connected to node[\s\S]*connected to node/);
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.end("SIGKILL")));
  await nats.stop();
});

const guest = async (url: string) => {
  const response = await fetch(`${url}/v1/guests`, { method: "POST" });
  return ((await response.json()) as { token: string }).token;
};

it("a ticket is posted to one matchmaker, its events are read from the other, and both players land in one room", async () => {
  const [one, two] = matchmakers.map(({ url }) => url) as [string, string];
  const seats = await Promise.all(
    ["Ann", "Ben"].map(async (name) => {
      const authorization = `Bearer ${await guest(one)}`;
      const posted = await fetch(`${one}/v1/tickets`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", "idempotency-key": randomUUID() },
        body: JSON.stringify({ queues: ["ffa"], join: { name } }),
      });
      expect(posted.status).toBe(201);
      const { ticketId } = (await posted.json()) as { ticketId: string };
      const events = await fetch(`${two}/v1/tickets/${ticketId}/events`, { headers: { authorization } });
      const text = await events.text();
      const [, data = "{}"] = text.match(/event: assigned\ndata: (.*)/) ?? [];
      return JSON.parse(data) as { roomId: string; url: string; seatToken: string };
    }),
  );
  expect(seats[0]?.roomId).toMatch(/^r_/);
  expect(seats[1]?.roomId).toBe(seats[0]?.roomId);
});

it.each([0, 1])(
  "matchmaker %i is killed with SIGKILL while players wait, and they still get into one room",
  async (victim) => {
    const urls = matchmakers.map(({ url }) => url);
    const players = [0, 1].map(
      () =>
        new Warren<typeof game>([urls[victim] as string, urls[1 - victim] as string], {
          storage: memoryStorage(),
        }),
    );
    let queued = 0;
    let killed: Promise<unknown> | undefined;
    const rooms = await Promise.all(
      players.map((player, i) =>
        player.play("arena", {
          queue: "ffa",
          join: { name: `P${i}` },
          onStatus: ({ status }) => {
            // The first is in the queue, alone; now the matchmaker it talks to dies.
            if (status === "queued" && ++queued === 1) killed = matchmakers[victim]?.process.end("SIGKILL");
          },
        }),
      ),
    );
    expect(await killed).toBeNull();
    expect(rooms[0]?.id).toBe(rooms[1]?.id);
    await eventually(() =>
      rooms[0]?.state.ships.has(rooms[1]?.playerId ?? "") ? undefined : "the other's ship is not there",
    );
    await Promise.all(rooms.map((room) => room.leave()));
  },
);

it("a room-server is killed with SIGKILL: its players are told, play on the other, and nothing is left in the directory", async () => {
  const player = new Warren<typeof game>(
    matchmakers.map(({ url }) => url),
    { storage: memoryStorage() },
  );
  const [first] = await Promise.all([
    player.createRoom("arena", { join: { name: "Ann" } }),
    // A second room, so that both are on the node that is packed first.
    new Warren<typeof game>(matchmakers[0]?.url ?? "", { storage: memoryStorage() }).createRoom("arena", {
      join: { name: "Ben" },
    }),
  ]);
  const ended = new Promise<string | undefined>((resolve) => {
    first.onStatus((status, why) => status === "ended" && resolve(why?.code));
  });
  const directory = await connectNats({ servers: nats.url, name: "test" });
  const claim = await directory.directory.get("own", first.id);
  const { nodeId } = decodeRoomClaim(claim?.value ?? new Uint8Array());
  const owner = processes.find(
    (process) =>
      process.output().includes(`"nodeId":"${nodeId}"`) && process.output().includes("rooms.ready"),
  );
  expect(await owner?.end("SIGKILL")).toBeNull();

  // What the client is told in the end: the node is gone, and with it the seat.
  expect(await ended).toMatch(/^(ROOM_NOT_FOUND|UNAVAILABLE)$/);
  const again = await player.createRoom("arena", { join: { name: "Ann" } });
  expect(again.id).not.toBe(first.id);
  await eventually(async () => {
    const left = [
      await directory.directory.get("own", first.id),
      await directory.directory.get("code", first.joinCode),
    ];
    return left.every((entry) => entry === undefined) ? undefined : "the dead node's claims are still there";
  }, 40_000);
  await again.leave();
  await directory.close();
}, 90_000);
