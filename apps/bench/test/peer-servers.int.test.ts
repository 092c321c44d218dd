import { afterEach, expect, test } from "vitest";
import { Generator } from "../src/live/generator.ts";
import { PeerServer } from "../src/live/peer-server.ts";

/** Those whose packages the workspace has; the others are downloaded by the first benchmark that needs them. */
const KINDS = ["raw-uws", "ws"];
const PLAYERS = 5;
const TIMEOUT_MS = 60_000;

const open: { end?(): Promise<void>; close?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await (each.end?.() ?? each.close?.());
});

async function started(kind: string, tickHz: number) {
  const server = await PeerServer.start(kind, { scene: { players: PLAYERS, tickHz, maxSpeed: false } });
  open.push(server);
  const generator = await Generator.start({ protocol: server.protocol });
  open.push(generator);
  return { server, generator };
}

test.each(KINDS)(
  "%s: a room without ticks answers what it is sent, as long as it is",
  async (kind) => {
    const { server, generator } = await started(kind, 0);
    await generator.open(server.port, await server.requests(2 * PLAYERS));
    const { replies } = await generator.echo({
      inFlight: 2,
      payloadBytes: 512,
      warmUpMs: 0,
      measureMs: 100,
    });
    expect(replies).toBeGreaterThan(0);
    await generator.leave();
    expect(await server.counts()).toEqual({ sent: 0, ticks: 0 });
  },
  TIMEOUT_MS,
);

test.each(KINDS)(
  "%s: rooms send their states to everybody, and rest when all have left",
  async (kind) => {
    const { server, generator } = await started(kind, 50);
    await generator.open(server.port, await server.requests(2 * PLAYERS));
    const { states } = await generator.play({ inputHz: 20, warmUpMs: 0, measureMs: 200 });
    expect(states).toBeGreaterThan(0);
    const { sent, ticks } = await server.counts();
    expect(sent! / ticks!).toBeGreaterThan(PLAYERS / 2);
    await generator.leave();
    // Each takes a second, by whose end the server knows that they left.
    expect(await server.rssAfterGc()).toBeGreaterThan(0);
    const before = await server.counts();
    await server.rssAfterGc();
    expect(await server.counts()).toEqual(before);
  },
  TIMEOUT_MS,
);
