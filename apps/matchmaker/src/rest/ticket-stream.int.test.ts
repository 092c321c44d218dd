import { memoryCluster } from "@warren/cluster/memory";
import { defineGame, defineQueue } from "@warren/game";
import { type ReplicaId, systemClock } from "@warren/kernel";
import { WaitStats } from "@warren/matchmaking";
import { TicketsClosed_Cause } from "@warren/protocol/services";
import { createLogger, createRegistry, NO_KEYS } from "@warren/service";
import fastify from "fastify";
import { expect, it } from "vitest";
import { Domain } from "../log/domain.ts";
import { matchmakerMetrics } from "../metrics.ts";
import { Nodes } from "../rooms/nodes.ts";
import { Bell } from "./testing/bell.ts";
import { streamTicket } from "./ticket-stream.ts";

it("who waits is told how the search goes, without an id, and only when it goes differently", async () => {
  const logger = createLogger({ name: "test", level: "silent", format: "json" });
  const cluster = memoryCluster(systemClock);
  const queues = {
    ranked: defineQueue({
      room: "arena",
      size: 2,
      attributes: { mmr: { type: "number", default: 1_500 } },
      skill: {
        attribute: "mmr",
        windows: [
          { atMs: 0, value: 50 },
          { atMs: 60_000, value: 100 },
        ],
      },
    }),
    casual: defineQueue({ room: "arena", size: 2 }),
  };
  const domain = new Domain({ name: "main", queues, log: cluster.log, clock: systemClock, logger });
  await domain.start();
  await domain.append(domain.ticketSubject, {
    $case: "ticketPosted",
    value: {
      ticketId: "t",
      players: [{ playerId: "P", joinJson: "", attributes: [], latencies: [] }],
      queues: ["ranked", "casual"],
      replace: false,
      lobbyId: "",
    },
  });
  const [ticket] = domain.fold.tickets.values();
  const clock = new Bell();
  const waits = new WaitStats(domain);
  const nodes = new Nodes({
    game: defineGame({ rooms: {} }),
    cluster,
    replicaId: "mm_a" as ReplicaId,
    keys: NO_KEYS,
    clock,
    log: logger,
    metrics: matchmakerMetrics(createRegistry("test")),
  });
  const app = fastify({ forceCloseConnections: true });
  app.get("/", (_request, reply) =>
    streamTicket({
      reply,
      ticket: ticket!,
      player: ticket!.players[0]!.id,
      domain,
      nodes,
      waits,
      clock,
      afterSeq: 0,
      onClosed: () => {},
    }),
  );
  const response = await fetch(await app.listen({ port: 0, host: "127.0.0.1" }));
  let text = "";
  const reading = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += new TextDecoder().decode(chunk);
  })().catch(() => {});
  const searches = () => text.split("\n\n").filter((block) => block.startsWith("event: searching"));
  const line = (data: object) => `event: searching\ndata: ${JSON.stringify({ ticketId: "t", ...data })}`;
  await expect.poll(() => text).toMatch(/event: queued/);
  clock.ring();
  clock.ring();
  const told = [
    line({ queue: "ranked", windowNow: { skill: 50 }, eta: null }),
    line({ queue: "casual", windowNow: {}, eta: null }),
  ];
  await expect.poll(searches).toEqual(told);
  // A minute later for the queue: its window is wider.
  Object.assign(ticket!, { postedAtMs: ticket!.postedAtMs - 60_000 });
  clock.ring();
  await expect
    .poll(searches)
    .toEqual([...told, line({ queue: "ranked", windowNow: { skill: 100 }, eta: null })]);
  await domain.append(domain.ticketSubject, {
    $case: "ticketsClosed",
    value: { ticketIds: ["t"], cause: TicketsClosed_Cause.CANCELLED },
  });
  await reading;
  expect(text).toMatch(/event: cancelled\ndata: {"ticketId":"t","cause":"asked"}\n\n$/);
  expect(clock.count).toBe(0);
  await app.close();
  domain.close();
  await cluster.close();
});

it("[R4] a silent stream has a heartbeat, a line that begins with a colon, until its client is gone", async () => {
  const logger = createLogger({ name: "test", level: "silent", format: "json" });
  const cluster = memoryCluster(systemClock);
  const domain = new Domain({ name: "main", queues: {}, log: cluster.log, clock: systemClock, logger });
  await domain.start();
  await domain.append(domain.ticketSubject, {
    $case: "ticketPosted",
    value: {
      ticketId: "t",
      players: [{ playerId: "P", joinJson: "", attributes: [], latencies: [] }],
      queues: ["duel"],
      replace: false,
      lobbyId: "",
    },
  });
  const [ticket] = domain.fold.tickets.values();
  const clock = new Bell();
  const nodes = new Nodes({
    game: defineGame({ rooms: {} }),
    cluster,
    replicaId: "mm_a" as ReplicaId,
    keys: NO_KEYS,
    clock,
    log: logger,
    metrics: matchmakerMetrics(createRegistry("test")),
  });
  let closed = 0;
  const app = fastify({ forceCloseConnections: true });
  app.get("/", (_request, reply) =>
    streamTicket({
      reply,
      ticket: ticket!,
      player: ticket!.players[0]!.id,
      domain,
      nodes,
      waits: new WaitStats(domain),
      clock,
      afterSeq: 0,
      onClosed: () => closed++,
    }),
  );
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  let text = "";
  const reading = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += new TextDecoder().decode(chunk);
  })().catch(() => {});
  await expect.poll(() => text).toMatch(/^id: 1\nevent: queued\ndata: .*\n\n$/);
  const before = text.length;
  clock.ring();
  clock.ring();
  await expect.poll(() => text.slice(before)).toBe(": still here\n\n: still here\n\n");
  abort.abort();
  await reading;
  await expect.poll(() => closed).toBe(1);
  expect(clock.count).toBe(0);
  await app.close();
  domain.close();
  await cluster.close();
});
