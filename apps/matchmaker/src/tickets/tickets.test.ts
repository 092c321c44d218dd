import { memoryCluster } from "@warren/cluster/memory";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { parsePlayerId, systemClock } from "@warren/kernel";
import { createLogger } from "@warren/service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Domain } from "../log/domain.ts";
import type { RatingReader } from "./ticket-request.ts";
import { Tickets } from "./tickets.ts";

const arena = defineRoom({ seats: 2, state: t.state({ phase: t.u8() }) });
const game = defineGame({
  rooms: { arena },
  queues: { duel: defineQueue({ room: "arena", size: 2 }), other: defineQueue({ room: "arena", size: 2 }) },
});
const logger = createLogger({ name: "test", level: "silent", format: "json" });
const cluster = memoryCluster(systemClock);
let domains: Domain[] = [];
let a: Tickets;
let b: Tickets;

// Two replicas on one log, called in one turn: neither can have folded what the other writes.
beforeEach(async () => {
  domains = [0, 1].map(
    () => new Domain({ name: "main", queues: game.queues, log: cluster.log, clock: systemClock, logger }),
  );
  for (const domain of domains) await domain.start();
  [a, b] = domains.map((domain) => new Tickets(game, domain)) as [Tickets, Tickets];
});
afterEach(() => {
  for (const domain of domains) domain.close();
});

let players = 0;
const request = (player: string, queue = "duel", idempotencyKey = "one") => ({
  playerId: parsePlayerId(player),
  idempotencyKey,
  queues: [queue],
  from: [{ playerId: parsePlayerId(player), isTrusted: false, path: "" }],
  replace: false,
});

it("[R1] one key on two replicas at once makes one ticket, and one of them made it", async () => {
  const posted = request(`P${++players}`);
  const answers = await Promise.all([a.post(posted), b.post(posted)]);
  expect(new Set(answers.map(({ ticket }) => ticket.id)).size).toBe(1);
  expect(answers.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
});

it("[R2] two keys on two replicas at once: one is told of the other", async () => {
  const player = `P${++players}`;
  const answers = await Promise.allSettled([
    a.post(request(player, "duel", "one")),
    b.post(request(player, "other", "two")),
  ]);
  const [won] = answers.filter((answer) => answer.status === "fulfilled");
  const [lost] = answers.filter((answer) => answer.status === "rejected");
  expect(lost?.reason).toMatchObject({
    code: "TICKET_EXISTS",
    details: { ticketId: won?.value.ticket.id, queues: ["duel"] },
  });
});

it("[R7] two cancels at once are one", async () => {
  const posted = request(`P${++players}`);
  const { ticket } = await a.post(posted);
  const cancelled = await Promise.all([
    a.cancel(ticket.id, posted.playerId),
    b.cancel(ticket.id, posted.playerId),
  ]);
  expect(cancelled.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
  expect(ticket.history.map(({ type }) => type)).toEqual(["queued", "cancelled"]);
});

describe("what the replica that takes a post looks up", () => {
  const rated = defineQueue({
    room: "arena",
    teams: { count: 1, size: 2 },
    rating: { name: "elo", mu: 1_000, sigma: 300 },
  });
  const ratedGame = defineGame({ rooms: { arena }, queues: { rated, also: rated } });

  it("the ratings its queues match by, once each; who has none is new", async () => {
    const domain = new Domain({
      name: "rated",
      queues: ratedGame.queues,
      log: cluster.log,
      clock: systemClock,
      logger,
    });
    await domain.start();
    domains.push(domain);
    const asked: unknown[] = [];
    const ratings: RatingReader = {
      async read(name, of) {
        asked.push([name, of]);
        return new Map([[parsePlayerId("Old"), { mu: 1_800, sigma: 60 }]]);
      },
    };
    const tickets = new Tickets(ratedGame, domain, { ratings });
    const from = ["Old", "New"].map((id) => ({ playerId: parsePlayerId(id), isTrusted: true, path: "" }));
    const { ticket } = await tickets.post({ ...request("Old", "rated"), queues: ["rated", "also"], from });
    expect(asked).toEqual([["elo", ["Old", "New"]]]);
    expect(ticket.players.map(({ attributes }) => attributes)).toEqual([
      [{ name: "elo", value: 1_800, sigma: 60 }],
      [{ name: "elo", value: 1_000, sigma: 300 }],
    ]);
  });

  it("the regions there are: latencies to others are dropped, unless none is known yet", async () => {
    let regions = [{ region: "eu", pingUrl: "" }];
    const tickets = new Tickets(game, domains[0]!, { regions: () => regions });
    const post = async () => {
      const ask = request(`P${++players}`);
      const from = [{ ...ask.from[0]!, latencies: { eu: 30, mars: 900 } }];
      return (await tickets.post({ ...ask, from })).ticket.players[0]!.latencies;
    };
    expect(await post()).toEqual([{ region: "eu", ms: 30 }]);
    regions = [];
    expect(await post()).toEqual([
      { region: "eu", ms: 30 },
      { region: "mars", ms: 900 },
    ]);
  });
});

it("a key whose post the log refused makes no ticket later either, and says so", async () => {
  const player = `P${++players}`;
  const answers = await Promise.allSettled([
    a.post(request(player, "duel", "one")),
    b.post(request(player, "duel", "two")),
  ]);
  const lost = answers.findIndex(({ status }) => status === "rejected");
  const repeat = () => [a, b][lost]!.post(request(player, "duel", ["one", "two"][lost]));
  const open = domains[0]!.fold.openOf.get(parsePlayerId(player))!;
  await expect(repeat()).rejects.toMatchObject({ code: "TICKET_EXISTS", details: { ticketId: open.id } });
  await a.cancel(open.id, parsePlayerId(player));
  await expect(repeat()).rejects.toThrow("refused before; ask again with another idempotency key");
  expect((await a.post(request(player, "duel", "three"))).isNew).toBe(true);
});
