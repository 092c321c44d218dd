import { createServer } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { eventually } from "@warren/testkit";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Call,
  type Cluster,
  call,
  closing,
  follow,
  keyHash,
  newCluster,
  newGuest,
  SECRET,
  startReplica,
} from "./testing/harness.ts";

const arena = defineRoom({
  seats: 4,
  state: t.state({ phase: t.u8() }),
  join: t.struct({ name: t.string(8) }),
});
const game = defineGame({
  rooms: { arena },
  queues: {
    duel: defineQueue({ room: "arena", size: 2 }),
    short: defineQueue({ room: "arena", size: 2, expireMs: 1_000 }),
  },
});
const QUEUES = "duel, short";
const join = { name: "Ann" };

const start = (settings?: Record<string, string>, cluster?: Cluster) => startReplica(game, settings, cluster);
const postTicket = (url: string, token: string, queue = "duel", key?: string) =>
  call(url, "POST /v1/tickets", {
    token,
    body: { queues: [queue], join },
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });

const KEYS = [`backend:${keyHash("top_secret_1")}:tickets+read`, `reader:${keyHash("other")}:read`].join(",");
const BACKEND = "wk_backend_top_secret_1";

/** About the request as a whole, or about the server. */
const OF_NO_FIELD: ReadonlySet<string> = new Set([
  "BODY_TOO_LARGE",
  "MALFORMED_JSON",
  "METHOD_NOT_ALLOWED",
  "NO_CAPACITY",
  "ROUTE_NOT_FOUND",
  "UNAUTHENTICATED",
  "UNSUPPORTED_MEDIA_TYPE",
]);

describe("what is wrong with a request is said in a problem", () => {
  let url = "";
  let ann = { playerId: "", token: "" };
  let ben = { playerId: "", token: "" };
  let annsTicket = "";
  const good = { queues: ["duel"], join };

  beforeAll(async () => {
    ({ url } = await start({ WARREN_SERVER_KEYS: KEYS }));
    ann = await newGuest(url);
    ben = await newGuest(url);
    annsTicket = (await postTicket(url, ann.token)).body.ticketId;
  });

  const expired = () =>
    new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer("warren")
      .setSubject("guest-old")
      .setExpirationTime(Math.floor(Date.now() / 1_000) - 3_600)
      .sign(new TextEncoder().encode(SECRET));
  const forged = () =>
    new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer("warren")
      .setSubject(ann.playerId)
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode("another secret that is long enough!!"));

  type Case = [
    title: string,
    what: string | (() => string),
    request: () => Call | Promise<Call>,
    status: number,
    code: string,
    detail: RegExp,
  ];
  const asAnn = (body?: unknown, headers?: Record<string, string>): (() => Call) => {
    return () => ({ token: ann.token, body, ...(headers ? { headers } : {}) });
  };

  it.each<Case>([
    // what is asked for
    [
      "unknown queue",
      "POST /v1/tickets",
      asAnn({ queues: ["nope"], join }),
      422,
      "QUEUE_UNKNOWN",
      new RegExp(`queue is "nope"; accepted: ${QUEUES}`),
    ],
    [
      "unknown queue's stats",
      "GET /v1/queues/nope/stats",
      () => ({}),
      422,
      "QUEUE_UNKNOWN",
      new RegExp(`queue is "nope"; accepted: ${QUEUES}`),
    ],
    [
      "a queue named like a method of objects",
      "POST /v1/tickets",
      asAnn({ queues: ["constructor"], join }),
      422,
      "QUEUE_UNKNOWN",
      new RegExp(`"constructor"; accepted: ${QUEUES}`),
    ],
    ["no queues", "POST /v1/tickets", asAnn({ join }), 400, "INVALID_ARGUMENT", /queues is missing/],
    [
      "an empty list of queues",
      "POST /v1/tickets",
      asAnn({ queues: [], join }),
      400,
      "INVALID_ARGUMENT",
      /queues is \[\]; .*fewer than 1 items/,
    ],
    [
      "the same queue twice",
      "POST /v1/tickets",
      asAnn({ queues: ["duel", "duel"], join }),
      400,
      "INVALID_ARGUMENT",
      /queues is \["duel","duel"\]; .*duplicate/,
    ],
    [
      "queues of another type",
      "POST /v1/tickets",
      asAnn({ queues: "duel", join }),
      400,
      "INVALID_ARGUMENT",
      /queues is "duel"; .*array/,
    ],
    [
      "a field that does not exist",
      "POST /v1/tickets",
      asAnn({ ...good, lobbies: 1 }),
      400,
      "INVALID_ARGUMENT",
      /lobbies is 1; .*queues, attributes, latencies, join, replace, lobby, playerId, players/,
    ],
    [
      "a join of the wrong shape",
      "POST /v1/tickets",
      asAnn({ queues: ["duel"], join: { name: 5 } }),
      400,
      "INVALID_ARGUMENT",
      /join\.name is 5; accepted: .*8/,
    ],
    [
      "a join that is too long",
      "POST /v1/tickets",
      asAnn({ queues: ["duel"], join: { name: "Ann Ann Ann" } }),
      400,
      "INVALID_ARGUMENT",
      /join\.name is "Ann Ann Ann"; accepted: .*8/,
    ],
    [
      "no join where one is needed",
      "POST /v1/tickets",
      asAnn({ queues: ["duel"] }),
      400,
      "INVALID_ARGUMENT",
      /join\.name is missing/,
    ],
    // how it is said
    ["malformed JSON", "POST /v1/tickets", asAnn("{ queues: "), 400, "MALFORMED_JSON", /JSON/],
    [
      "a body that is no object",
      "POST /v1/tickets",
      asAnn("[]"),
      400,
      "INVALID_ARGUMENT",
      /body is \[\]; .*object/,
    ],
    [
      "a poisoned prototype",
      "POST /v1/tickets",
      asAnn('{"__proto__":{}}'),
      400,
      "MALFORMED_JSON",
      /not valid JSON/,
    ],
    [
      "another content type",
      "POST /v1/tickets",
      asAnn(JSON.stringify(good), { "content-type": "text/plain" }),
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      /text\/plain|Media Type/,
    ],
    [
      "a body of XML",
      "POST /v1/tickets",
      asAnn("<a/>", { "content-type": "application/xml" }),
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      /Media Type/,
    ],
    [
      "too much of a body",
      "POST /v1/tickets",
      asAnn({ ...good, join: { name: "x".repeat(17_000) } }),
      413,
      "BODY_TOO_LARGE",
      /too large/,
    ],
    [
      "no idempotency key",
      "POST /v1/tickets",
      () => ({ token: ann.token, body: good, headers: { "idempotency-key": "" } }),
      400,
      "INVALID_ARGUMENT",
      /idempotency-key is ""; .*fewer than 1 characters/,
    ],
    [
      "an idempotency key that is too long",
      "POST /v1/tickets",
      asAnn(good, { "idempotency-key": "k".repeat(129) }),
      400,
      "INVALID_ARGUMENT",
      /idempotency-key is .*; .*more than 128 characters/,
    ],
    [
      "an event id that is none",
      () => `GET /v1/tickets/${annsTicket}/events`,
      asAnn(undefined, { "last-event-id": "garbage" }),
      400,
      "INVALID_ARGUMENT",
      /Last-Event-ID is "garbage"; accepted: the id of an event/,
    ],
    [
      "an event id below zero",
      () => `GET /v1/tickets/${annsTicket}/events`,
      asAnn(undefined, { "last-event-id": "-4" }),
      400,
      "INVALID_ARGUMENT",
      /Last-Event-ID is "-4"/,
    ],
    [
      "no JSON at all",
      "POST /v1/tickets",
      () => ({ token: ann.token, headers: { "idempotency-key": "k" } }),
      400,
      "INVALID_ARGUMENT",
      /body is (null|missing); .*object/,
    ],
    // where
    [
      "an unknown path",
      "GET /v1/nothing?x=1",
      () => ({}),
      404,
      "ROUTE_NOT_FOUND",
      /path is \/v1\/nothing; see \/openapi\.json/,
    ],
    ["a path that cannot be decoded", "GET /v1/queues/%zz/stats", () => ({}), 400, "INVALID_ARGUMENT", /%zz/],
    [
      "a very long path",
      `GET /v1/queues/${"q".repeat(300)}/stats`,
      () => ({}),
      404,
      "ROUTE_NOT_FOUND",
      /qqq/,
    ],
    [
      "a wrong method",
      "PUT /v1/tickets",
      () => ({ body: good }),
      405,
      "METHOD_NOT_ALLOWED",
      /method is PUT; accepted: POST/,
    ],
    // whose
    [
      "a ticket that is not there",
      `GET /v1/tickets/t_main_${"0".repeat(26)}`,
      asAnn(),
      404,
      "TICKET_NOT_FOUND",
      /no such ticket/,
    ],
    [
      "a ticket id that is none",
      "GET /v1/tickets/nonsense",
      asAnn(),
      404,
      "TICKET_NOT_FOUND",
      /no such ticket/,
    ],
    [
      "[R3] reading another's ticket",
      () => `GET /v1/tickets/${annsTicket}`,
      () => ({ token: ben.token }),
      404,
      "TICKET_NOT_FOUND",
      /no such ticket/,
    ],
    [
      "[R3] cancelling another's ticket",
      () => `DELETE /v1/tickets/${annsTicket}`,
      () => ({ token: ben.token }),
      404,
      "TICKET_NOT_FOUND",
      /no such ticket/,
    ],
    [
      "[R3] following another's ticket",
      () => `GET /v1/tickets/${annsTicket}/events`,
      () => ({ token: ben.token }),
      404,
      "TICKET_NOT_FOUND",
      /no such ticket/,
    ],
    [
      "a ticket for another",
      "POST /v1/tickets",
      asAnn({ ...good, playerId: "someone" }),
      403,
      "FORBIDDEN",
      /playerId is another's/,
    ],
    // who
    [
      "no token",
      "POST /v1/tickets",
      () => ({ body: good }),
      401,
      "UNAUTHENTICATED",
      /Authorization is missing; accepted: Bearer/,
    ],
    [
      "a token that is no token",
      "POST /v1/tickets",
      () => ({ body: good, token: "abc" }),
      401,
      "UNAUTHENTICATED",
      /forged/,
    ],
    [
      "a forged token",
      "POST /v1/tickets",
      async () => ({ body: good, token: await forged() }),
      401,
      "UNAUTHENTICATED",
      /forged/,
    ],
    [
      "an expired token",
      "POST /v1/tickets",
      async () => ({ body: good, token: await expired() }),
      401,
      "UNAUTHENTICATED",
      /expired/,
    ],
    [
      "a token of 5,000 characters",
      "POST /v1/tickets",
      () => ({ body: good, token: "x".repeat(5_000) }),
      401,
      "UNAUTHENTICATED",
      /Authorization/,
    ],
    [
      "a forged server key",
      "POST /v1/tickets",
      () => ({ body: good, token: "wk_backend_guess" }),
      401,
      "UNAUTHENTICATED",
      /server key is not known/,
    ],
    [
      "a server key of nobody",
      "POST /v1/tickets",
      () => ({ body: good, token: "wk_nobody_x" }),
      401,
      "UNAUTHENTICATED",
      /server key is not known/,
    ],
    [
      "a server key without the scope",
      "POST /v1/tickets",
      () => ({ body: good, token: "wk_reader_other" }),
      403,
      "FORBIDDEN",
      /lacks the scope tickets/,
    ],
    [
      "a server key that names no player",
      "POST /v1/tickets",
      () => ({ body: good, token: BACKEND }),
      400,
      "INVALID_ARGUMENT",
      /playerId is missing; accepted: 1 to 64/,
    ],
    [
      "a server key that names a player oddly",
      "POST /v1/tickets",
      () => ({ body: { ...good, playerId: "a b" }, token: BACKEND }),
      400,
      "INVALID_ARGUMENT",
      /playerId is "a b"; accepted: 1 to 64/,
    ],
    [
      "a server key that wants a room",
      "POST /v1/rooms",
      () => ({ body: { room: "arena", join }, token: BACKEND }),
      403,
      "FORBIDDEN",
      /server key has no seat/,
    ],
    // rooms
    [
      "an unknown room",
      "POST /v1/rooms",
      asAnn({ room: "nope", join }),
      422,
      "ROOM_UNKNOWN",
      /room is "nope"; accepted: arena/,
    ],
    ["no node", "POST /v1/rooms", asAnn({ room: "arena", join }), 503, "NO_CAPACITY", /room-server/],
    [
      "a join code of letters that are not used",
      "POST /v1/rooms/join",
      asAnn({ joinCode: "OIL-001", join }),
      400,
      "INVALID_ARGUMENT",
      /joinCode is "OIL-001"; accepted: 6 of/,
    ],
    [
      "a join code that opens nothing",
      "POST /v1/rooms/join",
      asAnn({ joinCode: "ABCDEF", join }),
      404,
      "ROOM_NOT_FOUND",
      /join code ABCDEF/,
    ],
    [
      "a seat in a room that is gone",
      "POST /v1/players/me/seats/r_gone",
      asAnn(),
      404,
      "ROOM_NOT_FOUND",
      /./,
    ],
    ["a seat in a room id that is none", "POST /v1/players/me/seats/R!", asAnn(), 404, "ROOM_NOT_FOUND", /./],
  ])("%s", async (_title, what, request, status, code, detail) => {
    const answer = await call(url, typeof what === "string" ? what : what(), await request());
    expect(answer.body).toMatchObject({ status, code, type: `urn:warren:error:${code}` });
    expect(answer.body.detail).toMatch(detail);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      status,
      expect.stringMatching(/^application\/problem\+json/),
    ]);
    expect(Object.keys(answer.body)).toEqual(expect.arrayContaining(["title", "retry"]));
    if (!OF_NO_FIELD.has(code)) expect(answer.body.field).toEqual(expect.any(String));
  });

  it("is counted by code", async () => {
    const replica = await start();
    const { token } = await newGuest(replica.url);
    await call(replica.url, "GET /v1/tickets/t_nope", { token });
    await call(replica.url, "GET /v1/tickets/t_nope", { token });
    expect(await replica.metric("warren_http_problems_total{")).toEqual([
      expect.stringMatching(/code="TICKET_NOT_FOUND".*\} 2$/),
    ]);
  });

  it("405 says what is allowed", async () => {
    expect((await call(url, "PUT /v1/tickets", { body: {} })).headers.get("allow")).toBe("POST");
    const { headers } = await call(url, `PUT /v1/tickets/${annsTicket}`, { body: {} });
    expect(headers.get("allow")?.split(", ").sort()).toEqual(["DELETE", "GET"]);
  });
});

describe("limits", () => {
  it("more requests than accepted are RATE_LIMITED until later", async () => {
    const { url } = await start({ WARREN_REQUESTS_PER_MINUTE_MAX: "3", WARREN_GUESTS_PER_MINUTE_MAX: "1" });
    await newGuest(url);
    const guest = await call(url, "POST /v1/guests");
    expect(guest.body).toMatchObject({
      status: 429,
      code: "RATE_LIMITED",
      retry: "later",
      field: "address",
      limit: 1,
    });
    expect(Number(guest.headers.get("retry-after"))).toBeGreaterThan(0);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await call(url, "GET /v1/queues")).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("an address without limits has none, and others have theirs", async () => {
    const { url } = await start({
      WARREN_REQUESTS_PER_MINUTE_MAX: "1",
      WARREN_GUESTS_PER_MINUTE_MAX: "1",
      WARREN_UNLIMITED_ADDRESSES: "10.1.0.0/16",
      WARREN_TRUSTED_PROXIES: "loopback",
    });
    const from = (address: string) =>
      call(url, "POST /v1/guests", { headers: { "x-forwarded-for": address } }).then(({ status }) => status);
    expect([await from("10.1.2.3"), await from("10.1.2.3"), await from("10.1.2.3")]).toEqual([201, 201, 201]);
    expect([await from("10.2.2.3"), await from("10.2.2.3")]).toEqual([201, 429]);
  });

  it("one player's event streams are limited, whatever is free: others are not kept from theirs", async () => {
    const { url } = await start();
    const { token } = await newGuest(url);
    const { ticketId } = (await postTicket(url, token)).body;
    const streams = await Promise.all(Array.from({ length: 16 }, () => follow(url, ticketId, token)));
    expect(streams.every(({ response }) => response.status === 200)).toBe(true);
    const more = await call(url, `GET /v1/tickets/${ticketId}/events`, { token });
    expect(more.body).toMatchObject({ status: 429, code: "RATE_LIMITED" });
    const other = await newGuest(url);
    const others = (await postTicket(url, other.token)).body;
    expect((await follow(url, others.ticketId, other.token)).response.status).toBe(200);
    streams[0]!.close();
    await expect.poll(async () => (await follow(url, ticketId, token)).response.status).toBe(200);
  });

  it("more event streams than accepted are RATE_LIMITED", async () => {
    const { url } = await start({ WARREN_STREAMS_MAX: "1" });
    const { token } = await newGuest(url);
    const { ticketId } = (await postTicket(url, token)).body;
    const first = await follow(url, ticketId, token);
    const second = await call(url, `GET /v1/tickets/${ticketId}/events`, { token });
    expect(second.body).toMatchObject({ status: 429, code: "RATE_LIMITED", field: "streams", limit: 1 });
    first.close();
    await expect
      .poll(async () => (await follow(url, ticketId, token)).response.status, { timeout: 2_000 })
      .toBe(200);
  });

  it("guests can be refused", async () => {
    const { url } = await start({ WARREN_NO_GUESTS: "1" });
    expect((await call(url, "POST /v1/guests")).body).toMatchObject({ status: 403, code: "FORBIDDEN" });
  });
});

describe("a studio's own tokens", () => {
  const ISSUER = "https://studio.example";
  const AUDIENCE = "warren";
  let url = "";
  let keysUp = true;
  const pairs: Record<string, CryptoKey> = {};

  beforeAll(async () => {
    const jwks: object[] = [];
    for (const alg of ["RS256", "ES256"]) {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      pairs[alg] = privateKey;
      jwks.push({ ...(await exportJWK(publicKey)), kid: alg, alg, use: "sig" });
    }
    const { privateKey } = await generateKeyPair("ES256");
    pairs["stranger"] = privateKey;
    const server = createServer((_request, response) => {
      if (!keysUp) return void response.writeHead(503).end();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ keys: jwks }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    closing.push(async () => void server.close());
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const settings = {
      WARREN_JWKS_URL: jwksUrl,
      WARREN_JWT_ISSUER: ISSUER,
      WARREN_JWT_AUDIENCE: AUDIENCE,
    };
    keysUp = false;
    ({ url } = await start(settings));
  });

  interface Claims {
    alg?: string;
    key?: string;
    sub?: string;
    iss?: string;
    aud?: string;
    expS?: number;
    nbfS?: number;
  }
  const nowS = () => Math.floor(Date.now() / 1_000);
  function tokenOf({
    alg = "ES256",
    key = alg,
    sub = "steam:7",
    iss = ISSUER,
    aud = AUDIENCE,
    ...more
  }: Claims) {
    const jwt = new SignJWT({})
      .setProtectedHeader({ alg, kid: alg })
      .setSubject(sub)
      .setIssuer(iss)
      .setAudience(aud)
      .setNotBefore(nowS() + (more.nbfS ?? 0))
      .setExpirationTime(nowS() + (more.expS ?? 60));
    return jwt.sign(pairs[key] as CryptoKey);
  }
  const me = async (token: string) => (await postTicket(url, token)).body;

  it("keys that cannot be had say nothing against the player", async () => {
    expect(await me(await tokenOf({}))).toMatchObject({ status: 503, code: "UNAVAILABLE", retry: "later" });
    keysUp = true;
  });

  it.each(["RS256", "ES256"])("%s is accepted, and `sub` is the player", async (alg) => {
    const sub = `steam:${alg}`;
    expect(await me(await tokenOf({ alg, sub }))).toMatchObject({ playerId: sub });
  });

  it.each<[title: string, claims: Claims]>([
    ["another audience", { aud: "elsewhere" }],
    ["another issuer", { iss: "https://elsewhere.example" }],
    ["a key of a stranger", { key: "stranger" }],
    ["one that expired a minute ago", { expS: -60 }],
    ["one that begins in a minute", { nbfS: 60 }],
    ["one that says it is a guest", { sub: "guest-7" }],
    ["a `sub` that is no player id", { sub: "a b" }],
  ])("%s is UNAUTHENTICATED", async (_title, claims) => {
    expect(await me(await tokenOf(claims))).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
  });

  it("clocks that differ by some seconds do not lock anybody out", async () => {
    expect(await me(await tokenOf({ sub: "steam:8", expS: -10 }))).toMatchObject({ playerId: "steam:8" });
    expect(await me(await tokenOf({ sub: "steam:9", nbfS: 10 }))).toMatchObject({ playerId: "steam:9" });
  });

  it("`alg: none` is UNAUTHENTICATED", async () => {
    const token = new UnsecuredJWT({}).setSubject("steam:7").setIssuer(ISSUER).setAudience(AUDIENCE).encode();
    expect(await me(token)).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("guests go on beside them", async () => {
    const { playerId, token } = await newGuest(url);
    expect(await me(token)).toMatchObject({ playerId });
  });
});

describe("settings that do not fit together stop the start", () => {
  it.each<[Record<string, string>, RegExp]>([
    [{ WARREN_AUTH_SECRET: "short" }, /WARREN_AUTH_SECRET is "5 characters"; accepted: 32 or more/],
    [{ WARREN_JWKS_URL: "https://a.example" }, /WARREN_JWT_ISSUER and WARREN_JWT_AUDIENCE/],
    [{ WARREN_SERVER_KEYS: "backend" }, /WARREN_SERVER_KEYS .*accepted: id:sha256-hex:scopes/],
    [{ WARREN_SERVER_KEYS: `a:${"0".repeat(64)}:everything` }, /WARREN_SERVER_KEYS/],
    [{ WARREN_NATS_URL: "nats://x", WARREN_AUTH_SECRET: "" }, /WARREN_AUTH_SECRET is missing; accepted: 32/],
  ])("%j", async (settings, message) => {
    await expect(start(settings)).rejects.toThrow(message);
  });

  it("a key put where its hash belongs is not repeated", async () => {
    const wrong = start({ WARREN_SERVER_KEYS: "wk_backend_topsecret" });
    await expect(wrong).rejects.toThrow(/entry 1/);
    await expect(wrong).rejects.not.toThrow(/topsecret/);
  });

  it("a port in use is said in one line", async () => {
    const { port } = await start();
    await expect(start({ WARREN_HTTP_PORT: String(port) })).rejects.toThrow(
      `port ${port} is in use; set WARREN_HTTP_PORT to another port, or 0 for any`,
    );
  });
});

describe("tickets", () => {
  it("[R1] repeating a POST with the same key answers with the same ticket: 201 when made, 200 when there", async () => {
    const { url } = await start();
    const { token, playerId } = await newGuest(url);
    const first = await postTicket(url, token, "duel", "one");
    expect([first.status, first.body]).toEqual([
      201,
      {
        ticketId: expect.any(String),
        playerId,
        players: [playerId],
        status: "open",
        queues: ["duel"],
        ageMs: expect.any(Number),
        searching: [{ queue: "duel", windowNow: {}, eta: null }],
        eta: null,
      },
    ]);
    const again = await postTicket(url, token, "duel", "one");
    const same = { ...first.body, ageMs: expect.any(Number) };
    expect([again.status, again.body]).toEqual([200, same]);
    expect((await call(url, `GET /v1/tickets/${first.body.ticketId}`, { token })).body).toEqual(same);
  });

  it("[R1] one key on two replicas at once makes one ticket: one says 201, the other 200", async () => {
    const cluster = newCluster();
    const [a, b] = [await start({}, cluster), await start({}, cluster)];
    const guests = await Promise.all(Array.from({ length: 12 }, () => newGuest(a.url)));
    const pairs = await Promise.all(
      guests.map(({ token }) =>
        Promise.all([postTicket(a.url, token, "duel", "one"), postTicket(b.url, token, "duel", "one")]),
      ),
    );
    for (const pair of pairs) {
      expect(new Set(pair.map(({ body }) => body.ticketId)).size).toBe(1);
      expect(pair.map(({ status }) => status).sort()).toEqual([200, 201]);
    }
  });

  it("[R2] a second ticket is TICKET_EXISTS and names the first, on any replica", async () => {
    const cluster = newCluster();
    const [a, b] = [await start({}, cluster), await start({}, cluster)];
    const { token } = await newGuest(a.url);
    const first = await postTicket(a.url, token);
    expect((await postTicket(b.url, token, "short")).body).toMatchObject({
      status: 409,
      code: "TICKET_EXISTS",
      ticketId: first.body.ticketId,
      queues: ["duel"],
    });
    const both = await Promise.all([
      postTicket(a.url, (await newGuest(a.url)).token),
      postTicket(b.url, (await newGuest(b.url)).token),
    ]);
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
  });

  it("[R4] a ticket's events, from the first on or after the last one seen, on any replica", {
    // Less than the heartbeat, which would hide an answer that comes late.
    timeout: 5_000,
  }, async () => {
    const cluster = newCluster();
    const [a, b] = [await start({}, cluster), await start({}, cluster)];
    const { token } = await newGuest(a.url);
    const { ticketId } = (await postTicket(a.url, token)).body;
    const first = await follow(a.url, ticketId, token);
    expect(first.response.headers.get("content-type")).toBe("text/event-stream");
    await expect.poll(() => first.events).toHaveLength(1);
    expect(first.events[0]).toEqual({
      id: expect.stringMatching(/^\d+$/),
      event: "queued",
      data: { ticketId, queues: ["duel"], eta: null },
    });
    first.close();

    // Nothing new to say: the answer still comes at once, and not with the next event.
    const second = await follow(b.url, ticketId, token, first.events[0]!.id);
    expect(second.response.status).toBe(200);
    await call(a.url, `DELETE /v1/tickets/${ticketId}`, { token });
    expect(await second.ended).toBe("ended");
    expect(second.events.map(({ event }) => event)).toEqual(["cancelled"]);

    const all = await follow(b.url, ticketId, token);
    expect(await all.ended).toBe("ended");
    expect(all.events).toEqual([...first.events, ...second.events]);

    // Who has seen the end already is told it again: a stream always ends with it.
    const late = await follow(a.url, ticketId, token, second.events[0]!.id);
    expect(await late.ended).toBe("ended");
    expect(late.events).toEqual(second.events);
  });

  it("[R7] a ticket is cancelled once; one that ended is TICKET_FINAL", async () => {
    const { url } = await start();
    const { token } = await newGuest(url);
    const { ticketId } = (await postTicket(url, token)).body;
    const cancelled = await call(url, `DELETE /v1/tickets/${ticketId}`, { token });
    expect([cancelled.status, cancelled.body.status]).toEqual([200, "cancelled"]);
    expect((await postTicket(url, token)).status).toBe(201);
  });

  it("a ticket expires, and the stream ends with it", async () => {
    const { url } = await start();
    const { token } = await newGuest(url);
    const { ticketId } = (await postTicket(url, token, "short")).body;
    const stream = await follow(url, ticketId, token);
    expect(await stream.ended).toBe("ended");
    expect(stream.events.map(({ event }) => event)).toEqual(["queued", "expired"]);
    const late = await call(url, `DELETE /v1/tickets/${ticketId}`, { token });
    expect(late.body).toMatchObject({ status: 409, code: "TICKET_FINAL", detail: "The ticket is expired." });
  });

  it("another replica decides when the first one closes", async () => {
    const cluster = newCluster();
    const first = await start({}, cluster);
    await vi.waitFor(async () => {
      // The first one decides: it has written its epoch.
      expect(await cluster.log.last("mm.main.d")).toBeDefined();
    });
    const second = await start({}, cluster);
    const { token } = await newGuest(second.url);
    const before = (await cluster.log.last("mm.main.d"))?.seq ?? 0;
    await first.close();
    const { ticketId } = (await postTicket(second.url, token, "short")).body;
    const stream = await follow(second.url, ticketId, token);
    expect(await stream.ended).toBe("ended");
    expect(stream.events.at(-1)?.event).toBe("expired");
    expect((await cluster.log.last("mm.main.d"))?.seq).toBeGreaterThan(before);
  });

  it("a replica that starts later knows what was before", async () => {
    const cluster = newCluster();
    const first = await start({}, cluster);
    const { token } = await newGuest(first.url);
    const { ticketId } = (await postTicket(first.url, token)).body;
    await first.close();
    const second = await start({}, cluster);
    expect((await call(second.url, `GET /v1/tickets/${ticketId}`, { token })).body.status).toBe("open");
  });

  it("a queue's numbers", async () => {
    const { url } = await start();
    await postTicket(url, (await newGuest(url)).token);
    expect((await call(url, "GET /v1/queues")).body).toEqual({ queues: QUEUES.split(", ") });
    expect((await call(url, "GET /v1/queues/duel/stats")).body).toEqual({
      open: 1,
      proposed: 0,
      placing: 0,
      oldestMs: expect.any(Number),
      deciles: [],
      eta: null,
    });
    expect((await call(url, "GET /v1/queues/short/stats")).body).toMatchObject({ open: 0, oldestMs: 0 });
    expect((await call(url, "GET /v1/regions")).body).toEqual({ regions: [] });
  });

  it("closing ends streams", async () => {
    const running = await start();
    const { token } = await newGuest(running.url);
    const { ticketId } = (await postTicket(running.url, token)).body;
    const stream = await follow(running.url, ticketId, token);
    await running.close();
    expect(await stream.ended).toBe("ended");
  });
});

describe("probes", () => {
  it("healthz while it answers, readyz while the cluster is there", async () => {
    const cluster = newCluster();
    const { url } = await start({}, cluster);
    const probe = async (path: string) => (await fetch(url + path)).status;
    expect([await probe("/healthz"), await probe("/readyz")]).toEqual([200, 200]);
    await cluster.close();
    expect([await probe("/healthz"), await probe("/readyz")]).toEqual([200, 503]);
  });
});

describe("browsers on other origins", () => {
  const ORIGIN = "https://play.example";

  it("may ask first", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/tickets`, {
      method: "OPTIONS",
      headers: {
        origin: ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,idempotency-key",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-methods")).toMatch(/GET.*POST.*DELETE/);
    expect(response.headers.get("access-control-allow-headers")).toMatch(
      /authorization.*content-type.*idempotency-key.*last-event-id/,
    );
  });

  it.each([
    ["GET /v1/queues", 200],
    ["GET /v1/nothing", 404],
    ["PUT /v1/tickets", 405],
    ["GET /v1/tickets/x", 401],
  ])("can read %s", async (what, status) => {
    const { url } = await start();
    const answer = await call(url, what, { headers: { origin: ORIGIN } });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, "*"]);
  });

  it("can read a stream", async () => {
    const { url } = await start();
    const { token } = await newGuest(url);
    const { ticketId } = (await postTicket(url, token)).body;
    const response = await fetch(`${url}/v1/tickets/${ticketId}/events`, {
      headers: { origin: ORIGIN, authorization: `Bearer ${token}` },
    });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    await response.body?.cancel();
  });

  it("only the named ones, when some are named", async () => {
    const { url } = await start({ WARREN_CORS_ORIGINS: `${ORIGIN},https://other.example` });
    const allowed = async (origin: string) =>
      (await call(url, "GET /v1/queues", { headers: { origin } })).headers.get("access-control-allow-origin");
    expect(await allowed(ORIGIN)).toBe(ORIGIN);
    expect(await allowed("https://evil.example")).toBeNull();
  });
});

describe("HTTP/2 on the same port", () => {
  let session: ClientHttp2Session;
  let url = "";
  beforeAll(async () => {
    ({ url } = await start());
    session = connect(url);
    closing.push(async () => session.destroy());
  });

  function h2(
    headers: Record<string, string>,
    body?: string,
  ): Promise<{ status: number; text: string; type: string }> {
    return new Promise((resolve, reject) => {
      const request = session.request(headers);
      let text = "";
      let status = 0;
      let type = "";
      request.setEncoding("utf8");
      request.on("response", (head) => {
        status = head[":status"] ?? 0;
        type = String(head["content-type"]);
      });
      request.on("data", (chunk: string) => {
        text += chunk;
      });
      request.on("end", () => resolve({ status, text, type }));
      request.on("error", reject);
      request.end(body);
    });
  }

  it("requests, problems and event streams", async () => {
    const guest = await h2({ ":method": "POST", ":path": "/v1/guests" });
    expect(guest.status).toBe(201);
    const authorization = `Bearer ${JSON.parse(guest.text).token}`;
    const missing = await h2({ ":path": "/v1/nothing" });
    expect([missing.status, missing.type]).toEqual([
      404,
      expect.stringMatching(/^application\/problem\+json/),
    ]);
    const posted = await h2(
      {
        ":method": "POST",
        ":path": "/v1/tickets",
        authorization,
        "content-type": "application/json",
        "idempotency-key": "one",
      },
      JSON.stringify({ queues: ["duel"], join }),
    );
    const { ticketId } = JSON.parse(posted.text);
    const stream = h2({ ":path": `/v1/tickets/${ticketId}/events`, authorization });
    // Both protocols at the same time, on the same port.
    expect((await fetch(`${url}/v1/queues`)).status).toBe(200);
    expect(
      (await h2({ ":method": "DELETE", ":path": `/v1/tickets/${ticketId}`, authorization })).status,
    ).toBe(200);
    const { text, type } = await stream;
    expect(type).toBe("text/event-stream");
    expect(text.match(/event: \w+/g)).toEqual(["event: queued", "event: cancelled"]);
  });
});

describe("who has gone", () => {
  const frame = (type: number, flags: number, stream: number, payload: readonly number[]) => [
    ...[0, 0, payload.length, type, flags, 0, 0, 0, stream],
    ...payload,
  ];
  const text = (value: string) => [value.length, ...Buffer.from(value)];

  it("is not answered, nothing is done for it, and it is no failure of the server", async () => {
    const { url, metric } = await start();
    const socket = connectTcp(Number(new URL(url).port), "127.0.0.1");
    closing.push(async () => socket.destroy());
    // A method, http, a path and an authority; CANCEL comes in the same packet, so that it is read before anything is handled.
    const headers = (method: number, path: string) => [method, 0x86, 0x04, ...text(path), 0x01, ...text("a")];
    const gone = [1, 3, 5].flatMap((stream) => [
      ...frame(1, 5, stream, headers(0x83, "/v1/guests")),
      ...frame(3, 0, stream, [0, 0, 0, 8]),
    ]);
    const waits = frame(1, 5, 7, headers(0x82, "/v1/queues"));
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(Buffer.from([...preface, ...frame(4, 0, 0, []), ...gone, ...waits]));
    const answered = async () =>
      (await metric("warren_http_request_seconds_count{")).some((line) => line.includes("/v1/queues"));
    await eventually(async () => ((await answered()) ? undefined : "who waits is not answered"));
    expect(await metric("warren_http_problems_total{")).toEqual([]);
    const guests = (await metric("warren_http_request_seconds_count{")).filter((line) =>
      line.includes("/v1/guests"),
    );
    expect(guests).toEqual([expect.stringMatching(/status="499"\} 3$/)]);
  });
});

describe("/openapi.json", () => {
  type Operation = {
    responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
    parameters?: { name: string; in: string }[];
    security?: object[];
  };
  it("is OpenAPI 3.1 and names every route, parameter and problem code", async () => {
    const { url } = await start();
    const { ERRORS } = await import("@warren/protocol");
    const { body } = await call(url, "GET /openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(body.info).toMatchObject({ title: "Warren", version: "1" });
    const routes = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, operations]) =>
        Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(routes.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(
      [
        "POST /v1/guests",
        "POST /v1/tickets",
        "GET /v1/tickets/{id}",
        "DELETE /v1/tickets/{id}",
        "GET /v1/tickets/{id}/events",
        "GET /v1/tickets/{id}/explain",
        "GET /v1/players/{player}/tickets",
        "DELETE /v1/players/{player}/tickets",
        "GET /v1/players/{player}/ratings",
        "POST /v1/lobbies",
        "POST /v1/lobbies/join",
        "GET /v1/lobbies/{id}",
        "DELETE /v1/lobbies/{id}",
        "GET /v1/lobbies/{id}/events",
        "POST /v1/lobbies/{id}/leader",
        "POST /v1/lobbies/{id}/queues",
        "POST /v1/lobbies/{id}/ready",
        "DELETE /v1/lobbies/{id}/members/{player}",
        "GET /v1/rooms",
        "POST /v1/matches/{match}/accept",
        "POST /v1/matches/{match}/decline",
        "POST /v1/rooms",
        "POST /v1/rooms/join",
        "POST /v1/rooms/watch",
        "POST /v1/players/me/seats/{room}",
        "POST /v1/players/{player}/messages",
        "GET /v1/queues",
        "GET /v1/queues/{queue}/stats",
        "GET /v1/regions",
        "GET /v1/counts",
        "GET /v1/counts/events",
      ].sort(),
    );
    const PUBLIC = [
      "/v1/guests",
      "/v1/counts",
      "/v1/counts/events",
      "/v1/queues",
      "/v1/queues/{queue}/stats",
      "/v1/regions",
      "GET /v1/rooms",
    ];
    for (const { path, method, operation } of routes) {
      const where = `${method} ${path}`;
      const statuses = Object.keys(operation.responses);
      expect(statuses, where).toEqual(
        expect.arrayContaining([expect.stringMatching(/^2\d\d$/), "4XX", "5XX"]),
      );
      for (const status of ["4XX", "5XX"]) {
        const problem = operation.responses[status]?.content?.["application/problem+json"]?.schema as {
          properties: { code: { enum: string[] } };
        };
        expect(problem?.properties.code.enum, where).toEqual(Object.keys(ERRORS));
      }
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect(
        declared.map(({ name }) => name),
        where,
      ).toEqual(inPath);
      expect(operation.security ?? [], where).toEqual(
        PUBLIC.includes(path) || PUBLIC.includes(`${method.toUpperCase()} ${path}`) ? [] : [{ bearer: [] }],
      );
    }
    expect(body.components.securitySchemes.bearer).toEqual({ type: "http", scheme: "bearer" });
    const events = body.paths["/v1/tickets/{id}/events"].get;
    expect(Object.keys(events.responses["200"].content)).toEqual(["text/event-stream"]);
    expect(JSON.stringify(body)).not.toContain("$ref");
  });
});
