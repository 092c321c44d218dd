import { createHash, randomUUID, type X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request as http1 } from "node:http";
import { type ClientHttp2Session, connect as http2 } from "node:http2";
import { request as https1 } from "node:https";
import { connect as tcp } from "node:net";
import { connect as tls } from "node:tls";
import { fileURLToPath } from "node:url";
import { Edge, freePort, type Member, Testbed } from "@warren/testbed";
import { eventually, openBrowser } from "@warren/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pressPlay, shipsOn, untilPlaying, untilTurned } from "./arena-page.ts";

// infra/edge/Caddyfile in front of two matchmakers and two room-servers, all of them processes, on a real nats-server.

const GAME = fileURLToPath(new URL("../../arena/src/game.ts", import.meta.url));
const GUESTS_PER_MINUTE_MAX = 60;

let bed: Testbed;
let edge: Edge;
let port: number;
/** How Chromium knows the edge's key. */
let trustedKey: string;
let browser: Browser;

beforeAll(async () => {
  port = await freePort();
  bed = await Testbed.start({
    matchmakers: 2,
    rooms: 2,
    game: GAME,
    env: {
      WARREN_ROOMS_PUBLIC_URL: `wss://localhost:${port}/r/{slot}`,
      WARREN_TRUSTED_PROXIES: "127.0.0.1",
      WARREN_GUESTS_PER_MINUTE_MAX: String(GUESTS_PER_MINUTE_MAX),
      WARREN_PAGE: "true",
    },
    roomsEnv: (slot) => ({ WARREN_ROOMS_SLOT: String(slot) }),
  });
  const addresses = (members: readonly Member[]) => members.map(({ url }) => new URL(url).host);
  const [room0 = "", room1 = ""] = addresses(bed.rooms);
  edge = await Edge.start({
    WARREN_EDGE_HTTPS_PORT: String(port),
    WARREN_EDGE_HTTP_PORT: String(await freePort()),
    WARREN_EDGE_ADMIN: `localhost:${await freePort()}`,
    WARREN_EDGE_MATCHMAKERS: addresses(bed.matchmakers).join(" "),
    WARREN_EDGE_ROOM_0: room0,
    WARREN_EDGE_ROOM_1: room1,
  });
  const certificate = await certificateOf(port);
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  trustedKey = createHash("sha256").update(key).digest("base64");
  browser = await openBrowser({ trustedKey });
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await edge?.close();
  await bed?.close();
});

async function certificateOf(tlsPort: number): Promise<X509Certificate> {
  const socket = tls({ port: tlsPort, servername: "localhost", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate()!;
  socket.destroy();
  return certificate;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}
type Headers = Readonly<Record<string, string>>;
type Send = (method: string, path: string, headers?: Headers, body?: unknown) => Promise<Answer>;

/** One connection by HTTP/2, to the edge or, in cleartext, past it. */
async function byHttp2(
  options: { from?: string; url?: string } = {},
): Promise<{ session: ClientHttp2Session; send: Send }> {
  const { from = "127.0.0.1", url = `https://localhost:${port}` } = options;
  const session = http2(url, {
    createConnection: () => {
      const socket = tcp({ host: "127.0.0.1", port: Number(new URL(url).port), localAddress: from });
      const isSecure = url.startsWith("https:");
      return isSecure
        ? tls({ socket, servername: "localhost", ALPNProtocols: ["h2"], rejectUnauthorized: false })
        : socket;
    },
  });
  await once(session, "connect");
  const send: Send = async (method, path, headers = {}, body) => {
    const stream = session.request({
      ":method": method,
      ":path": path,
      ...headers,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    });
    stream.end(body === undefined ? undefined : JSON.stringify(body));
    let status = 0;
    stream.on("response", (got) => {
      status = got[":status"] ?? 0;
    });
    let text = "";
    for await (const chunk of stream.setEncoding("utf8")) text += chunk;
    return { status, text };
  };
  return { session, send };
}

/** Requests by HTTP/1.1, to the edge or, in cleartext, past it. */
function byHttp1(options: { from?: string; url?: string } = {}): Send {
  const { from = "127.0.0.1", url = `https://localhost:${port}` } = options;
  const request = url.startsWith("https:") ? https1 : http1;
  return async (method, path, headers = {}, body) => {
    const sent = request(new URL(path, url), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      host: "127.0.0.1",
      servername: "localhost",
      localAddress: from,
      rejectUnauthorized: false,
      agent: false,
    } as Parameters<typeof https1>[1]);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = (await once(sent, "response")) as [AsyncIterable<Buffer> & { statusCode: number }];
    let text = "";
    for await (const chunk of answer) text += chunk.toString();
    return { status: answer.statusCode, text };
  };
}

describe("REST through the edge", () => {
  it("is answered over HTTP/2 and over HTTP/1.1", async () => {
    const { session, send } = await byHttp2();
    for (const by of [send, byHttp1()]) {
      expect(await by("GET", "/readyz")).toEqual({ status: 200, text: "ready\n" });
      const { status, text } = await by("POST", "/v1/guests");
      expect(status).toBe(201);
      expect(JSON.parse(text)).toMatchObject({ playerId: expect.stringMatching(/^guest-/) });
    }
    expect(session.alpnProtocol).toBe("h2");
    session.close();
  });

  it("a path leads to the room-server of its slot, and to no other address", async () => {
    const by = byHttp1();
    expect((await by("GET", "/r/0/ping")).status).toBe(204);
    expect((await by("GET", "/r/1/ping")).status).toBe(204);
    for (const path of ["/r/99/ping", "/r/00/ping"])
      expect(await by("GET", path)).toEqual({
        status: 404,
        text: "there is no room-server of this slot",
      });
    // In the table, but nobody is there.
    expect((await by("GET", "/r/7/ping")).status).toBe(502);
  });

  it("bodies and headers have limits", async () => {
    const by = byHttp1();
    expect((await by("POST", "/v1/guests", {}, "x".repeat(70_000))).status).toBe(413);
    expect((await by("GET", "/v1/queues", { "x-long": "x".repeat(40_000) })).status).toBe(431);
  });

  it("events come as they happen, and the stream lasts until the ticket ends", async () => {
    const { session, send } = await byHttp2();
    const { token } = JSON.parse((await send("POST", "/v1/guests")).text) as { token: string };
    const authorization = `Bearer ${token}`;
    const { ticketId } = await postTicket(send, authorization);
    const events = session.request({ ":path": `/v1/tickets/${ticketId}/events`, authorization });
    let text = "";
    events.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    await eventually(() => (text.includes("event: queued") ? undefined : `no event yet: ${text}`));
    const ended = once(events, "end");
    expect((await send("DELETE", `/v1/tickets/${ticketId}`, { authorization })).status).toBeLessThan(300);
    await ended;
    expect(text).toContain("event: cancelled");
    session.close();
  });
});

async function postTicket(send: Send, authorization: string): Promise<{ ticketId: string }> {
  const { status, text } = await send(
    "POST",
    "/v1/tickets",
    { authorization, "idempotency-key": randomUUID() },
    { queues: ["ffa"], join: { name: "Ann" }, replace: true },
  );
  expect([status, text]).toEqual([201, expect.any(String)]);
  return JSON.parse(text) as { ticketId: string };
}

describe("limits are kept by the address of the client", () => {
  /** Guests one after another, each time with another address made up, until they are refused. */
  async function guestsUntilRefused(by: Send): Promise<number> {
    for (let guests = 0; guests <= 3 * GUESTS_PER_MINUTE_MAX; guests++) {
      const { status } = await by("POST", "/v1/guests", { "x-forwarded-for": `10.9.8.${guests}` });
      if (status === 429) return guests;
      expect(status).toBe(201);
    }
    return Number.POSITIVE_INFINITY;
  }

  it.each([
    ["HTTP/1.1", "127.0.0.2", "127.0.0.3"],
    ["HTTP/2", "127.0.0.4", "127.0.0.5"],
  ])("through the edge, whatever X-Forwarded-For says (%s)", async (protocol, greedy, modest) => {
    const from = async (address: string) =>
      protocol === "HTTP/2" ? (await byHttp2({ from: address })).send : byHttp1({ from: address });
    // Each matchmaker counts for itself.
    const guests = await guestsUntilRefused(await from(greedy));
    expect(guests).toBeGreaterThanOrEqual(GUESTS_PER_MINUTE_MAX);
    expect(guests).toBeLessThanOrEqual(2 * GUESTS_PER_MINUTE_MAX);
    const other = await from(modest);
    for (let n = 0; n < 5; n++)
      expect((await other("POST", "/v1/guests", { "x-forwarded-for": greedy })).status).toBe(201);
  });

  it("X-Forwarded-For of a peer that is no trusted proxy is ignored", async () => {
    const { url } = bed.matchmakers[0]!;
    const h2c = await byHttp2({ url, from: "127.0.0.7" });
    for (const by of [byHttp1({ url, from: "127.0.0.6" }), h2c.send])
      expect(await guestsUntilRefused(by)).toBe(GUESTS_PER_MINUTE_MAX);
    h2c.session.close();
  });
});

/** A page in Chromium that pressed Play; with what its sockets were opened at. */
async function inMatch(page: Page, name: string): Promise<{ sockets: string[]; room: string }> {
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto(`https://localhost:${port}/`);
  await page.fill("#name", name);
  await page.click("#play");
  return { sockets, room: await untilPlaying(page) };
}

/** Turns the page's own ship by a key, and waits until the room says so. */
async function turn(page: Page, name: string): Promise<void> {
  const ship = (await shipsOn(page)).find((each) => each.name === name)!;
  await page.keyboard.down("ArrowLeft");
  await untilTurned(page, name, ship.angle);
  await page.keyboard.up("ArrowLeft");
}

/** By which protocol the page and what it asked for came: path → protocol. */
function protocolsOf(page: Page): Promise<[path: string, protocol: string][]> {
  return page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
      (entry): [string, string] => [
        new URL(entry.name).pathname,
        (entry as PerformanceResourceTiming).nextHopProtocol,
      ],
    ),
  );
}

describe("a page in Chromium queues, follows its ticket and plays through the edge", () => {
  async function play(by: Browser, name: string, protocol: string): Promise<void> {
    const page = await (await by.newContext()).newPage();
    const { sockets } = await inMatch(page, name);
    expect(sockets).toEqual([expect.stringMatching(new RegExp(`^wss://localhost:${port}/r/[01]$`))]);
    await turn(page, name);

    const came = await protocolsOf(page);
    const paths = came.map(([path]) => path);
    expect(paths).toEqual(expect.arrayContaining(["/", "/v1/guests", "/v1/tickets"]));
    expect(paths).toContainEqual(expect.stringMatching(/^\/v1\/tickets\/.+\/events$/));
    expect(came.filter(([, protocolOfOne]) => protocolOfOne !== protocol)).toEqual([]);
    await page.context().close();
  }

  it("over HTTP/2", () => play(browser, "Two", "h2"));

  it("over HTTP/3", async () => {
    const third = await openBrowser({ trustedKey, quicOrigin: `localhost:${port}` });
    try {
      await play(third, "Three", "h3");
    } finally {
      await third.close();
    }
  });

  it("and plays on when the edge reads its configuration again", async () => {
    const page = await (await browser.newContext()).newPage();
    const { sockets } = await inMatch(page, "Eve");
    await edge.reload();
    await turn(page, "Eve");
    expect(sockets).toHaveLength(1);
    await page.context().close();
  });
});

it("a matchmaker is killed behind the edge: no request fails, and who plays or queues does not notice", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const { sockets, room } = await inMatch(page, "Ben");
  const { session, send } = await byHttp2();
  const { token } = JSON.parse((await send("POST", "/v1/guests")).text) as { token: string };
  const authorization = `Bearer ${token}`;

  const failed: Answer[] = [];
  let cut = 0;
  let answered = 0;
  let isOver = false;
  const ask = async (request: Parameters<Send>) => {
    const answer = await send(...request);
    if (answer.status >= 400) failed.push(answer);
    answered++;
  };
  const asking = Array.from({ length: 8 }, async (_, n) => {
    while (!isOver) {
      const headers = { authorization, "idempotency-key": randomUUID() };
      const body = { queues: ["ffa"], join: { name: "Cas" }, replace: true };
      const request: Parameters<Send> =
        n % 2 === 0 ? ["GET", "/v1/queues"] : ["POST", "/v1/tickets", headers, body];
      // Half an answer cannot be taken back: its client asks again, as the SDK does.
      await ask(request).catch(() => {
        cut++;
        return ask(request);
      });
    }
  });
  await eventually(() => (answered > 200 ? undefined : `${answered} answers`));
  bed.matchmakers[0]!.signal("SIGKILL");
  const another = await pressPlay(context, `https://localhost:${port}/`, "Dot");
  await untilPlaying(another);
  const before = answered;
  await eventually(() => (answered > before + 200 ? undefined : `${answered - before} answers`));
  isOver = true;
  await Promise.all(asking);
  expect(failed).toEqual([]);
  expect(cut).toBeLessThanOrEqual(asking.length);
  expect(sockets).toHaveLength(1);
  expect(await untilPlaying(page)).toBe(room);
  session.close();
  await context.close();
});
