import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import type { PlayerId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import {
  LogEntry,
  Match,
  MatchmakerServiceClient,
  type ResultReported,
  type WatchTicketResponse,
} from "@warren/protocol/services";
import { fromServiceError, HealthService } from "@warren/service";
import { eventually } from "@warren/testkit";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Cluster,
  closeAll,
  closing,
  keyHash,
  newCluster,
  type Replica,
  startReplica,
} from "../rest/testing/harness.ts";
import { decodeRatingRecord, ratingKey } from "./rating-record.ts";

const WEBHOOK_SECRET = "another secret only for tests, of 32+";
const KEY = "wk_backend_s3cret";
const SERVER_KEYS = `backend:${keyHash("s3cret")}:read+tickets`;

const arena = defineRoom({ seats: 4, state: t.state({ phase: t.u8() }) });
const game = defineGame({
  rooms: { arena },
  queues: {
    duel: defineQueue({ room: "arena", size: 2, rating: { name: "arena" } }),
    fun: defineQueue({ room: "arena", size: 2 }),
  },
});

afterEach(closeAll);

interface Started extends Replica {
  readonly grpc: MatchmakerServiceClient;
}

async function start(cluster: Cluster, settings: Record<string, string> = {}): Promise<Started> {
  const running = await startReplica(game, { WARREN_SERVER_KEYS: SERVER_KEYS, ...settings }, cluster);
  const grpc = new MatchmakerServiceClient(`127.0.0.1:${running.grpcPort}`, credentials.createInsecure());
  closing.push(async () => grpc.close());
  return { ...running, grpc };
}

/** The log of a match that runs: its room may report. */
async function playing(cluster: Cluster, matches: Record<string, { queue: string; players: string[] }>) {
  let count = 0;
  const append = (subject: string, body: NonNullable<LogEntry["body"]>) =>
    cluster.log.append(`mm.main.${subject}`, LogEntry.encode({ version: RECORD_VERSION, body }).finish());
  await append("d", { $case: "epochStarted", value: { epoch: 1, replicaId: "mm_before" } });
  for (const [matchId, { queue, players }] of Object.entries(matches)) {
    const ids = players.map(() => `t_main_${String(++count).padStart(26, "0")}`);
    for (const [i, playerId] of players.entries()) {
      const player = { playerId, joinJson: "{}", attributes: [], latencies: [] };
      const value = { ticketId: ids[i]!, players: [player], queues: [queue], replace: false, lobbyId: "" };
      await append("t", { $case: "ticketPosted", value });
    }
    const tickets = ids.map((ticketId, team) => ({ ticketId, team }));
    const match = Match.fromPartial({ matchId, queue, tickets, nodeId: "n_gone", roomId: roomOf(matchId) });
    await append("d", { $case: "matchesDecided", value: { epoch: 1, matches: [match] } });
    const placement = { matchId, ok: true, roomEpoch: 1, errorCode: "" };
    await append("d", { $case: "matchesPlaced", value: { placements: [placement] } });
  }
}

const roomOf = (matchId: string) => `r_${matchId.slice(2)}`;
const duel = (...players: string[]) => ({ queue: "duel", players });
const won = (matchId: string, winner: string, loser: string, reportJson = ""): ResultReported => ({
  matchId,
  roomId: roomOf(matchId),
  teams: [
    { rank: 1, players: [{ playerId: winner, left: false }] },
    { rank: 2, players: [{ playerId: loser, left: false }] },
  ],
  reportJson,
});

function report({ grpc }: Started, ...results: ResultReported[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = grpc.reportResults((error) => (error ? reject(fromServiceError(error)) : resolve()));
    call.on("error", () => {});
    for (const result of results) call.write({ result });
    call.end();
  });
}

async function ratingOf({ url }: Started, player: string) {
  const response = await fetch(`${url}/v1/players/${player}/ratings`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  const { ratings } = (await response.json()) as { ratings: { name: string; mu: number; games: number }[] };
  return ratings[0]!;
}

const played = (on: Started, player: string, games: number) =>
  eventually(async () => {
    const rating = await ratingOf(on, player);
    return rating.games === games ? undefined : `${player} has ${rating.games} games, not ${games}`;
  });

interface Told {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A studio's backend; `answer` may leave a request without an answer. */
async function backend(answer: (count: number) => number | undefined) {
  const told: Told[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      told.push({ headers: request.headers, body });
      const status = answer(told.length);
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const url = `http://127.0.0.1:${port}/results`;
  return { told, settings: { WARREN_WEBHOOK_URL: url, WARREN_WEBHOOK_SECRET: WEBHOOK_SECRET } };
}

type IsGenuine = (body: string, header: string | undefined, secret: string, nowMs?: number) => boolean;

/** The lines of docs/ratings.md, as a studio would copy them. */
async function documentedCheck(): Promise<IsGenuine> {
  const page = await readFile(new URL("../../../../docs/ratings.md", import.meta.url), "utf8");
  const [, code = ""] = /```js\n(.*?)```/s.exec(page) ?? [];
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    isGenuine: IsGenuine;
  };
  return module.isGenuine;
}

describe("results", () => {
  it("a result counts once, however often and to however many replicas it is reported", async () => {
    const cluster = newCluster();
    await playing(cluster, { m_main_1_1: duel("ann", "bob"), m_main_1_2: duel("cid", "dan") });
    const one = await start(cluster);
    const other = await start(cluster);
    expect(await ratingOf(one, "ann")).toEqual({
      name: "arena",
      mu: 1_500,
      sigma: 500,
      games: 0,
      ordinal: 0,
    });

    const result = won("m_main_1_1", "ann", "bob");
    await report(one, result, result);
    await report(other, result);
    await played(other, "ann", 1);
    const { mu } = await ratingOf(other, "ann");
    expect(mu).toBeGreaterThan(1_500);
    await report(other, won("m_main_1_1", "bob", "ann"), won("m_main_1_2", "cid", "dan"));
    // What was before it in the log is done, too.
    await played(one, "cid", 1);
    const entry = await cluster.directory.get("rating", ratingKey("arena", "ann" as PlayerId));
    expect(decodeRatingRecord(entry!.value)).toMatchObject({ mu, games: 1 });
  });

  it("a player sees the own ratings, and not another's", async () => {
    const one = await start(newCluster());
    const guest = (await (await fetch(`${one.url}/v1/guests`, { method: "POST" })).json()) as Record<
      string,
      string
    >;
    const headers = { authorization: `Bearer ${guest["token"]}` };
    const status = async (id: string) =>
      (await fetch(`${one.url}/v1/players/${id}/ratings`, { headers })).status;
    expect(await status("me")).toBe(200);
    expect(await status(guest["playerId"]!)).toBe(200);
    expect(await status("somebody")).toBe(403);
  });

  it("a match of a queue without ratings, and a room of no match, change nothing", async () => {
    const cluster = newCluster();
    await playing(cluster, {
      m_main_1_1: { queue: "fun", players: ["ann", "bob"] },
      m_main_1_2: duel("cid", "dan"),
    });
    const one = await start(cluster);
    await report(
      one,
      won("m_main_1_1", "ann", "bob"),
      won("m_main_9_9", "ann", "bob"),
      won("m_main_1_2", "cid", "dan"),
    );
    await played(one, "cid", 1);
    expect((await ratingOf(one, "ann")).games).toBe(0);
  });

  it("a result that names another room does not take the place of the right one", async () => {
    const cluster = newCluster();
    await playing(cluster, { m_main_1_1: duel("ann", "bob") });
    const one = await start(cluster);
    await report(one, { ...won("m_main_1_1", "bob", "ann"), roomId: "r_main_9_9" });
    await report(one, won("m_main_1_1", "ann", "bob"));
    await played(one, "ann", 1);
    expect((await ratingOf(one, "ann")).mu).toBeGreaterThan((await ratingOf(one, "bob")).mu);
  });

  it("a result that cannot be right is refused with the field named", async () => {
    const one = await start(newCluster());
    const good = won("m_main_1_1", "ann", "bob");
    await expect(report(one, { ...good, matchId: "m/1" })).rejects.toThrow(/match_id/);
    await expect(report(one, won("m_main_1_1", "ann", "ann"))).rejects.toThrow(/every player once/);
    await expect(report(one, { ...good, teams: [{ rank: 0, players: [] }] })).rejects.toThrow(/rank/);
  });
});

describe("webhook", () => {
  it("tells the backend of a result, signed, until it says that it has it", async () => {
    const isGenuine = await documentedCheck();
    const { told, settings } = await backend((count) => (count === 1 ? 500 : 204));
    const cluster = newCluster();
    await playing(cluster, { m_main_1_1: duel("ann", "bob") });
    const one = await start(cluster, settings);
    await report(one, won("m_main_1_1", "ann", "bob", '{"map":"large"}'));

    await eventually(async () => {
      const [pending] = await one.metric('warren_webhook_requests_total{outcome="delivered"');
      return pending ? undefined : `told ${told.length} times`;
    });
    expect(told).toHaveLength(2);
    expect(told[1]!.body).toBe(told[0]!.body);
    for (const each of told) {
      expect(each.headers["idempotency-key"]).toBe("m_main_1_1");
      const header = each.headers["warren-signature"] as string;
      expect(isGenuine(each.body, header, WEBHOOK_SECRET)).toBe(true);
      expect(isGenuine(each.body, header, `${WEBHOOK_SECRET}!`)).toBe(false);
      expect(isGenuine(each.body.replace("ann", "eve"), header, WEBHOOK_SECRET)).toBe(false);
      expect(isGenuine(each.body, header, WEBHOOK_SECRET, Date.now() + 600_000)).toBe(false);
      expect(isGenuine(each.body, undefined, WEBHOOK_SECRET)).toBe(false);
    }
    const body = JSON.parse(told[0]!.body) as { ratings: { playerId: string; after: { mu: number } }[] };
    expect(body).toEqual({
      matchId: "m_main_1_1",
      roomId: "r_main_1_1",
      queue: "duel",
      teams: won("m_main_1_1", "ann", "bob").teams,
      ratings: ["ann", "bob"].map((playerId) => ({
        playerId,
        name: "arena",
        before: { mu: 1_500, sigma: 500, games: 0 },
        after: { mu: expect.any(Number), sigma: expect.any(Number), games: 1 },
      })),
      report: { map: "large" },
    });
    expect(body.ratings[0]!.after.mu).toBe((await ratingOf(one, "ann")).mu);
  });

  it("an endpoint that never answers, or is not there, holds up nothing", async () => {
    const { told, settings } = await backend(() => undefined);
    const cluster = newCluster();
    const matches = Array.from({ length: 40 }, (_, i) => `m_main_1_${i + 1}`);
    await playing(cluster, Object.fromEntries(matches.map((id, i) => [id, duel(`a${i}`, `b${i}`)])));
    const one = await start(cluster, settings);
    await report(one, ...matches.map((id, i) => won(id, `a${i}`, `b${i}`)));
    await played(one, "a39", 1);
    expect(told.length).toBeLessThanOrEqual(16);
    await one.close();

    // The next decider finds nothing there at all, and tries again later.
    const gone = await start(cluster, { ...settings, WARREN_WEBHOOK_URL: "http://127.0.0.1:9/" });
    await eventually(async () =>
      (await gone.metric('warren_webhook_requests_total{outcome="failed"')).length > 0 ? undefined : "no try",
    );
    expect(gone.ready()).toBe(true);
    await gone.close();

    // Whoever decides next tells what nobody could be told.
    const there = await backend(() => 200);
    await start(cluster, there.settings);
    await eventually(() => (there.told.length >= 40 ? undefined : `${there.told.length} told`));
    expect(new Set(there.told.map(({ headers }) => headers["idempotency-key"]))).toEqual(new Set(matches));
  });

  it("is refused at start when it could be read on the way, or has no secret", async () => {
    const secret = { WARREN_WEBHOOK_SECRET: WEBHOOK_SECRET };
    const url = (text: string) => ({ WARREN_WEBHOOK_URL: text });
    const cluster = newCluster();
    await expect(start(cluster, { ...secret, ...url("http://example.com/r") })).rejects.toThrow(
      /WARREN_WEBHOOK_URL.*--insecure/,
    );
    await expect(start(cluster, { ...secret, ...url("nonsense") })).rejects.toThrow(/WARREN_WEBHOOK_URL/);
    await expect(start(cluster, url("https://example.com/r"))).rejects.toThrow(/WARREN_WEBHOOK_SECRET/);
    const password = await start(cluster, { ...secret, ...url("https://ann:hush@example.com/r") }).catch(
      String,
    );
    expect(password).toMatch(/WARREN_WEBHOOK_URL.*without name and password/);
    expect(password).not.toMatch(/hush/);
  });
});

describe("WatchTicket", () => {
  const bearer = (token: string) => {
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    return metadata;
  };
  /** Everything that comes until the stream ends. */
  function watch({ grpc }: Started, ticketId: string, afterSeq = 0n, metadata = bearer(KEY)) {
    const events: WatchTicketResponse[] = [];
    const stream = grpc.watchTicket({ ticketId, afterSeq }, metadata);
    const ended = new Promise<void>((resolve, reject) => {
      stream.on("data", (event: WatchTicketResponse) => events.push(event));
      stream.on("end", resolve);
      stream.on("error", (error: ServiceError) => reject(fromServiceError(error)));
    });
    ended.catch(() => {});
    return { events, ended };
  }
  async function post({ url }: Started, playerId: string): Promise<string> {
    const response = await fetch(`${url}/v1/tickets`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${KEY}`,
        "content-type": "application/json",
        "idempotency-key": playerId,
      },
      body: JSON.stringify({ queues: ["duel"], playerId }),
    });
    return ((await response.json()) as { ticketId: string }).ticketId;
  }

  it("follows a ticket to its end on any replica, and goes on after what is known", async () => {
    const cluster = newCluster();
    const one = await start(cluster);
    const other = await start(cluster);
    const ticketId = await post(one, "ann");
    const first = watch(other, ticketId);
    await eventually(() => (first.events.length === 1 ? undefined : "no event yet"));
    await fetch(`${one.url}/v1/tickets/${ticketId}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${KEY}` },
    });
    await first.ended;
    expect(first.events.map(({ event }) => event)).toEqual(["queued", "cancelled"]);
    expect(JSON.parse(first.events[0]!.dataJson)).toMatchObject({ ticketId, queues: ["duel"] });

    const again = watch(one, ticketId, first.events[0]!.seq);
    await again.ended;
    expect(again.events).toEqual([first.events[1]]);
    const late = watch(one, ticketId, first.events[1]!.seq);
    await late.ended;
    expect(late.events).toEqual([first.events[1]]);
  });

  it("says where a ticket plays, and gives no seat", async () => {
    const cluster = newCluster();
    await playing(cluster, { m_main_1_1: duel("ann", "bob") });
    const { events, ended } = watch(await start(cluster), `t_main_${"1".padStart(26, "0")}`);
    await ended;
    expect(events.map(({ event }) => event)).toEqual(["queued", "placing", "assigned"]);
    expect(JSON.parse(events[2]!.dataJson)).toEqual({
      ticketId: `t_main_${"1".padStart(26, "0")}`,
      matchId: "m_main_1_1",
      queue: "duel",
      roomId: "r_main_1_1",
      team: 0,
      roles: [],
    });
  });

  it("asks for a server key", async () => {
    const one = await start(newCluster());
    const ticketId = await post(one, "ann");
    const { token } = (await (await fetch(`${one.url}/v1/guests`, { method: "POST" })).json()) as {
      token: string;
    };
    await expect(watch(one, ticketId, 0n, new Metadata()).ended).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    await expect(watch(one, ticketId, 0n, bearer(token)).ended).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(watch(one, "t_main_00000000000000000000000099").ended).rejects.toMatchObject({
      code: "TICKET_NOT_FOUND",
    });
  });

  it("counts against the limit of event streams", async () => {
    const one = await start(newCluster(), { WARREN_STREAMS_MAX: "1" });
    const ticketId = await post(one, "ann");
    const { events } = watch(one, ticketId);
    await eventually(() => (events.length === 1 ? undefined : "no event yet"));
    expect(await one.metric("warren_event_streams{")).toEqual([expect.stringMatching(/ 1$/)]);
    await expect(watch(one, ticketId).ended).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });

  it("the standard health service says that the replica serves", async () => {
    const one = await start(newCluster());
    const check = (name: string) =>
      new Promise<number>((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = HealthService.check;
        one.grpc.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          { service: name },
          (error, answer) => (error ? reject(error) : resolve(answer?.serving ?? 0)),
        );
      });
    expect(await check("")).toBe(1);
    expect(await check("warren.matchmaking.v1.MatchmakerService")).toBe(1);
    await expect(check("nobody")).rejects.toMatchObject({ code: 5 });
  });
});
