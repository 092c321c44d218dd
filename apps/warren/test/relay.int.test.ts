import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientRoom, memoryStorage, Warren, watchRoom } from "@warren/client";
import { connectNats } from "@warren/cluster/nats";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { defineGame, defineRoom, t } from "@warren/game";
import type { RunningRoomServer } from "@warren/room-server";
import type { Registry } from "@warren/service";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { World } from "./world.ts";

/** Counts, so that an action that ran twice and an event that came twice would show. */
const table = defineRoom({
  seats: 20,
  tickHz: 30,
  sendHz: 30,
  spectators: 10,
  resumeGraceMs: 20_000,
  state: t.state({ ticks: t.u32(), total: t.u32(), steered: t.i32() }),
  input: t.struct({ steer: t.i8() }),
  actions: { add: t.action({ by: t.u8() }, { total: t.u32() }) },
  events: { added: t.event({ total: t.u32() }), beat: t.event({ n: t.u32() }) },
  onTick(room) {
    room.state.ticks++;
    for (const player of room.players.values()) room.state.steered += player.input.steer;
    if (room.state.ticks % 3 === 0) room.emit("beat", { n: room.state.ticks });
  },
  on: {
    add(room, _player, { by }) {
      room.state.total += by;
      room.emit("added", { total: room.state.total });
      return { total: room.state.total };
    },
  },
});
const game = defineGame({ rooms: { table }, queues: {} });
type G = typeof game;
type Node = RunningRoomServer & { registry: Registry };

let folder: string;
let nats: RunningNatsServer;
let world: World;
let url = "";
/** It has the rooms. */
let owner: Node;
/** It takes everyone. */
let relay: Node;
/** It sends players away. */
let other: Node;
const rooms: ClientRoom<G>[] = [];

const startNats = async (port?: number) => {
  const { path } = await ensureNatsServer({ env: process.env });
  return startNatsServer({ path, dataDir: join(folder, "nats"), ...(port !== undefined && { port }) });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-relay-"));
  nats = await startNats();
  world = new World(game, () => connectNats({ servers: nats.url, name: "test" }));
  owner = await world.rooms();
  ({ url } = await world.matchmaker({ WARREN_GUESTS_PER_MINUTE_MAX: "1000" }));
});
afterEach(async () => {
  for (const room of rooms.splice(0)) await room.leave();
});
afterAll(async () => {
  await world?.close();
  await nats?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A player whose sockets all go to one node, whatever url it is told. */
const playerOn = (node: { readonly port: number }) =>
  new Warren<G>(url, {
    storage: memoryStorage(),
    webSocket: (_url, protocol) => withLag({ roundTripMs: 0 })(`ws://127.0.0.1:${node.port}`, protocol),
  });
function kept(room: ClientRoom<G, "table">): ClientRoom<G, "table"> {
  rooms.push(room as unknown as ClientRoom<G>);
  return room;
}
const openRoom = async () => kept(await playerOn(owner).createRoom("table", { options: {}, join: {} }));
const joinOn = async (node: Node, joinCode: string) =>
  kept(await playerOn(node).joinByCode("table", joinCode, { join: {} }));

async function metric(node: Node, name: string): Promise<number> {
  const line = (await node.registry.metrics()).split("\n").find((l) => l.startsWith(`warren_room_${name}{`));
  return Number(line?.split(" ").at(-1));
}

describe("a room on another node", () => {
  it("is joined, played and left as one here", async () => {
    const here = await openRoom();
    relay = await world.rooms({ WARREN_RELAY: "true" });
    const there = await joinOn(relay, here.joinCode);
    expect([there.status, there.id]).toEqual(["online", here.id]);
    const told: number[] = [];
    there.on("added", ({ total }) => told.push(total));
    expect(await there.act("add", { by: 3 })).toEqual({ total: 3 });
    expect(await here.act("add", { by: 4 })).toEqual({ total: 7 });
    await expect.poll(() => told).toEqual([3, 7]);
    await expect.poll(() => there.state.total).toBe(7);
    const { ticks } = there.state;
    await expect.poll(() => there.state.ticks).toBeGreaterThan(ticks + 10);
    await expect
      .poll(() => {
        there.send({ steer: 1 });
        return here.state.steered;
      })
      .toBeGreaterThan(0);
    expect(await metric(relay, "relay_gaps_resynced_total")).toBe(0);
  });
});
