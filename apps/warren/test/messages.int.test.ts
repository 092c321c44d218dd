import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientRoom, onMessage, Warren } from "@warren/client";
import { connectNats } from "@warren/cluster/nats";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { defineGame, defineQueue, defineRoom, type TellResult, t } from "@warren/game";
import { eventually } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { World } from "./world.ts";

// Room-servers and a matchmaker, each with a connection of its own to a real NATS.

/** Tells whoever its player names, and shows what became of it. */
const booth = defineRoom({
  seats: 1,
  state: t.state({ told: t.array(t.string(64), 16) }),
  actions: { tell: t.action({ to: t.string(64), text: t.string(64) }, {}) },
  on: {
    tell(room, player, { to, text }) {
      room.tell(to, "said", { by: player.id, text }, "told");
      return {};
    },
  },
  timers: {
    told(room, data) {
      const { player, delivered } = data as TellResult;
      room.state.told = [...room.state.told, `${player} ${delivered}`];
    },
  },
});
const game = defineGame({ rooms: { booth }, queues: { booth: defineQueue({ room: "booth", size: 1 }) } });

const KEY = "wk_backend_of-the-tests";
const keyOf = (id: string, scope: string) =>
  `${id}:${createHash("sha256").update("of-the-tests").digest("hex")}:${scope}`;

let nats: RunningNatsServer;
let folder: string;
let worlds = 0;
let world: World;
let matchmaker: Awaited<ReturnType<World["matchmaker"]>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-messages-"));
  const { path } = await ensureNatsServer({ env: process.env });
  nats = await startNatsServer({ path, dataDir: folder, storeBytesMax: 2 ** 40 });
});
afterAll(async () => {
  await nats?.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => world?.close());

async function setUp(): Promise<void> {
  const cluster = `m${++worlds}`;
  world = new World(game, () => connectNats({ servers: nats.url, cluster, name: "test" }));
  matchmaker = await world.matchmaker({
    WARREN_SERVER_KEYS: `${keyOf("backend", "messages")},${keyOf("other", "tickets+read")}`,
  });
}

/** A node with space for one room, so that two rooms are on two nodes. */
const smallNode = () => world.rooms({ WARREN_ROOMS_MAX: "1" });

async function tell(player: string, body: object, key = KEY) {
  const response = await fetch(`${matchmaker.url}/v1/players/${player}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

type Play = Awaited<ReturnType<typeof play>>;
/** A player in a room of its own, and what it is told. */
async function play(warren = new Warren<typeof game>(matchmaker.url)) {
  const room = await warren.play("booth", { queue: "booth" });
  const told: string[] = [];
  onMessage(room as ClientRoom, (topic, data, id) => told.push(`${topic} ${JSON.stringify(data)} ${id}`));
  const has = (count: number) =>
    eventually(() => (told.length >= count ? undefined : `${count} messages; there are ${told.length}`));
  return { warren, room, told, has, player: room.playerId };
}

/**
 * Presence is written after the player is let in, so a first message may come too early. Less time than a matchmaker
 * believes what it has read before.
 */
async function reach({ player }: Play, body: object): Promise<void> {
  await eventually(async () => {
    const { status } = await tell(player, body);
    return status === 200 ? undefined : `an answer of 200 and not ${status}`;
  }, 2_500);
}

describe("messages", () => {
  it("[P14] a backend tells players something, whichever node they are on; each message once", async () => {
    await setUp();
    await smallNode();
    await smallNode();
    for (const player of [await play(), await play()]) {
      await reach(player, { topic: "gift", data: { gold: 3 }, messageId: "one" });
      await reach(player, { topic: "gift", data: { gold: 3 }, messageId: "one" });
      const { body } = await tell(player.player, { topic: "gift", data: null, messageId: "two" });
      expect(body).toEqual({ messageId: "two", delivered: true });
      await player.has(2);
      expect(player.told).toEqual(['gift {"gold":3} one', "gift null two"]);
    }
  });

  it("[R15] only a server key with the scope may, and who is nowhere is PLAYER_OFFLINE", async () => {
    await setUp();
    await smallNode();
    const { player, room } = await play();
    const message = { topic: "gift", data: 1 };
    const codeOf = async (...args: Parameters<typeof tell>) => (await tell(...args)).body["code"];
    expect(await codeOf(player, message, "wk_other_of-the-tests")).toBe("FORBIDDEN");
    expect(await codeOf(player, message, await guestToken())).toBe("FORBIDDEN");
    expect(await codeOf("nobody", message)).toBe("PLAYER_OFFLINE");
    expect(await codeOf("not an id", message)).toBe("INVALID_ARGUMENT");
    expect(await codeOf(player, { topic: "", data: 1 })).toBe("INVALID_ARGUMENT");
    expect(await codeOf(player, { topic: "gift", data: "x".repeat(8_200) })).toBe("INVALID_ARGUMENT");
    expect(await codeOf(player, { topic: "gift" })).toBe("INVALID_ARGUMENT");
    expect((await tell(player, message)).body["messageId"]).toMatch(/^.{36}$/);
    await room.leave();
    await eventually(async () =>
      (await codeOf(player, message)) === "PLAYER_OFFLINE" ? undefined : "PLAYER_OFFLINE",
    );
  });

  it("[P14] a player who moved to another node between two messages gets both", async () => {
    await setUp();
    await smallNode();
    const before = await play();
    await reach(before, { topic: "where", data: "b" });
    // Its room is on its way out and still takes the only place there.
    await before.room.leave();
    await smallNode();
    const after = await play(before.warren);
    expect(after.player).toBe(before.player);
    await reach(after, { topic: "where", data: "a" });
    await after.has(1);
    expect(before.told).toHaveLength(1);
    expect(after.told[0]).toMatch(/^where "a" /);
  });

  it("a room tells players on other nodes and its own, and learns what became of it", async () => {
    await setUp();
    await smallNode();
    await smallNode();
    const [a, b] = [await play(), await play()];
    await reach(b, { topic: "warm", data: 0 });
    await reach(a, { topic: "warm", data: 0 });
    for (const to of [b.player, a.player, "nobody"]) await a.room.act("tell", { to, text: "hi" });
    await eventually(() => (a.room.state.told.length === 3 ? undefined : "three outcomes"));
    expect([...a.room.state.told].sort()).toEqual(
      [`${a.player} true`, `${b.player} true`, "nobody false"].sort(),
    );
    await b.has(2);
    await a.has(2);
    for (const { told } of [a, b]) expect(told[1]).toMatch(`said {"by":"${a.player}","text":"hi"} room-`);
  });

  it("a broadcast reaches every session of every node once", async () => {
    await setUp();
    await smallNode();
    await smallNode();
    const players = [await play(), await play()];
    const broadcast = matchmaker.admin["/admin/v1/broadcast"]!;
    const { messageId } = (await broadcast({ topic: "notice", data: "restart at 5" })) as {
      messageId: string;
    };
    for (const { has, told } of players) {
      await has(1);
      expect(told).toEqual([`notice "restart at 5" ${messageId}`]);
    }
    expect(() => broadcast({ topic: "notice" })).toThrow("data is missing");
    expect(() => broadcast({ topic: "notice", data: 1, to: "x" })).toThrow(
      'to is "x"; accepted: topic, data',
    );
  });
});

async function guestToken(): Promise<string> {
  const response = await fetch(`${matchmaker.url}/v1/guests`, { method: "POST" });
  return ((await response.json()) as { token: string }).token;
}
