import { createHash } from "node:crypto";
import { memoryStorage, type PlayStatus, pingRegions, Warren } from "@warren/client";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { LogEntry } from "@warren/protocol/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "./world.ts";

// Tickets from their post to a seat: with a real room-server, two matchmakers, and the client.

const arena = defineRoom({
  seats: 4,
  state: t.state({ phase: t.u8() }),
  join: t.optional(t.struct({ name: t.string(8) })),
});
const game = defineGame({
  rooms: { arena },
  queues: {
    solo: defineQueue({ room: "arena", size: 1 }),
    pairs: defineQueue({
      room: "arena",
      teams: { count: 2, size: 2, roles: { tank: 1, healer: 1 } },
      attributes: { role: { type: "set", values: ["tank", "healer"] } },
    }),
    asked: defineQueue({
      room: "arena",
      size: 2,
      acceptance: { timeoutMs: 20_000, declineMs: 30_000 },
    }),
    never: defineQueue({ room: "arena", size: 4, orphanGraceMs: 1_000, expireMs: 600_000 }),
  },
});
type TestGame = typeof game;

const world = new World(game);
const SECRET = createHash("sha256").update("top").digest("hex");
const BACKEND = "wk_backend_top";
let a = "";
let b = "";
beforeAll(async () => {
  await world.rooms({ WARREN_REGION: "eu" });
  const settings = { WARREN_SERVER_KEYS: `backend:${SECRET}:tickets+read` };
  a = (await world.matchmaker(settings)).url;
  b = (await world.matchmaker(settings)).url;
});
afterAll(() => world.close());

let keys = 0;
// biome-ignore lint/suspicious/noExplicitAny: any JSON
async function call(url: string, what: string, token: string, body?: unknown): Promise<any> {
  const [method = "GET", path] = what.split(" ");
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json", "idempotency-key": `k${++keys}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}
const newGuest = (): Promise<{ playerId: string; token: string }> => call(a, "POST /v1/guests", "none");

/** All events of a ticket up to its end, by name. */
async function eventsOf(url: string, ticketId: string, token: string) {
  const response = await fetch(`${url}/v1/tickets/${ticketId}/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const blocks = (await response.text()).split("\n\n").filter((block) => block.includes("event: "));
  return blocks.map((block) => ({
    event: /event: (\w+)/.exec(block)?.[1],
    data: JSON.parse(/data: (.*)/.exec(block)?.[1] ?? "{}"),
  }));
}

/** The status of a ticket until it is this one. */
const becomes = (ticketId: string, status: string, timeout = 5_000) =>
  expect
    .poll(async () => (await call(b, `GET /v1/tickets/${ticketId}`, BACKEND)).status, { timeout })
    .toBe(status);

describe("a match", () => {
  it("seats each player of a party in its team, with a role of its own and a token nobody else has", async () => {
    const guests = await Promise.all([newGuest(), newGuest(), newGuest(), newGuest()]);
    const party = (of: (typeof guests)[0][], roles: string[][]) => ({
      queues: ["pairs"],
      players: of.map(({ playerId }, i) => ({ playerId, attributes: { role: roles[i] } })),
    });
    const first = await call(
      a,
      "POST /v1/tickets",
      BACKEND,
      party(guests.slice(0, 2), [["tank", "healer"], ["tank"]]),
    );
    const second = await call(b, "POST /v1/tickets", BACKEND, party(guests.slice(2), [["healer"], ["tank"]]));
    const ids = [first.ticketId, first.ticketId, second.ticketId, second.ticketId];
    const seats = await Promise.all(
      guests.map(async ({ token }, i) => (await eventsOf(i % 2 ? a : b, ids[i], token)).at(-1)!),
    );
    expect(seats.map(({ event }) => event)).toEqual(Array(4).fill("assigned"));
    expect(new Set(seats.map(({ data }) => data.roomId)).size).toBe(1);
    expect(new Set(seats.map(({ data }) => data.seatToken)).size).toBe(4);
    expect(seats.map(({ data }) => data.role)).toEqual(["healer", "tank", "healer", "tank"]);
    expect(seats[0]!.data.team).toBe(seats[1]!.data.team);
    expect(seats[2]!.data.team).toBe(1 - seats[0]!.data.team);
    expect(seats[0]!.data).toMatchObject({
      ticketId: first.ticketId,
      queue: "pairs",
      matchId: expect.any(String),
      url: expect.stringMatching(/^:\d+/),
    });

    const ended = await call(a, `DELETE /v1/tickets/${first.ticketId}`, guests[1]!.token);
    expect(ended).toMatchObject({ code: "TICKET_FINAL", status: 409, roomId: seats[0]!.data.roomId });
  });
});

describe("a match that has to be accepted", () => {
  const player = (url: string) => new Warren<TestGame>(url, { storage: memoryStorage() });
  const queue = "asked";

  it("begins when all have", async () => {
    const statuses: string[][] = [[], []];
    const rooms = await Promise.all(
      [a, b].map((url, i) =>
        player(url).play("arena", {
          queues: [queue],
          onStatus(now) {
            if (statuses[i]?.at(-1) !== now.status) statuses[i]?.push(now.status);
            if (now.status !== "proposed") return;
            expect(now.players).toBe(2);
            expect(now.acceptByMs).toBeGreaterThan(10_000);
            void now.accept();
          },
        }),
      ),
    );
    expect(rooms[0]?.id).toBe(rooms[1]?.id);
    for (const told of statuses)
      expect(told).toEqual(["connecting", "queued", "proposed", "placing", "assigned"]);
    for (const room of rooms) await room.leave();
  });

  it("who declines is out for a while; the other waits on", async () => {
    const abort = new AbortController();
    const told: PlayStatus["status"][] = [];
    const patient = player(a).play("arena", {
      queue,
      signal: abort.signal,
      onStatus: (now) => {
        told.push(now.status);
        if (now.status === "proposed") void now.accept();
      },
    });
    patient.catch(() => {});
    const picky = player(b);
    const declined = picky.play("arena", {
      queue,
      onStatus: (now) => now.status === "proposed" && void now.decline(),
    });
    await expect(declined).rejects.toMatchObject({ code: "TICKET_FINAL", details: { cause: "declined" } });
    await expect(picky.play("arena", { queue })).rejects.toMatchObject({ code: "COOLDOWN" });
    await expect.poll(() => told.join()).toMatch(/proposed,.*queued$/);
    abort.abort();
    await expect(patient).rejects.toThrow();
  });
});

/** What the replicas have told the log of a ticket's streams, in its order. */
async function toldOfStreams(ticketId: string): Promise<string[]> {
  const { log } = world.cluster;
  const end = (await log.last("mm.main.>"))?.seq ?? 0;
  const told: string[] = [];
  const abort = new AbortController();
  for await (const { seq, bytes } of log.read({ fromSeq: 1, filter: "mm.main.>", signal: abort.signal })) {
    const { body } = LogEntry.decode(bytes);
    if (body?.$case === "streamsChanged")
      for (const change of ["opened", "closed"] as const)
        if (body.value[change].includes(ticketId)) told.push(change);
    if (seq >= end) break;
  }
  abort.abort();
  return told;
}

describe("a ticket nobody follows any more", () => {
  it("ends after its grace, and not before its last stream on any replica closed", {
    timeout: 30_000,
  }, async () => {
    const { token } = await newGuest();
    const post = () => call(a, "POST /v1/tickets", token, { queues: ["never"] });
    const { ticketId } = await post();
    const aborts = [new AbortController(), new AbortController()];
    const headers = { authorization: `Bearer ${token}` };
    for (const [i, url] of [a, b].entries())
      await fetch(`${url}/v1/tickets/${ticketId}/events`, { headers, signal: aborts[i]!.signal });
    const toldOf = () => toldOfStreams(ticketId);
    await expect.poll(toldOf).toEqual(["opened", "opened"]);
    aborts[0]!.abort();
    await expect.poll(toldOf).toEqual(["opened", "opened", "closed"]);
    expect((await call(b, `GET /v1/tickets/${ticketId}`, token)).status).toBe("open");
    aborts[1]!.abort();
    await becomes(ticketId, "expired", 15_000);
    expect(await call(b, `GET /v1/tickets/${ticketId}`, token)).toMatchObject({ cause: "orphaned" });
    const [end] = (await eventsOf(a, ticketId, token)).slice(-1);
    expect(end).toMatchObject({ event: "expired", data: { cause: "orphaned" } });
    const { ticketId: unfollowed } = await post();
    expect(unfollowed).not.toBe(ticketId);
    await call(a, `DELETE /v1/tickets/${unfollowed}`, token);
  });
});

describe("regions", () => {
  it("are listed with what to ping, which the client does; unknown ones are dropped", async () => {
    const { regions } = await call(a, "GET /v1/regions", "none");
    expect(regions).toEqual([{ region: "eu", pingUrl: expect.stringMatching(/^:\d+\/ping$/) }]);
    const latencies = await pingRegions(a);
    expect(latencies).toEqual({ eu: expect.any(Number) });
    const warren = new Warren<TestGame>(a, { storage: memoryStorage(), regions: pingRegions });
    const room = await warren.play("arena", { queue: "solo" });
    await room.leave();
  });
});
