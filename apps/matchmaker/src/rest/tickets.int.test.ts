import { createServer } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, type Match } from "@warren/protocol/services";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Call,
  type Cluster,
  call,
  closing,
  follow,
  keyHash,
  newCluster,
  newGuest,
  startReplica,
} from "./testing/harness.ts";

const arena = defineRoom({
  seats: 6,
  state: t.state({ phase: t.u8() }),
  join: t.optional(t.struct({ name: t.string(8) })),
});
const teams = { count: 2, size: 3 };
const game = defineGame({
  rooms: { arena },
  queues: {
    duel: defineQueue({ room: "arena", size: 2 }),
    ranked: defineQueue({
      room: "arena",
      teams: { ...teams, roles: { tank: 1, healer: [0, 2] } },
      attributes: {
        mmr: { type: "number", default: 1_500 },
        build: { type: "text", default: "1.0", trusted: false },
        maps: { type: "set", values: ["dust", "mill", "lake"] },
        role: { type: "set", values: ["tank", "healer"] },
      },
      equal: ["build"],
      share: [{ attribute: "maps", min: 1 }],
      skill: { attribute: "mmr", windows: [{ atMs: 0, value: 100 }] },
      latency: { maxMs: [{ atMs: 0, value: 60 }] },
    }),
    casual: defineQueue({
      room: "arena",
      teams,
      attributes: { level: { type: "number", default: 1, trusted: false } },
    }),
    rated: defineQueue({
      room: "arena",
      teams,
      rating: { name: "elo", mu: 1_000, sigma: 300 },
      skill: { attribute: "elo", windows: [{ atMs: 0, value: 50 }], sigma: 1 },
    }),
  },
});
const KEYS = { WARREN_SERVER_KEYS: `backend:${keyHash("top")}:tickets+read,poster:${keyHash("p")}:tickets` };
const BACKEND = "wk_backend_top";
const start = (settings: Record<string, string> = {}, cluster?: Cluster) =>
  startReplica(game, { ...KEYS, ...settings }, cluster);

let players = 0;
const newPlayer = () => `studio:${++players}`;

/** A ticket a studio's backend posts: for one player, or for a party. */
const post = (url: string, body: object) =>
  call(url, "POST /v1/tickets", { token: BACKEND, body: { queues: ["duel"], ...body } });

describe("a ticket that is refused says which field, and what is accepted", () => {
  let url = "";
  let ann = { playerId: "", token: "" };
  beforeAll(async () => {
    ({ url } = await start());
    ann = await newGuest(url);
  });

  const asAnn = (body: object) => () => ({ token: ann.token, body: { queues: ["ranked"], ...body } });
  const asBackend = (body: object) => () => ({
    token: BACKEND,
    body: { queues: ["ranked"], playerId: newPlayer(), ...body },
  });
  /** A party of players with these attributes. */
  const party =
    (attributes: object[], queues = ["ranked"]) =>
    () => ({
      token: BACKEND,
      body: { queues, players: attributes.map((each) => ({ playerId: newPlayer(), attributes: each })) },
    });

  type Case = [
    title: string,
    request: () => Call,
    status: number,
    code: string,
    field: string,
    detail: RegExp,
  ];
  it.each<Case>([
    [
      "an attribute no queue knows",
      asAnn({ attributes: { foo: 1 } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.foo",
      /attributes\.foo is 1; accepted: (?=.*role)(?=.*mmr)(?=.*build)(?=.*maps)/,
    ],
    [
      "an attribute where there are none",
      asAnn({ queues: ["duel"], attributes: { foo: 1 } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.foo",
      /none, these queues match by no attribute/,
    ],
    [
      "a method of objects as an attribute",
      asAnn({ attributes: { constructor: "x" } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.constructor",
      /accepted: .*mmr/,
    ],
    [
      "a trusted attribute by a player",
      asAnn({ attributes: { mmr: 9_000 } }),
      403,
      "ATTRIBUTE_UNTRUSTED",
      "attributes.mmr",
      /attributes\.mmr is only accepted from a server key, or from the claim "attributes"/,
    ],
    [
      "a text for a number",
      asBackend({ attributes: { mmr: "high" } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.mmr",
      /attributes\.mmr is "high"; accepted: a number/,
    ],
    [
      "a number that nothing can be counted with",
      asBackend({ attributes: { mmr: 1e308 } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.mmr",
      /attributes\.mmr is 1e\+308; accepted: a number from/,
    ],
    [
      "a number for a text",
      asAnn({ attributes: { build: 2 } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.build",
      /accepted: a text of at most 64/,
    ],
    [
      "a word the set does not have",
      asAnn({ attributes: { maps: ["dust", "moon"] } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.maps",
      /\["dust","moon"\]; accepted: an array of one or more of dust, mill, lake/,
    ],
    [
      "a set of nothing",
      asAnn({ attributes: { maps: [] } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.maps",
      /one or more of/,
    ],
    [
      "a word twice",
      asAnn({ attributes: { maps: ["dust", "dust"] } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.maps",
      /one or more of/,
    ],
    [
      "a role there is not",
      asAnn({ attributes: { role: ["bard"] } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.role",
      /one or more of tank, healer/,
    ],
    [
      "an attribute that is an object",
      asAnn({ attributes: { build: {} } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.build",
      /attributes\.build is {}/,
    ],
    [
      "a rating somebody made up",
      asBackend({ queues: ["rated"], attributes: { elo: 3_000 } }),
      400,
      "INVALID_ARGUMENT",
      "attributes.elo",
      /accepted: nothing: Warren keeps this rating itself/,
    ],
    [
      "a latency that is no number",
      asAnn({ latencies: { eu: "near" } }),
      400,
      "INVALID_ARGUMENT",
      "latencies.eu",
      /accepted: number/,
    ],
    [
      "latencies to 33 regions",
      asAnn({ latencies: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`r${i}`, i])) }),
      400,
      "INVALID_ARGUMENT",
      "latencies",
      /no more than 32/,
    ],
    [
      "a party larger than the queue takes",
      party([{}, {}, {}, {}]),
      422,
      "PARTY_TOO_LARGE",
      "players",
      /players is 4 players; accepted: at most 3 in queue ranked/,
    ],
    [
      "a party of nobody",
      () => ({ token: BACKEND, body: { queues: ["ranked"], players: [] } }),
      400,
      "INVALID_ARGUMENT",
      "players",
      /fewer than 1/,
    ],
    [
      "a party of different builds",
      party([{ build: "2" }, {}]),
      400,
      "INVALID_ARGUMENT",
      "players.1.attributes.build",
      /is "1\.0"; accepted: "2", as the first player of the party has/,
    ],
    [
      "a party of two for a role that one of a team has",
      party([{ role: ["tank"] }, { role: ["tank"] }]),
      400,
      "INVALID_ARGUMENT",
      "players.1.attributes.role",
      /is \["tank"\]; accepted: roles that one team has for all of the ticket: in queue ranked tank 1, healer 0 to 2/,
    ],
    [
      "one player of a full party too many for the seats that are left",
      party([{ role: ["healer"] }, { role: ["healer"] }, { role: ["healer"] }]),
      400,
      "INVALID_ARGUMENT",
      "players.2.attributes.role",
      /is \["healer"\]/,
    ],
    [
      "a party without a map for all",
      party([{ maps: ["dust", "mill"] }, { maps: ["mill", "lake"] }, { maps: ["lake"] }]),
      400,
      "INVALID_ARGUMENT",
      "players.2.attributes.maps",
      /is \["lake"\]; accepted: 1 or more in common with the rest of the party, for queue ranked/,
    ],
    [
      "a wrong attribute of the second",
      party([{}, { foo: 1 }]),
      400,
      "INVALID_ARGUMENT",
      "players.1.attributes.foo",
      /accepted: .*mmr/,
    ],
    [
      "a wrong join of the second",
      () => ({
        token: BACKEND,
        body: { queues: ["duel"], players: [{ playerId: "a" }, { playerId: "b", join: { name: 1 } }] },
      }),
      400,
      "INVALID_ARGUMENT",
      "players.1.join.name",
      /is 1/,
    ],
    [
      "a player twice",
      () => ({
        token: BACKEND,
        body: { queues: ["ranked"], players: [{ playerId: "a" }, { playerId: "a" }] },
      }),
      400,
      "INVALID_ARGUMENT",
      "players.1.playerId",
      /each player once/,
    ],
    [
      "attributes beside players",
      () => ({
        token: BACKEND,
        body: { queues: ["ranked"], players: [{ playerId: "a" }], attributes: { mmr: 1 } },
      }),
      400,
      "INVALID_ARGUMENT",
      "attributes",
      /nothing beside players/,
    ],
    [
      "a party by a player",
      asAnn({ players: [{ playerId: "a" }] }),
      403,
      "FORBIDDEN",
      "players",
      /named by a server key/,
    ],
    [
      "a ticket for another",
      asAnn({ playerId: "someone" }),
      403,
      "FORBIDDEN",
      "playerId",
      /playerId is another's/,
    ],
    ["an unknown queue", asAnn({ queues: ["nope"] }), 422, "QUEUE_UNKNOWN", "queues", /queue is "nope"/],
    [
      "an attribute beside a lobby",
      asAnn({ lobby: "l_1", attributes: {} }),
      400,
      "INVALID_ARGUMENT",
      "attributes",
      /nothing beside lobby/,
    ],
  ])("%s", async (_title, request, status, code, field, detail) => {
    const answer = await call(url, "POST /v1/tickets", request());
    expect(answer.body).toMatchObject({ status, code, field });
    expect(answer.body.detail).toMatch(detail);
    expect(answer.status).toBe(status);
  });

  it("a party that is too large says how large it may be", async () => {
    const { body } = await call(url, "POST /v1/tickets", party([{}, {}, {}, {}])());
    expect(body).toMatchObject({ limit: 3, queue: "ranked" });
  });

  it.each([
    ["another's tickets", "GET /v1/players/someone/tickets", "FORBIDDEN", "player"],
    ["cancelling another's tickets", "DELETE /v1/players/someone/tickets", "FORBIDDEN", "player"],
    ["cancelling no ticket", "DELETE /v1/players/me/tickets", "TICKET_NOT_FOUND", "player"],
    ["a match there is not", "POST /v1/matches/m_main_1_1/accept", "MATCH_NOT_FOUND", "matchId"],
    ["declining a match id that is none", "POST /v1/matches/nonsense/decline", "MATCH_NOT_FOUND", "matchId"],
  ])("%s", async (_title, what, code, field) => {
    const { token } = await newGuest(url);
    const { body } = await call(url, what, { token });
    expect(body.code).toBe(code);
    expect(body.field).toBe(field);
  });

  it.each([
    ["GET /v1/players/me/tickets", {}, "INVALID_ARGUMENT", "player"],
    ["POST /v1/matches/m_1/accept", { body: {} }, "INVALID_ARGUMENT", "playerId"],
    ["POST /v1/matches/m_1/accept", { body: { playerId: "a" } }, "MATCH_NOT_FOUND", "matchId"],
  ])("a server key is nobody: %s %j", async (what, request, code, field) => {
    const { body } = await call(url, what, { token: BACKEND, ...request });
    expect([body.code, body.field]).toEqual([code, field]);
  });

  it("a server key without the scope may not look", async () => {
    const { body } = await call(url, "GET /v1/players/a/tickets", { token: "wk_poster_p" });
    expect(body).toMatchObject({ code: "FORBIDDEN", detail: "the server key lacks the scope read" });
  });
});

/** What the log says of the last ticket posted. */
async function lastPosted(cluster: Cluster) {
  const record = await cluster.log.last("mm.main.t");
  const { body } = LogEntry.decode(record!.bytes);
  if (body?.$case !== "ticketPosted") throw new Error(`the last record is ${body?.$case}`);
  return body.value;
}

describe("what a ticket says goes into the log", () => {
  const cluster = newCluster();
  let url = "";
  beforeAll(async () => {
    ({ url } = await start({}, cluster));
  });

  it("a player's own attributes, latencies whole and from 1 to 1,000, and no join where the room needs none", async () => {
    const { token, playerId } = await newGuest(url);
    const attributes = { build: "2", maps: ["mill", "dust"], role: ["healer"], level: 7 };
    const latencies = { eu: 33.6, mars: 180_000, here: 0 };
    const posted = await call(url, "POST /v1/tickets", {
      token,
      body: { queues: ["ranked", "casual"], attributes, latencies },
    });
    expect(posted.status).toBe(201);
    expect((await lastPosted(cluster)).players).toEqual([
      {
        playerId,
        joinJson: "",
        attributes: [
          { name: "build", value: { $case: "text", value: "2" }, sigma: 0 },
          { name: "maps", value: { $case: "set", value: { values: ["mill", "dust"] } }, sigma: 0 },
          { name: "role", value: { $case: "set", value: { values: ["healer"] } }, sigma: 0 },
          { name: "level", value: { $case: "number", value: 7 }, sigma: 0 },
        ],
        latencies: [
          { region: "eu", ms: 34 },
          { region: "mars", ms: 1_000 },
          { region: "here", ms: 1 },
        ],
      },
    ]);
    expect(posted.body.searching).toEqual([
      { queue: "ranked", windowNow: { skill: 100, latencyMs: 60 }, eta: null },
      { queue: "casual", windowNow: {}, eta: null },
    ]);
  });

  it("a party by a server key, who speaks for it first; new players have the queue's rating", async () => {
    const [a, b] = [newPlayer(), newPlayer()];
    const body = { queues: ["rated"], players: [{ playerId: a, join: { name: "Ann" } }, { playerId: b }] };
    const posted = await post(url, body);
    expect(posted.body).toMatchObject({ playerId: a, players: [a, b] });
    const elo = { name: "elo", value: { $case: "number", value: 1_000 }, sigma: 300 };
    expect((await lastPosted(cluster)).players).toEqual([
      { playerId: a, joinJson: '{"name":"Ann"}', attributes: [elo], latencies: [] },
      { playerId: b, joinJson: "", attributes: [elo], latencies: [] },
    ]);
    expect(posted.body.searching[0].windowNow).toEqual({ skill: 350 });
  });
});

describe("a studio's token vouches for attributes", () => {
  let url = "";
  let key: CryptoKey;
  const cluster = newCluster();
  const claim = (sub: string, attributes?: unknown) =>
    new SignJWT({ attributes })
      .setProtectedHeader({ alg: "ES256" })
      .setSubject(sub)
      .setIssuer("studio")
      .setAudience("warren")
      .setExpirationTime("1m")
      .sign(key);
  const ask = async (sub: string, attributes?: unknown, body: object = {}) =>
    call(url, "POST /v1/tickets", {
      token: await claim(sub, attributes),
      body: { queues: ["ranked"], ...body },
    });

  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    key = privateKey;
    const jwk = { ...(await exportJWK(publicKey)), alg: "ES256" };
    const server = createServer((_request, response) => void response.end(JSON.stringify({ keys: [jwk] })));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    closing.push(async () => void server.close());
    ({ url } = await start(
      {
        WARREN_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        WARREN_JWT_ISSUER: "studio",
        WARREN_JWT_AUDIENCE: "warren",
      },
      cluster,
    ));
  });

  it("its values hold where the body says nothing; what no queue knows is left out", async () => {
    const answer = await ask("a", { mmr: 2_000, build: "1", clan: "x" }, { attributes: { build: "2" } });
    expect(answer.status).toBe(201);
    const [player] = (await lastPosted(cluster)).players;
    expect(player?.attributes.map(({ name, value }) => [name, value?.value])).toEqual([
      ["build", "2"],
      ["mmr", 2_000],
    ]);
  });

  it("the body cannot say otherwise", async () => {
    const { body } = await ask("b", { mmr: 2_000 }, { attributes: { mmr: 100 } });
    expect(body).toMatchObject({ code: "ATTRIBUTE_UNTRUSTED", field: "attributes.mmr" });
  });

  it("a wrong value in it is named", async () => {
    const { body } = await ask("c", { mmr: "high" });
    expect(body).toMatchObject({ code: "INVALID_ARGUMENT", field: "token.attributes.mmr" });
  });
});

describe("[R2] one open ticket for each player", () => {
  it("a second one names the first, and the player it is about", async () => {
    const { url } = await start();
    const [a, b] = [newPlayer(), newPlayer()];
    const first = await post(url, { playerId: b });
    const second = await post(url, { queues: ["casual"], players: [{ playerId: a }, { playerId: b }] });
    expect(second.body).toMatchObject({
      status: 409,
      code: "TICKET_EXISTS",
      playerId: b,
      ticketId: first.body.ticketId,
      queues: ["duel"],
    });
  });

  it("any player of a party may see it, follow it and cancel it, for all", async () => {
    const { url } = await start();
    const [ann, ben, eve] = [await newGuest(url), await newGuest(url), await newGuest(url)];
    const of = [{ playerId: ann.playerId }, { playerId: ben.playerId }];
    const { ticketId } = (await post(url, { queues: ["casual"], players: of })).body;
    const path = `/v1/tickets/${ticketId}`;
    expect((await call(url, `GET ${path}`, { token: ben.token })).body.ticketId).toBe(ticketId);
    expect((await call(url, `GET ${path}`, { token: eve.token })).body.code).toBe("TICKET_NOT_FOUND");
    const stream = await follow(url, ticketId, ann.token);
    const cancelled = await call(url, `DELETE ${path}`, { token: ben.token });
    expect(cancelled.body).toMatchObject({ status: "cancelled", cause: "asked" });
    expect(await stream.ended).toBe("ended");
    expect(stream.events.at(-1)).toMatchObject({ event: "cancelled", data: { cause: "asked" } });
  });

  it("a client that lost its ticket finds it, and ends it, on any replica", async () => {
    const cluster = newCluster();
    const [a, b] = [await start({}, cluster), await start({}, cluster)];
    const { token, playerId } = await newGuest(a.url);
    expect((await call(a.url, "GET /v1/players/me/tickets", { token })).body).toEqual({ tickets: [] });
    const posted = await call(a.url, "POST /v1/tickets", { token, body: { queues: ["duel"] } });
    const mine = await call(b.url, "GET /v1/players/me/tickets", { token });
    expect(mine.body.tickets).toMatchObject([{ ticketId: posted.body.ticketId, status: "open" }]);
    const backend = await call(b.url, `GET /v1/players/${playerId}/tickets`, { token: BACKEND });
    expect(backend.body.tickets).toMatchObject(
      mine.body.tickets.map((each: object) => ({ ...each, ageMs: expect.any(Number) })),
    );
    const ended = await call(b.url, "DELETE /v1/players/me/tickets", { token });
    expect(ended.body).toMatchObject({ ticketId: posted.body.ticketId, status: "cancelled" });
    expect((await call(b.url, "DELETE /v1/players/me/tickets", { token })).status).toBe(404);
  });
});

describe("200 event streams on one HTTP/2 connection", () => {
  let session: ClientHttp2Session;
  it("all hear of their tickets", { timeout: 30_000 }, async () => {
    const { url } = await start({ WARREN_REQUESTS_PER_MINUTE_MAX: "5000" });
    session = connect(url);
    closing.push(async () => session.destroy());
    const tickets: string[] = [];
    for (let i = 0; i < 200; i++)
      tickets.push((await post(url, { queues: ["casual"], playerId: newPlayer() })).body.ticketId);
    const open = new Set<string>();
    const texts = tickets.map((ticketId) => {
      const stream = session.request({
        ":path": `/v1/tickets/${ticketId}/events`,
        authorization: `Bearer ${BACKEND}`,
      });
      stream.setEncoding("utf8");
      return new Promise<string>((resolve, reject) => {
        let text = "";
        stream.on("data", (chunk: string) => {
          text += chunk;
          if (text.includes("event: queued")) open.add(ticketId);
        });
        stream.on("end", () => resolve(text));
        stream.on("error", reject);
      });
    });
    // All at one time: none waits for another to end.
    await expect.poll(() => open.size, { timeout: 10_000 }).toBe(200);
    for (const ticketId of tickets)
      expect((await call(url, `DELETE /v1/tickets/${ticketId}`, { token: BACKEND })).status).toBe(200);
    for (const text of await Promise.all(texts)) expect(text).toMatch(/event: cancelled/);
  });
});

describe("[R12] a proposed match", () => {
  /** Two tickets, and a decider's record that proposes them a match. */
  async function proposed(acceptMs = 60_000) {
    const cluster = newCluster();
    const { url } = await start({}, cluster);
    const [ann, ben] = [await newGuest(url), await newGuest(url)];
    await expect.poll(() => cluster.log.last("mm.main.d")).toBeDefined();
    const tickets: string[] = [];
    for (const { token } of [ann, ben])
      tickets.push(
        (await call(url, "POST /v1/tickets", { token, body: { queues: ["casual"] } })).body.ticketId,
      );
    const stream = await follow(url, tickets[0]!, ann.token);
    const match: Match = {
      matchId: "m_main_1_900",
      queue: "casual",
      tickets: tickets.map((ticketId, team) => ({ ticketId, team, roles: [] })),
      nodeId: "n_gone",
      roomId: "r_main_1_900",
      backfillGeneration: 0,
      fillTo: 0,
      skill: 0,
      region: "",
      quality: 1,
      acceptMs,
      declineMs: 30_000,
      missMs: 60_000,
    };
    const body = { $case: "matchesDecided" as const, value: { epoch: 1, matches: [match] } };
    await cluster.log.append("mm.main.d", LogEntry.encode({ version: RECORD_VERSION, body }).finish());
    await expect.poll(() => stream.events.map(({ event }) => event)).toContain("proposed");
    return { url, ann, ben, tickets, stream, matchId: match.matchId };
  }
  const vote = (url: string, matchId: string, token: string, verb: string) =>
    call(url, `POST /v1/matches/${matchId}/${verb}`, { token });

  it("is told of with the time there is to accept, and accepted as often as one likes", async () => {
    const { url, ann, ben, tickets, stream, matchId } = await proposed();
    const { data } = stream.events.find(({ event }) => event === "proposed")!;
    expect(data).toMatchObject({ matchId, players: 2 });
    expect(data.acceptByMs).toBeGreaterThan(50_000);
    expect(data.acceptByMs).toBeLessThanOrEqual(60_000);
    for (let i = 0; i < 2; i++) {
      const voted = await vote(url, matchId, ann.token, "accept");
      expect(voted.body).toEqual({ matchId, status: "proposed", accepted: 1, players: 2 });
    }
    const seen = await call(url, `GET /v1/tickets/${tickets[1]}`, { token: ben.token });
    expect(seen.body).toMatchObject({ status: "proposed", matchId, accepted: [ann.playerId] });
    expect(seen.body.acceptByMs).toBeGreaterThan(50_000);
    const last = await vote(url, matchId, ben.token, "accept");
    expect(last.body).toEqual({ matchId, status: "placing", accepted: 2, players: 2 });
  });

  it("is nobody else's", async () => {
    const { url, matchId } = await proposed();
    const eve = await newGuest(url);
    await call(url, "POST /v1/tickets", { token: eve.token, body: { queues: ["duel"] } });
    expect((await vote(url, matchId, eve.token, "accept")).body).toMatchObject({
      status: 404,
      code: "MATCH_NOT_FOUND",
    });
  });

  it("who declines is out and may not queue for a while; the other waits on with its age", async () => {
    const { url, ann, ben, tickets, stream, matchId } = await proposed();
    for (let i = 0; i < 2; i++)
      expect((await vote(url, matchId, ben.token, "decline")).body).toMatchObject({ status: "dissolved" });
    await expect.poll(() => stream.events.map(({ event }) => event)).toContain("returned");
    const anns = await call(url, `GET /v1/tickets/${tickets[0]}`, { token: ann.token });
    expect(anns.body.status).toBe("open");
    const bens = await call(url, `GET /v1/tickets/${tickets[1]}`, { token: ben.token });
    expect(bens.body).toMatchObject({ status: "cancelled", cause: "declined" });
    const again = await call(url, "POST /v1/tickets", { token: ben.token, body: { queues: ["duel"] } });
    expect(again.body).toMatchObject({ status: 429, code: "COOLDOWN", playerId: ben.playerId });
    expect(again.body.retryAfterMs).toBeGreaterThan(25_000);
    expect(Number(again.headers.get("retry-after"))).toBe(Math.ceil(again.body.retryAfterMs / 1_000));
  });

  it("is left by cancelling, at any stage", async () => {
    const { url, ann, tickets } = await proposed();
    const cancelled = await call(url, `DELETE /v1/tickets/${tickets[0]}`, { token: ann.token });
    expect([cancelled.status, cancelled.body.status]).toEqual([200, "cancelled"]);
    const again = await call(url, `DELETE /v1/tickets/${tickets[0]}`, { token: ann.token });
    expect([again.status, again.body.status]).toEqual([200, "cancelled"]);
  });
});

describe("[R13] why a ticket waits", () => {
  it("is said by rule and queue; the nearest others are for a server key alone", async () => {
    const { url } = await start();
    const { token, playerId } = await newGuest(url);
    const ask = (playerId: string, attributes: object, queues = ["ranked", "casual"]) =>
      post(url, { queues, playerId, attributes });
    const mine = (await ask(playerId, { mmr: 1_500, build: "2" })).body.ticketId;
    await ask(newPlayer(), { mmr: 1_550, build: "2" });
    const far = (await ask(newPlayer(), { mmr: 2_000, build: "1" }, ["ranked"])).body.ticketId;
    const path = `GET /v1/tickets/${mine}/explain`;
    const seen = (await call(url, path, { token })).body;
    expect(seen).toMatchObject({ ticketId: mine, status: "open" });
    expect(seen.queues).toMatchObject([
      {
        queue: "ranked",
        window: { skill: 100, latencyMs: 60 },
        lookedAt: 2,
        refused: { "equal:build": 1, skill: 1 },
        reason: expect.stringMatching(/./),
      },
      { queue: "casual", window: {}, lookedAt: 1, fitting: 1, refused: {} },
    ]);
    expect(JSON.stringify(seen)).not.toContain("nearest");
    const backend = (await call(url, path, { token: BACKEND })).body;
    expect(backend.queues[0].nearest).toHaveLength(2);
    expect(backend.queues[0].nearest).toContainEqual({
      ticketId: far,
      rules: expect.arrayContaining(["equal:build", "skill"]),
    });
    const eve = await newGuest(url);
    expect((await call(url, path, { token: eve.token })).body.code).toBe("TICKET_NOT_FOUND");
    expect((await call(url, path, { token: "wk_poster_p" })).body.code).toBe("FORBIDDEN");
    await call(url, `DELETE /v1/tickets/${mine}`, { token });
    expect((await call(url, path, { token })).body).toMatchObject({ status: "cancelled", queues: [] });
  });
});

it("`replace` ends what stands in the way", async () => {
  const { url } = await start();
  const { token } = await newGuest(url);
  const ask = (body: object) => call(url, "POST /v1/tickets", { token, body: { queues: ["duel"], ...body } });
  const first = (await ask({})).body;
  const stream = await follow(url, first.ticketId, token);
  const second = await ask({ queues: ["casual"], replace: true });
  expect(second.status).toBe(201);
  expect(await stream.ended).toBe("ended");
  expect(stream.events.at(-1)).toMatchObject({ event: "cancelled", data: { cause: "replaced" } });
});

it("what is asked too often is RATE_LIMITED, with the time to wait", async () => {
  const { url } = await start({ WARREN_STREAMS_MAX: "1" });
  const { token } = await newGuest(url);
  for (let i = 0; i < 120; i++) expect((await call(url, "GET /v1/queues/duel/stats")).status).toBe(200);
  const stats = await call(url, "GET /v1/queues/duel/stats");
  expect(stats.body).toMatchObject({ status: 429, code: "RATE_LIMITED" });
  expect(stats.body.retryAfterMs).toBeGreaterThan(0);
  expect(Number(stats.headers.get("retry-after"))).toBeGreaterThan(0);
  const { ticketId } = (await call(url, "POST /v1/tickets", { token, body: { queues: ["duel"] } })).body;
  await follow(url, ticketId, token);
  const second = await call(url, `GET /v1/tickets/${ticketId}/events`, { token });
  expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
});
