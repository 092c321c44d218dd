import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Warren } from "@warren/client";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { eventually } from "@warren/testkit";
import { afterEach, expect, it } from "vitest";
import { World } from "./world.ts";

const arena = defineRoom({
  seats: 2,
  state: t.state({ over: t.bool() }),
  actions: { win: t.action({}, {}) },
  on: {
    win(room, player) {
      const ids = [...room.players.keys()];
      room.report({
        teams: ids.map((id) => ({ rank: id === player.id ? 1 : 2, players: [id] })),
        report: { by: "knock-out" },
      });
      room.end();
      return {};
    },
  },
});
const game = defineGame({
  rooms: { arena },
  queues: { duel: defineQueue({ room: "arena", size: 2, rating: { name: "duel" } }) },
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it("who wins a match in a room is rated higher, and the studio's backend is told", async () => {
  const told: { matchId: string; queue: string; report: unknown; ratings: { playerId: string }[] }[] = [];
  const backend = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    told.push(JSON.parse(body));
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => backend.close(resolve)));

  const world = new World(game);
  closing.push(() => world.close());
  await world.rooms();
  const { url } = await world.matchmaker({
    WARREN_WEBHOOK_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}/`,
    WARREN_WEBHOOK_SECRET: "one more secret only for tests, of 32+",
  });
  const guests = await Promise.all(
    [0, 1].map(async () => (await (await fetch(`${url}/v1/guests`, { method: "POST" })).json()) as Guest),
  );
  const rooms = await Promise.all(
    guests.map(({ token }) =>
      new Warren<typeof game>(url, { token: () => token }).play("arena", { queue: "duel" }),
    ),
  );
  await rooms[0]!.act("win", {});

  const ratingOf = async ({ token }: Guest) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}/v1/players/me/ratings`, { headers });
    return ((await answer.json()) as { ratings: { mu: number; games: number }[] }).ratings[0]!;
  };
  await eventually(async () => ((await ratingOf(guests[1]!)).games === 1 ? undefined : "not rated yet"));
  expect((await ratingOf(guests[0]!)).mu).toBeGreaterThan(1_600);
  expect((await ratingOf(guests[1]!)).mu).toBeLessThan(1_400);
  await eventually(() => (told.length > 0 ? undefined : "the backend was not told"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ queue: "duel", report: { by: "knock-out" } });
  expect(told[0]!.ratings.map(({ playerId }) => playerId).sort()).toEqual(
    guests.map(({ playerId }) => playerId).sort(),
  );
});

interface Guest {
  readonly playerId: string;
  readonly token: string;
}
