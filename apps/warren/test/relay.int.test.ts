import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientRoom, memoryStorage, Warren, watchRoom, withLag } from "@warren/client";
import { connectNats } from "@warren/cluster/nats";
import { ensureNatsServer, type RunningNatsServer, startNatsServer } from "@warren/cluster/nats-server";
import { defineGame, defineRoom, t } from "@warren/game";
import type { RunningRoomServer } from "@warren/room-server";
import type { Registry } from "@warren/service";
import { metricSum } from "@warren/testkit";
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

const metric = async (node: Node, name: string) =>
  metricSum(await node.registry.metrics(), `warren_room_${name}`) ?? Number.NaN;

/** What a player was told, and whether it always went on from there. */
function follow(room: ClientRoom<G, "table">) {
  const told = { added: [] as number[], beats: [] as number[], statuses: [] as string[] };
  room.on("added", ({ total }) => told.added.push(total));
  room.on("beat", ({ n }) => told.beats.push(n));
  room.onStatus((status) => told.statuses.push(status));
  return told;
}

describe("a room on another node", () => {
  beforeAll(async () => {
    // A node need not know a room to relay it.
    const none = defineGame({ rooms: {}, queues: {} });
    relay = await world.rooms({ WARREN_RELAY: "true" }, none);
    other = await world.rooms({}, none);
  });

  it("is joined, played and left as one here", async () => {
    const here = await openRoom();
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

  it("[H8] a node that does not relay sends players away with ROOM_MOVED, and lets spectators in", async () => {
    const here = await openRoom();
    await expect(joinOn(other, here.joinCode)).rejects.toMatchObject({ code: "ROOM_MOVED" });
    const seen = kept(await watchRoom(playerOn(other), "table", { joinCode: here.joinCode }));
    await here.act("add", { by: 9 });
    await expect.poll(() => seen.state.total).toBe(9);
  });

  it("is asked for again by who comes to a node that sends players away", async () => {
    const here = await openRoom();
    const ports = [other.port, owner.port];
    const player = new Warren<G>(url, {
      storage: memoryStorage(),
      webSocket: (_url, protocol) => withLag({ roundTripMs: 0 })(`ws://127.0.0.1:${ports.shift()}`, protocol),
    });
    const there = kept(await player.joinByCode("table", here.joinCode, { join: {} }));
    expect(await there.act("add", { by: 2 })).toEqual({ total: 2 });
  });

  it("[S1] is come back to over the same node, with its session", async () => {
    const here = await openRoom();
    let cut = () => {};
    const player = new Warren<G>(url, {
      storage: memoryStorage(),
      async webSocket(_url, protocol) {
        const socket = await withLag({ roundTripMs: 0 })(`ws://127.0.0.1:${relay.port}`, protocol);
        cut = () => socket.close();
        return socket;
      },
    });
    const there = kept(await player.joinByCode("table", here.joinCode, { join: {} }));
    const told = follow(there);
    cut();
    await expect.poll(() => told.statuses).toEqual(["offline", "online"]);
    expect(await there.act("add", { by: 2 })).toEqual({ total: 2 });
    await expect.poll(() => told.added).toEqual([2]);
  });

  it("spectators and players of one node share one state a tick", async () => {
    const here = await openRoom();
    const joined: ClientRoom<G, "table">[] = [];
    for (let i = 0; i < 4; i++) joined.push(await joinOn(relay, here.joinCode));
    for (let i = 0; i < 4; i++)
      joined.push(kept(await watchRoom(playerOn(relay), "table", { joinCode: here.joinCode })));
    // When all have had their snapshots.
    await expect.poll(() => joined.every((room) => room.state.ticks > 0)).toBe(true);
    const before = { states: await metric(owner, "relay_states_total"), ticks: here.state.ticks };
    await expect.poll(() => here.state.ticks).toBeGreaterThan(before.ticks + 30);
    const states = (await metric(owner, "relay_states_total")) - before.states;
    // One more when the two counts were not read in the same tick.
    expect(states).toBeLessThanOrEqual(here.state.ticks - before.ticks + 1);
    expect(joined.map((room) => here.state.ticks - room.state.ticks < 5)).toEqual(joined.map(() => true));
  });

  it("outlives NATS: nobody is dropped, and no event or action is lost or repeated", async () => {
    const here = await openRoom();
    const there: ClientRoom<G, "table">[] = [];
    for (let i = 0; i < 5; i++) there.push(await joinOn(relay, here.joinCode));
    const seen = kept(await watchRoom(playerOn(relay), "table", { joinCode: here.joinCode }));
    const told = [...there, seen].map(follow);
    let asked = 0;
    const answers: Promise<{ total: number }>[] = [];
    /** However long NATS is away, a client has fewer actions under way than it may have. */
    const waiting = new Map<ClientRoom<G, "table">, number>(there.map((room) => [room, 0]));
    const act = async (room: ClientRoom<G, "table">) => {
      waiting.set(room, waiting.get(room)! + 1);
      const answer = await room.act("add", { by: 1 });
      waiting.set(room, waiting.get(room)! - 1);
      return answer;
    };
    const load = setInterval(() => {
      for (const room of there) {
        room.send({ steer: 1 });
        if (waiting.get(room)! >= 100) continue;
        answers.push(act(room));
        asked++;
      }
    }, 20);
    const { port } = nats;
    await expect.poll(() => seen.state.total).toBeGreaterThan(20);
    nats.kill("SIGKILL");
    await nats.exited;
    const { ticks } = here.state;
    await expect.poll(() => here.state.ticks, { timeout: 10_000 }).toBeGreaterThan(ticks + 60);
    nats = await startNats(port);
    const { total } = seen.state;
    await expect.poll(() => seen.state.total, { timeout: 15_000 }).toBeGreaterThan(total + 50);
    clearInterval(load);
    const totals = (await Promise.all(answers)).map((answer) => answer.total);
    expect(totals.toSorted((a, b) => a - b)).toEqual(totals.map((_, i) => i + 1));
    expect(totals.length).toBe(asked);
    for (const one of told) {
      await expect.poll(() => one.added.length).toBe(asked);
      expect(one.added).toEqual(one.added.map((_, i) => i + 1));
      expect(one.beats).toEqual(one.beats.map((_, i) => one.beats[0]! + 3 * i));
      expect(one.statuses).toEqual([]);
    }
  });
});
