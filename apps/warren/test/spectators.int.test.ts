import { createHash } from "node:crypto";
import { type ClientRoom, memoryStorage, Warren, watchRoom, withLag } from "@warren/client";
import { defineGame, defineRoom, t } from "@warren/game";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { TcpProxy } from "./tcp-proxy.ts";
import { World } from "./world.ts";

const Card = t.struct({ face: t.string(8) });

/** Everybody has a card of their own, and sees who holds how many. */
const table = defineRoom({
  seats: 2,
  tickHz: 50,
  sendHz: 50,
  spectators: 2,
  resumeGraceMs: 5_000,
  state: t.state({ total: t.u32(), watching: t.u8(), cards: t.table(Card, { view: "self" }) }),
  input: t.struct({ steer: t.i8() }),
  actions: { add: t.action({ by: t.u8() }, { total: t.u32() }), stop: t.action({}, {}) },
  events: { added: t.event({ total: t.u32() }), dealt: t.event({ face: t.string(8) }) },
  onJoin(room, { id }) {
    room.state.cards.add(id, { face: "ace" });
    room.emit("dealt", { face: "ace" }, [id]);
  },
  onLeave: (room, { id }) => void room.state.cards.delete(id),
  onTick(room) {
    room.state.watching = room.spectators;
  },
  on: {
    add(room, _player, { by }) {
      room.state.total += by;
      room.emit("added", { total: room.state.total });
      return { total: room.state.total };
    },
    stop(room) {
      room.end();
      return {};
    },
  },
});
const shut = defineRoom({ seats: 2, state: t.state({ n: t.u8() }) });
const game = defineGame({ rooms: { table, shut }, queues: {} });
type G = typeof game;

const secretHash = createHash("sha256").update("top").digest("hex");
const KEYS = [`backend:${secretHash}:tickets`, `reader:${secretHash}:read+messages`].join(",");

const world = new World(game);
let proxy: TcpProxy;
let url = "";
let restUrl = "";
let nodePort = 0;
const rooms: ClientRoom<G>[] = [];
beforeAll(async () => {
  proxy = await TcpProxy.start();
  const node = await world.rooms({ WARREN_ROOMS_PUBLIC_URL: `ws://127.0.0.1:${proxy.port}` });
  proxy.targetPort = nodePort = node.port;
  // Requests to watch are limited by address: one is asked by hand, the other by the SDK.
  const settings = { WARREN_SERVER_KEYS: KEYS, WARREN_GUESTS_PER_MINUTE_MAX: "1000" };
  ({ url } = await world.matchmaker(settings));
  ({ url: restUrl } = await world.matchmaker(settings));
});
afterEach(async () => {
  proxy.isDown = false;
  for (const room of rooms.splice(0)) await room.leave();
});
afterAll(async () => {
  await proxy?.close();
  await world.close();
});

const newPlayer = () => new Warren<G>(url, { storage: memoryStorage() });
function kept<R extends ClientRoom<G, "table"> | ClientRoom<G, "shut">>(room: R): R {
  rooms.push(room as unknown as ClientRoom<G>);
  return room;
}
/** Of a player who is not behind the cable that is cut. */
async function open(listed = false) {
  const player = new Warren<G>(url, {
    storage: memoryStorage(),
    webSocket: (_url, protocol) => withLag({ roundTripMs: 0 })(`ws://127.0.0.1:${nodePort}`, protocol),
  });
  return kept(await player.createRoom("table", { options: {}, join: {}, listed }));
}
const watch = async (which: { joinCode: string } | { roomId: string }) =>
  kept(await watchRoom(newPlayer(), "table", which));

async function post(body: object, token?: string) {
  const bearer = token ?? (await (await fetch(`${restUrl}/v1/guests`, { method: "POST" })).json()).token;
  const response = await fetch(`${restUrl}/v1/rooms/watch`, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe("[W1] POST /v1/rooms/watch", () => {
  it("answers with a way to watch: by its code any room, by its id only a listed one, also when it is full", async () => {
    const room = await open();
    const way = { roomId: room.id, url: `ws://127.0.0.1:${proxy.port}`, seatToken: expect.any(String) };
    const spelled = ` ${room.joinCode.slice(0, 3).toLowerCase()}-${room.joinCode.slice(3)}`;
    expect(await post({ joinCode: spelled })).toEqual({ status: 200, body: way });
    expect(await post({ roomId: room.id })).toMatchObject({
      status: 404,
      body: { code: "ROOM_NOT_FOUND", field: "roomId" },
    });

    const listed = await open(true);
    const shown = async () => (await (await fetch(`${restUrl}/v1/rooms`)).json()).rooms.length;
    await expect.poll(shown).toBe(1);
    kept(await newPlayer().joinByCode("table", listed.joinCode, { join: {} }));
    await expect.poll(shown).toBe(0);
    expect((await post({ roomId: listed.id })).body.roomId).toBe(listed.id);
  });

  it("a server key with the scope `tickets` gets one for a player, to any room", async () => {
    const room = await open();
    const ask = (key: string, body: object = {}) => post({ roomId: room.id, ...body }, key);
    expect(await ask("wk_backend_top", { playerId: "ann" })).toMatchObject({
      status: 200,
      body: { roomId: room.id },
    });
    expect(await ask("wk_backend_top")).toMatchObject({
      status: 400,
      body: { code: "INVALID_ARGUMENT", field: "playerId" },
    });
    expect(await ask("wk_reader_top", { playerId: "ann" })).toMatchObject({
      status: 403,
      body: { code: "FORBIDDEN" },
    });
    expect(await post({ joinCode: room.joinCode, playerId: "ann" })).toMatchObject({
      status: 403,
      body: { code: "FORBIDDEN", field: "playerId" },
    });
  });

  it.each<[object, number, string]>([
    [{}, 400, "INVALID_ARGUMENT"],
    [{ joinCode: "234567", roomId: "r_x" }, 400, "INVALID_ARGUMENT"],
    [{ joinCode: "OIL-001" }, 400, "INVALID_ARGUMENT"],
    [{ joinCode: "234567" }, 404, "ROOM_NOT_FOUND"],
    [{ roomId: "x" }, 400, "INVALID_ARGUMENT"],
  ])("%j is refused", async (body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { code } });
  });

  it("[W6] a room that takes no spectators is ROOM_NOT_WATCHABLE", async () => {
    const room = kept(await newPlayer().createRoom("shut", { options: {}, join: {} }));
    const which = { joinCode: room.joinCode };
    await expect(watchRoom(newPlayer(), "shut", which)).rejects.toMatchObject({ code: "ROOM_NOT_WATCHABLE" });
    await expect
      .poll(() => post(which), { interval: 250 })
      .toMatchObject({ status: 403, body: { code: "ROOM_NOT_WATCHABLE", retry: "never" } });
  });
});

describe("watchRoom", () => {
  it("[W2] shows the state and tells events, as far as they are for everyone", async () => {
    const room = await open();
    const seen = await watch({ joinCode: room.joinCode });
    const told: [string, unknown][] = [];
    for (const name of ["added", "dealt"] as const)
      seen.on(name, (payload: unknown) => told.push([name, payload]));
    expect([seen.spectator, room.spectator, seen.status, seen.id]).toEqual([true, false, "online", room.id]);
    kept(await newPlayer().joinByCode("table", room.joinCode, { join: {} }));
    await room.act("add", { by: 5 });
    await expect.poll(() => seen.state.total).toBe(5);
    await expect.poll(() => told).toEqual([["added", { total: 5 }]]);
    await expect.poll(() => room.state.cards.size).toBe(1);
    expect(seen.state.cards.size).toBe(0);
    await expect.poll(() => room.state.watching).toBe(1);
    await seen.leave();
    expect(seen.status).toBe("ended");
    await expect.poll(() => room.state.watching).toBe(0);
  });

  it("[W3] `act` rejects with SPECTATOR_ONLY at once and `send` does nothing", async () => {
    const room = await open();
    const seen = await watch({ joinCode: room.joinCode });
    const before = seen.bytesOut;
    await expect(seen.act("add", { by: 1 })).rejects.toMatchObject({ code: "SPECTATOR_ONLY" });
    expect([seen.send({ steer: 1 }), seen.inputNumber, seen.bytesOut]).toEqual([0, 0, before]);
  });

  it("[W4] a player may watch the room it sits in, and is not led back to what it watched", async () => {
    const warren = newPlayer();
    const room = kept(await warren.createRoom("table", { options: {}, join: {} }));
    const seen = kept(await watchRoom(warren, "table", { joinCode: room.joinCode }));
    expect([room.status, seen.status, seen.playerId]).toEqual(["online", "online", room.playerId]);
    expect(seen.state.cards.size).toBe(0);

    const other = newPlayer();
    kept(await watchRoom(other, "table", { joinCode: room.joinCode }));
    expect(await other.rejoin("table")).toBeUndefined();
  });

  it("[W6] one more than the room takes is ROOM_NOT_WATCHABLE", async () => {
    const room = await open();
    for (let i = 0; i < 2; i++) await watch({ joinCode: room.joinCode });
    await expect(watch({ joinCode: room.joinCode })).rejects.toMatchObject({
      code: "ROOM_NOT_WATCHABLE",
      message: "The room takes 2 spectators, and 2 watch.",
    });
  });

  it("[P12] ends when the room does", async () => {
    const room = await open();
    const seen = await watch({ joinCode: room.joinCode });
    const ended = new Promise((resolve) => seen.onStatus((status, why) => resolve([status, why?.code])));
    await room.act("stop", {});
    expect(await ended).toEqual(["ended", "ROOM_ENDED"]);
  });

  it("[W5] comes back after a lost socket with its session", async () => {
    const room = await open();
    const seen = await watch({ joinCode: room.joinCode });
    const told: string[] = [];
    seen.onStatus((status) => told.push(status));
    proxy.cut("both");
    await expect.poll(() => told).toEqual(["offline", "online"]);
    await room.act("add", { by: 1 });
    await expect.poll(() => [seen.state.total, seen.state.watching]).toEqual([1, 1]);
  });

  it("[W5] comes back with a fresh token when its session is not to be had", async () => {
    const room = await open();
    const seen = await watch({ joinCode: room.joinCode });
    const told: string[] = [];
    seen.onStatus((status) => told.push(status));
    const { count } = proxy;
    proxy.isDown = true;
    proxy.cut("both");
    // Every fourth try asks REST.
    await expect.poll(() => proxy.count).toBe(count + 3);
    proxy.isDown = false;
    await expect.poll(() => told).toEqual(["offline", "online"]);
    // The session of before has not been forgotten yet.
    await expect.poll(() => [seen.spectator, seen.state.watching]).toEqual([true, 2]);
    await room.act("add", { by: 1 });
    await expect.poll(() => seen.state.total).toBe(1);
  });
});
