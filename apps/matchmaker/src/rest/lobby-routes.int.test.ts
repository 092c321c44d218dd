import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { eventually } from "@warren/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, call, newCluster, newGuest, openStream, startReplica } from "./testing/harness.ts";

const arena = defineRoom({
  seats: 8,
  state: t.state({ phase: t.u8() }),
  join: t.struct({ name: t.string(8) }),
});
const game = defineGame({
  rooms: { arena },
  queues: {
    team: defineQueue({
      room: "arena",
      teams: { count: 2, size: 3 },
      attributes: {
        build: { type: "text", default: "", trusted: false },
        mmr: { type: "number", default: 0 },
      },
    }),
    ffa: defineQueue({ room: "arena", size: 8 }),
  },
});

const cluster = newCluster();
/** Two replicas: what is written through one is read through the other. */
let here = "";
let there = "";
beforeAll(async () => {
  here = await start();
  there = await start();
});

async function start(settings: Record<string, string> = {}): Promise<string> {
  const own = {
    WARREN_GUESTS_PER_MINUTE_MAX: "1000",
    WARREN_REQUESTS_PER_MINUTE_MAX: "100000",
    WARREN_TRUSTED_PROXIES: "127.0.0.1",
    ...settings,
  };
  return (await startReplica(game, own, cluster)).url;
}

let calls = 0;
/** Requests come from many addresses, or the limits on guessing codes would be met. */
const forwarded = () => `10.0.${++calls >> 8}.${calls & 255}`;

class Player {
  id = "";
  #token = "";

  static async guest(name: string): Promise<Player> {
    const player = new Player();
    const { playerId, token } = await newGuest(here);
    Object.assign(player, { id: playerId, name });
    player.#token = token;
    return player;
  }
  name = "";

  call(url: string, what: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const from = { "x-forwarded-for": forwarded(), ...headers };
    return call(url, what, { token: this.#token, headers: from, body });
  }
  join(url: string, joinCode: string) {
    return this.call(url, "POST /v1/lobbies/join", { joinCode, join: { name: this.name } });
  }
  ready(url: string, lobbyId: string, ready = true) {
    return this.call(url, `POST /v1/lobbies/${lobbyId}/ready`, { ready });
  }
  queue(url: string, lobbyId: string) {
    return this.call(url, "POST /v1/tickets", { queues: ["team"], lobby: lobbyId });
  }

  /** The lobby's events as they come. */
  follow(url: string, lobbyId: string, lastEventId?: string) {
    return openStream(`${url}/v1/lobbies/${lobbyId}/events`, this.#token, lastEventId);
  }
}

async function three() {
  const players = await Promise.all(["Ann", "Ben", "Cem"].map((name) => Player.guest(name)));
  const [ann, ben, cem] = players as [Player, Player, Player];
  const { body: lobby } = await ann.call(here, "POST /v1/lobbies", {
    queues: ["team"],
    join: { name: "Ann" },
  });
  await ben.join(there, lobby.joinCode);
  await cem.join(here, lobby.joinCode);
  return { ann, ben, cem, players, id: lobby.lobbyId as string, joinCode: lobby.joinCode as string };
}

describe("[R9] gathering", () => {
  it("one opens it, others come in by its code through any replica, and all see the same", async () => {
    const { ann, ben, cem, id, joinCode } = await three();
    expect(joinCode).toMatch(/^[2-9A-HJKMNP-Z]{6}$/);
    const seen = (await ben.call(there, `GET /v1/lobbies/${id}`)).body;
    expect(seen).toEqual({
      lobbyId: id,
      joinCode,
      size: 3,
      playerId: ben.id,
      leaderId: ann.id,
      queues: ["team"],
      members: [
        { playerId: ann.id, ready: false, join: { name: "Ann" } },
        { playerId: ben.id, ready: false, join: { name: "Ben" } },
        { playerId: cem.id, ready: false, join: { name: "Cem" } },
      ],
    });
    expect((await ann.call(here, `GET /v1/lobbies/${id}`)).body).toEqual({ ...seen, playerId: ann.id });
  });

  it("one key on two replicas at once opens one lobby", async () => {
    const ann = await Player.guest("Ann");
    const key = { "idempotency-key": "the same" };
    const answers = await Promise.all(
      [here, there].map((url) =>
        ann.call(url, "POST /v1/lobbies", { queues: ["team"], join: { name: "A" } }, key),
      ),
    );
    expect(new Set(answers.map(({ body }) => `${body.lobbyId} ${body.joinCode} ${body.queues}`)).size).toBe(
      1,
    );
    const again = await ann.call(there, "POST /v1/lobbies", { queues: ["team"], join: { name: "A" } }, key);
    expect([again.status, again.body.lobbyId]).toEqual([200, answers[0]!.body.lobbyId]);
  });

  it("the leader sends away, passes the lead on, changes the queues and closes", async () => {
    const { ann, ben, cem, id } = await three();
    expect((await ann.call(there, `DELETE /v1/lobbies/${id}/members/${cem.id}`)).body).toEqual({
      lobbyId: id,
    });
    expect((await cem.call(here, `GET /v1/lobbies/${id}`)).body.code).toBe("LOBBY_NOT_FOUND");
    expect((await ann.call(here, `POST /v1/lobbies/${id}/queues`, { queues: ["ffa"] })).body.queues).toEqual([
      "ffa",
    ]);
    expect((await ann.call(here, `POST /v1/lobbies/${id}/leader`, { playerId: ben.id })).body.leaderId).toBe(
      ben.id,
    );
    expect((await ann.call(here, `DELETE /v1/lobbies/${id}`)).body).toMatchObject({
      code: "FORBIDDEN",
      field: "playerId",
    });
    expect((await ben.call(there, `DELETE /v1/lobbies/${id}`)).status).toBe(200);
    expect((await ann.call(here, `GET /v1/lobbies/${id}`)).body.code).toBe("LOBBY_NOT_FOUND");
  });

  it("who leaves gives the lead to the next", async () => {
    const { ann, ben, id } = await three();
    await ann.call(there, `DELETE /v1/lobbies/${id}/members/me`);
    expect((await ben.call(here, `GET /v1/lobbies/${id}`)).body).toMatchObject({ leaderId: ben.id });
  });
});

describe("what is refused names the field", () => {
  it.each<[string, unknown, string, string | RegExp]>([
    ["POST /v1/lobbies", { queues: ["nope"] }, "QUEUE_UNKNOWN", "queues"],
    ["POST /v1/lobbies", { size: 0 }, "INVALID_ARGUMENT", "size"],
    ["POST /v1/lobbies", { size: 65 }, "INVALID_ARGUMENT", "size"],
    ["POST /v1/lobbies", { sise: 3 }, "INVALID_ARGUMENT", "sise"],
    ["POST /v1/lobbies", { queues: ["team"] }, "INVALID_ARGUMENT", "join.name"],
    ["POST /v1/lobbies", { join: { name: "LONG" } }, "INVALID_ARGUMENT", "join"],
    ["POST /v1/lobbies", { attributes: { nope: 1 } }, "INVALID_ARGUMENT", "attributes.nope"],
    ["POST /v1/lobbies", { attributes: { build: 1 } }, "INVALID_ARGUMENT", "attributes.build"],
    ["POST /v1/lobbies", { attributes: { mmr: 9_999 } }, "ATTRIBUTE_UNTRUSTED", "attributes.mmr"],
    ["POST /v1/lobbies", { latencies: { eu: "near" } }, "INVALID_ARGUMENT", "latencies.eu"],
    ["POST /v1/lobbies/join", { joinCode: "234567" }, "LOBBY_NOT_FOUND", "joinCode"],
    ["POST /v1/lobbies/join", { joinCode: "nope" }, "INVALID_ARGUMENT", "joinCode"],
    ["POST /v1/lobbies/LOBBY/ready", { ready: 1 }, "INVALID_ARGUMENT", "ready"],
    ["POST /v1/lobbies/LOBBY/ready", { ready: true }, "LOBBY_NOT_FOUND", "lobbyId"],
    ["POST /v1/lobbies/l_main_nope/ready", { ready: true }, "LOBBY_NOT_FOUND", "lobbyId"],
    ["POST /v1/lobbies/LOBBY/queues", { queues: ["nope"] }, "QUEUE_UNKNOWN", "queues"],
    ["POST /v1/tickets", { queues: ["team"], lobby: "LOBBY" }, "LOBBY_NOT_FOUND", "lobby"],
  ])("%s %j: %s", async (what, body, code, field) => {
    const { id } = await three();
    const text = JSON.stringify(body).replace("LOBBY", id).replace("LONG", "x".repeat(2_000));
    const eve = await Player.guest("Eve");
    const answer = await eve.call(here, what.replace("LOBBY", id), JSON.parse(text));
    expect(answer.body).toMatchObject({ code, field });
  });

  it("a lobby that is full, also when two come at once", async () => {
    const ann = await Player.guest("Ann");
    const { body } = await ann.call(here, "POST /v1/lobbies", { size: 2 });
    const others = await Promise.all(["Ben", "Cem", "Dan"].map((name) => Player.guest(name)));
    const answers = await Promise.all(
      others.map((player, i) => player.join([here, there][i % 2]!, body.joinCode)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    for (const { status, body: problem } of answers)
      if (status === 409) expect(problem).toMatchObject({ code: "LOBBY_FULL", field: "joinCode" });
  });

  it("members who may not do what the leader may", async () => {
    const { ann, ben, id } = await three();
    for (const [what, body] of [
      [`POST /v1/lobbies/${id}/leader`, { playerId: ben.id }],
      [`POST /v1/lobbies/${id}/queues`, { queues: ["ffa"] }],
      [`DELETE /v1/lobbies/${id}/members/${ann.id}`, undefined],
    ] as const)
      expect((await ben.call(there, what, body)).body).toMatchObject({
        code: "FORBIDDEN",
        field: "playerId",
      });
    expect((await ben.queue(here, id)).body).toMatchObject({ code: "FORBIDDEN", field: "lobby" });
    expect((await ann.call(here, `POST /v1/lobbies/${id}/leader`, { playerId: "eve" })).body).toMatchObject({
      code: "LOBBY_NOT_FOUND",
      field: "playerId",
    });
  });
});

describe("[R10] queueing as one", () => {
  it("needs all to be ready; then one ticket is for all, and every member knows it", async () => {
    const { ann, ben, cem, players, id } = await three();
    await ann.ready(here, id);
    await ben.ready(there, id);
    expect((await ann.queue(here, id)).body).toMatchObject({
      code: "LOBBY_CHANGED",
      field: "lobby",
      notReady: [cem.id],
    });
    await cem.ready(there, id);
    const { status, body } = await ann.queue(there, id);
    expect([status, body.status]).toEqual([201, "open"]);
    for (const player of players) {
      expect((await player.call(here, `GET /v1/lobbies/${id}`)).body.ticketId).toBe(body.ticketId);
      expect((await player.call(there, `GET /v1/tickets/${body.ticketId}`)).status).toBe(200);
    }
    const eve = await Player.guest("Eve");
    expect((await eve.call(there, `GET /v1/tickets/${body.ticketId}`)).status).toBe(404);
  });

  it("a member who is not ready any more, or leaves, ends the ticket for all", async () => {
    const { ann, ben, cem, players, id } = await three();
    const isOver = async (ticketId: string) =>
      (await ann.call(there, `GET /v1/tickets/${ticketId}`)).body.status === "cancelled";
    for (const happens of [
      () => cem.ready(there, id, false),
      () => ben.call(there, `DELETE /v1/lobbies/${id}/members/me`),
    ]) {
      for (const player of players) await player.ready(here, id);
      const { ticketId } = (await ann.queue(here, id)).body;
      expect(await isOver(ticketId)).toBe(false);
      await happens();
      expect(await isOver(ticketId)).toBe(true);
    }
  });
});

describe("[R11] a lobby's events", () => {
  it("tell the whole of it after changes, on any replica, and end when the player is out", async () => {
    const { ann, ben, cem, id } = await three();
    const stream = await ben.follow(there, id);
    await eventually(() => (stream.events.length > 0 ? undefined : "no lobby"));
    expect(stream.events[0]).toMatchObject({ event: "lobby", data: { lobbyId: id, playerId: ben.id } });
    await cem.ready(here, id);
    await eventually(() => (stream.events.length > 1 ? undefined : "no change"));
    const now = (await ben.call(there, `GET /v1/lobbies/${id}`)).body;
    expect(stream.events.at(-1)?.data).toEqual(now);
    expect(now.members[2].ready).toBe(true);
    await ann.call(here, `DELETE /v1/lobbies/${id}/members/${ben.id}`);
    expect(await stream.ended).toBe("ended");
    expect(stream.events.at(-1)).toMatchObject({ event: "left", data: { lobbyId: id, closed: false } });
    const ids = stream.events.map((event) => Number(event.id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect((await ben.follow(there, id)).response.status).toBe(404);
  });

  it("tell many changes that come quickly together", async () => {
    const { ann, ben, id } = await three();
    const stream = await ben.follow(there, id);
    await Promise.all(Array.from({ length: 60 }, (_, i) => ann.ready(here, id, i % 2 === 0)));
    await ann.call(here, `POST /v1/lobbies/${id}/leader`, { playerId: ben.id });
    await eventually(() => (stream.events.at(-1)?.data.leaderId === ben.id ? undefined : "not the last"));
    expect(stream.events.length).toBeLessThan(30);
    stream.close();
  });

  it("resume after the last one seen, on another replica", async () => {
    const { ann, ben, id } = await three();
    const stream = await ben.follow(there, id);
    await eventually(() => (stream.events.length > 0 ? undefined : "no lobby"));
    stream.close();
    const again = await ben.follow(here, id, stream.events.at(-1)!.id);
    await ann.ready(there, id);
    await eventually(() => (again.events.length > 0 ? undefined : "no change"));
    expect(again.events.map(({ data }) => data.members[0].ready)).toEqual([true]);
    expect(
      (await ben.call(here, `GET /v1/lobbies/${id}/events`, undefined, { "last-event-id": "x" })).body,
    ).toMatchObject({
      code: "INVALID_ARGUMENT",
      field: "Last-Event-ID",
    });
    await ann.call(there, `DELETE /v1/lobbies/${id}`);
    expect(await again.ended).toBe("ended");
    expect(again.events.at(-1)).toMatchObject({ event: "left", data: { closed: true } });
  });

  it("count as streams", async () => {
    const url = await start({ WARREN_STREAMS_MAX: "1" });
    const { ann, ben, id } = await three();
    const stream = await ann.follow(url, id);
    expect((await ben.call(url, `GET /v1/lobbies/${id}/events`)).body.code).toBe("RATE_LIMITED");
    stream.close();
    await eventually(async () => {
      const next = await ben.follow(url, id);
      next.close();
      return next.response.status === 200 ? undefined : "the place is still taken";
    });
  });
});
