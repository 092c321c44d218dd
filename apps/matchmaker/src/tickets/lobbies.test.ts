import { memoryCluster } from "@warren/cluster/memory";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import type { PlayerId } from "@warren/kernel";
import { MEMBER_SILENT_MS } from "@warren/matchmaking";
import { createLogger } from "@warren/service";
import { VirtualClock } from "@warren/testkit";
import { afterEach, expect, it } from "vitest";
import { Domain } from "../log/domain.ts";
import { Lobbies } from "./lobbies.ts";

const room = defineRoom({ seats: 4, state: t.state({ phase: t.u8() }) });
const game = defineGame({
  rooms: { room },
  queues: {
    pair: defineQueue({ room: "room", teams: { count: 2, size: 2 } }),
    four: defineQueue({ room: "room", size: 4 }),
  },
});
const ann = "ann" as PlayerId;
const ben = "ben" as PlayerId;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function replica() {
  const clock = new VirtualClock();
  const cluster = memoryCluster(clock);
  const logger = createLogger({ name: "test", level: "silent", format: "json" });
  const domain = new Domain({ name: "main", queues: game.queues, log: cluster.log, clock, logger });
  await domain.start();
  closing.push(
    () => domain.close(),
    () => void cluster.close(),
  );
  return { domain, clock, lobbies: new Lobbies(game, domain) };
}

it("a member who is followed is told of before it counts as gone, and not more often than that needs", async () => {
  const { domain, lobbies, clock } = await replica();
  const { lobby } = await lobbies.open({ playerId: ann, idempotencyKey: "k", queues: [] });
  const records = async () => {
    const before = domain.fold.seq;
    await lobbies.signOfLife(lobby, ann);
    return domain.fold.seq - before;
  };
  expect(await records()).toBe(0);
  clock.advance(MEMBER_SILENT_MS / 3);
  expect(await records()).toBe(1);
  expect(await records()).toBe(0);
  clock.advance(MEMBER_SILENT_MS / 3);
  await lobbies.end(lobby.id, ann, { $case: "left", value: { playerId: ann } });
  expect(await records()).toBe(0);
});

it("is as large as the party its queues take, unless the leader says so", async () => {
  const { lobbies } = await replica();
  const sizeOf = async (idempotencyKey: string, queues: string[], size?: number) =>
    (await lobbies.open({ playerId: ann, idempotencyKey, queues, size })).lobby.size;
  expect(await sizeOf("a", ["four"])).toBe(4);
  expect(await sizeOf("b", ["four", "pair"])).toBe(2);
  expect(await sizeOf("c", ["four"], 3)).toBe(3);
  expect(await sizeOf("d", [])).toBe(8);
});

it("what would be refused is not written", async () => {
  const { domain, lobbies } = await replica();
  const { lobby } = await lobbies.open({ playerId: ann, idempotencyKey: "k", queues: ["pair"] });
  const { seq } = domain.fold;
  await expect(lobbies.change(lobby.id, ben, { $case: "ready", value: true })).rejects.toMatchObject({
    code: "LOBBY_NOT_FOUND",
  });
  await expect(lobbies.join({ playerId: ben, joinCode: "222222" })).rejects.toMatchObject({
    code: "LOBBY_NOT_FOUND",
  });
  expect(domain.fold.seq).toBe(seq);
});

it("one that comes too late for its record is told why", async () => {
  const { lobbies } = await replica();
  const { lobby } = await lobbies.open({ playerId: ann, idempotencyKey: "k", queues: ["pair"] });
  const { joinCode } = lobby;
  await lobbies.join({ playerId: ben, joinCode });
  // Both are written before either is folded.
  const passedOn = lobbies.change(lobby.id, ann, { $case: "leader", value: ben });
  const changed = lobbies.setQueues(lobby.id, ann, ["four"]);
  await passedOn;
  await expect(changed).rejects.toMatchObject({ code: "FORBIDDEN", details: { field: "playerId" } });
  expect(lobby.queues).toEqual(["pair"]);
});
