import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientRoom, onMessage, Warren } from "@warren/client";
import { connectNats } from "@warren/cluster/nats";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { eventually } from "@warren/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestGame, World } from "./world.ts";

// Two room-servers and a matchmaker, each with a connection of its own to a real NATS.

const KEY = "wk_backend_of-the-tests";
const keyOf = (id: string, scope: string) =>
  `${id}:${createHash("sha256").update("of-the-tests").digest("hex")}:${scope}`;

let nats: RunningNatsServer;
let folder: string;
let world: World;
let url: string;
const rooms: Awaited<ReturnType<World["rooms"]>>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-messages-"));
  const { path } = await ensureNatsServer({ env: process.env });
  nats = await startNatsServer({ path, dataDir: folder });
  world = new World(undefined, () => connectNats({ servers: nats.url, cluster: "messages", name: "test" }));
  ({ url } = await world.matchmaker({
    WARREN_SERVER_KEYS: `${keyOf("backend", "messages")},${keyOf("other", "tickets+read")}`,
  }));
  // Each has room for one room, so that two rooms are on two nodes.
  for (let node = 0; node < 2; node++) rooms.push(await world.rooms({ WARREN_ROOMS_MAX: "1" }));
});
afterAll(async () => {
  await world?.close();
  await nats?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function tell(player: string, body: object, key = KEY) {
  const response = await fetch(`${url}/v1/players/${player}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** A player in a room of its own, and what it is told. */
async function play() {
  const warren = new Warren<TestGame>(url);
  const room = await warren.play("counter", { queue: "solo", join: { name: "p" } });
  return listening(room as ClientRoom);
}
function listening(room: ClientRoom) {
  const told: string[] = [];
  onMessage(room, (topic, data, id) => told.push(`${topic} ${JSON.stringify(data)} ${id}`));
  const has = (count: number) =>
    eventually(() => (told.length >= count ? undefined : `${count} messages, there are ${told.length}`));
  return { room, told, has, player: room.playerId };
}

describe("messages", () => {
  it("[M1] a backend tells players something, whichever node they are on; each message once", async () => {
    const players = [await play(), await play()];
    const [a, b] = players as [(typeof players)[0], (typeof players)[0]];
    for (const { player, told, has } of players) {
      await eventually(async () =>
        (await tell(player, { topic: "gift", data: { gold: 3 }, messageId: "one" })).status === 200
          ? undefined
          : "announced",
      );
      await tell(player, { topic: "gift", data: { gold: 3 }, messageId: "one" });
      expect((await tell(player, { topic: "gift", data: null, messageId: "two" })).body).toEqual({
        messageId: "two",
        delivered: true,
      });
      await has(2);
      expect(told).toEqual(['gift {"gold":3} one', "gift null two"]);
    }
    expect(a.told).toHaveLength(2);
    await Promise.all([a.room.leave(), b.room.leave()]);
    expect((await tell(a.player, { topic: "gift", data: 1 })).body["code"]).toBe("PLAYER_OFFLINE");
  });
});
