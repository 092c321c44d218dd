import { memoryCluster } from "@warren/cluster/memory";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { parsePlayerId, systemClock } from "@warren/kernel";
import { createLogger } from "@warren/service";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Domain } from "./domain.ts";
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
