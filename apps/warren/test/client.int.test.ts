import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ACTIONS_PENDING_MAX,
  type ClientRoom,
  InputError,
  memoryStorage,
  type PlayStatus,
  Warren,
  type WarrenError,
} from "@warren/client";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { TcpProxy } from "./tcp-proxy.ts";
import { type TestGame, World } from "./world.ts";

type Room = ClientRoom<TestGame, "counter">;

const world = new World();
let proxy: TcpProxy;
let url = "";
const rooms: Room[] = [];

beforeAll(async () => {
  proxy = await TcpProxy.start();
  const node = await world.rooms({ WARREN_ROOMS_PUBLIC_URL: `ws://127.0.0.1:${proxy.port}` });
  proxy.targetPort = node.port;
  ({ url } = await world.matchmaker());
});
afterEach(async () => {
  proxy.deaf = undefined;
  proxy.isDown = false;
  for (const room of rooms.splice(0)) await room.leave();
});
afterAll(async () => {
  await proxy.close();
  await world.close();
});

const newPlayer = (storage = memoryStorage()) => new Warren<TestGame>(url, { storage });
const join = { name: "Ann" };

function kept(room: Room): Room {
  rooms.push(room);
  return room;
}
const playSolo = async (warren = newPlayer()) => kept(await warren.play("counter", { queue: "solo", join }));
/** The matchmaker counts once a second: polled for. */
const openCount = async (queue: string): Promise<number> =>
  (await (await fetch(`${url}/v1/queues/${queue}/stats`)).json()).open;

/** Every status the room tells from now on, with the code of what ended it. */
function statusesOf(room: Room): string[] {
  const told: string[] = [];
  room.onStatus((status, why) => told.push(why ? `${status} ${why.code}` : status));
  return told;
}

describe("play", () => {
  it("waits for a match, joins it and has the state at once", async () => {
    const told: PlayStatus[] = [];
    const warren = newPlayer();
    const room = kept(
      await warren.play("counter", { queue: "solo", join, onStatus: (status) => told.push(status) }),
    );
    expect(told.map(({ status }) => status)).toEqual(["connecting", "queued", "placing", "assigned"]);
    expect([room.name, room.tickHz, room.status, room.joinCode]).toEqual(["counter", 50, "online", ""]);
    expect(room.state.total).toBe(100);
    await expect.poll(() => room.state.players.get(room.playerId)?.name).toBe("Ann");
  });

  it("puts the players of a match into one room", async () => {
    const [a, b] = await Promise.all(
      ["Ann", "Ben"].map(async (name) =>
        kept(await newPlayer().play("counter", { queue: "duel", join: { name } })),
      ),
    );
    expect(a?.id).toBe(b?.id);
    await expect
      .poll(() => [...(a?.state.players.values() ?? [])].map(({ name }) => name).sort())
      .toEqual(["Ann", "Ben"]);
  });

  it("asks the next matchmaker when the first does not answer", async () => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const dead = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const warren = new Warren<TestGame>([dead, url], { storage: memoryStorage() });
    const room = kept(await warren.play("counter", { queue: "solo", join }));
    expect(room.state.total).toBe(100);
    server.close();
  });

  it("rejects with what was wrong", async () => {
    const wrong = newPlayer().play("counter", {
      queue: "solo",
      join: { name: "a name of more than sixteen" },
    });
    await expect(wrong).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: /join\.name is "a name/ });
    const unknown = newPlayer().play("counter", { queue: "nope" as never, join });
    await expect(unknown).rejects.toMatchObject({ code: "QUEUE_UNKNOWN" });
  });

  it("a signal that aborts cancels the ticket", async () => {
    const abort = new AbortController();
    const enough = new Error("enough");
    const playing = newPlayer().play("counter", {
      queue: "slow",
      join,
      signal: abort.signal,
      onStatus: ({ status }) => status === "queued" && abort.abort(enough),
    });
    await expect(playing).rejects.toBe(enough);
    await expect.poll(() => openCount("slow")).toBe(0);
  });

  it("a guest the server does not know becomes a new one", async () => {
    const storage = memoryStorage();
    storage.setItem("warren.guest", "a.token.of-another-server");
    const room = await playSolo(newPlayer(storage));
    expect(room.playerId).toMatch(/^guest-/);
    expect(storage.getItem("warren.guest")).not.toBe("a.token.of-another-server");
  });
});

describe("[R2] a ticket from before a reload", () => {
  async function reload(queue: "slow" | "solo") {
    const storage = memoryStorage();
    const abort = new AbortController();
    let queued = () => {};
    const isQueued = new Promise<void>((resolve) => {
      queued = resolve;
    });
    // The page that is reloaded: its ticket stays, nobody waits for it any more.
    const gone = newPlayer(storage).play("counter", {
      queue: "slow",
      join,
      onStatus: ({ status }) => status === "queued" && queued(),
    });
    gone.catch(() => {});
    await isQueued;
    const statuses: string[] = [];
    const playing = newPlayer(storage).play("counter", {
      queue,
      join,
      signal: abort.signal,
      onStatus: ({ status }) => statuses.push(status),
    });
    playing.catch(() => {});
    return { abort, playing, statuses };
  }

  it("is waited for when it asked for the same", async () => {
    const { abort, playing, statuses } = await reload("slow");
    await expect.poll(() => statuses).toContain("queued");
    await expect.poll(() => openCount("slow")).toBe(1);
    abort.abort();
    await expect(playing).rejects.toThrow();
    await expect.poll(() => openCount("slow")).toBe(0);
  });

  it("makes way when it asked for something else", async () => {
    const { playing } = await reload("solo");
    kept(await playing);
    await expect.poll(() => openCount("slow")).toBe(0);
  });
});

describe("[R8] a room of one's own", () => {
  it("is opened with options, and others join by its code", async () => {
    const ann = kept(await newPlayer().createRoom("counter", { options: { start: 7 }, join }));
    expect([ann.state.total, ann.joinCode]).toEqual([7, expect.stringMatching(/^\w{6}$/)]);
    const code = ann.joinCode.toLowerCase();
    const ben = kept(await newPlayer().joinByCode("counter", code, { join: { name: "Ben" } }));
    expect([ben.id, ben.state.total]).toEqual([ann.id, 7]);
    await expect.poll(() => ann.state.players.get(ben.playerId)?.name).toBe("Ben");
    await expect(newPlayer().joinByCode("counter", "ZZZZZZ", { join })).rejects.toMatchObject({
      code: "ROOM_NOT_FOUND",
    });
  });
});

describe("in a room", () => {
  it("[P8] an action is answered with its result, after which the state shows it", async () => {
    const room = await playSolo();
    expect(await room.act("add", { by: 5 })).toEqual({ total: 105 });
    expect(await Promise.all([room.act("add", { by: 1 }), room.act("add", { by: 2 })])).toEqual([
      { total: 106 },
      { total: 108 },
    ]);
    await expect.poll(() => room.state.total).toBe(108);
  });

  it("[T3] actions begun together share a message, and so do those that follow their answers", async () => {
    vi.stubGlobal("WebSocket", WebSocket);
    const send = vi.spyOn(WebSocket.prototype, "send");
    try {
      const room = await playSolo();
      const before = send.mock.calls.length;
      const tenTimes = async () => {
        for (let i = 0; i < 10; i++) await room.act("add", { by: 1 });
      };
      await Promise.all(Array.from({ length: 16 }, tenTimes));
      const messages = send.mock.calls.length - before;
      expect(await room.act("add", { by: 1 })).toEqual({ total: 261 });
      // And an ACK now and then, because each of them is told as an event as well; after it those of one answer may part.
      expect(messages).toBeGreaterThanOrEqual(10);
      expect(messages).toBeLessThan(80);
    } finally {
      send.mockRestore();
      vi.unstubAllGlobals();
    }
  });

  it("[P9] a refusal, an action that is not there and arguments that are not valid reject", async () => {
    const room = await playSolo();
    await expect(room.act("add", { by: 0 })).rejects.toMatchObject({
      code: "ACTION_REFUSED",
      message: "nothing to add",
    });
    await expect(room.act("nope" as "add", { by: 1 })).rejects.toMatchObject({
      code: "ACTION_UNKNOWN",
      message: "action is nope; accepted: add, stop",
    });
    await expect(room.act("add", { by: 256 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: /add\.by is 256; accepted/,
    });
    expect(await room.act("add", { by: 1 })).toEqual({ total: 101 });
  });

  it("[P4] an input steers, and the state says which number was consumed", async () => {
    const room = await playSolo();
    expect([room.send({ steer: -3 }), room.send({ steer: 9 })]).toEqual([1, 2]);
    await expect.poll(() => room.consumedInput).toBeGreaterThanOrEqual(2);
    expect(room.state.players.get(room.playerId)?.steered).toBe(9);
    expect(room.inputsWaiting).toBe(0);
    expect(() => room.send({ steer: 900 })).toThrow(/input\.steer is 900/);
    expect(() => room.send({ steer: 9 }, -1)).toThrow(/seenAt is -1/);
  });

  it("[P5] a client that did not send for a while goes on above what the room has consumed", async () => {
    const room = await playSolo();
    room.send({ steer: 1 });
    await expect.poll(() => room.consumedInput).toBeGreaterThan(10);
    const { consumedInput } = room;
    expect(room.send({ steer: 5 })).toBe(consumedInput + 1);
    await expect.poll(() => room.state.players.get(room.playerId)?.steered).toBe(5);
  });

  it("[P13] ping measures the way there and back, one at a time", async () => {
    const room = await playSolo();
    const { bytesIn, bytesOut } = room;
    const pings = [room.ping(), room.ping()];
    expect(pings[0]).toBe(pings[1]);
    const roundTripMs = await room.ping();
    expect(room.bytesOut - bytesOut).toBe(4);
    expect(roundTripMs).toBeGreaterThan(0);
    expect(roundTripMs).toBeLessThan(1_000);
    expect(room.bytesIn - bytesIn).toBeGreaterThanOrEqual(3);
    const later = room.ping();
    expect(later).not.toBe(pings[0]);
    await later;
  });

  it("[P13] a ping whose answer is lost rejects", async () => {
    const room = await playSolo();
    proxy.deaf = "client";
    const ping = room.ping();
    proxy.cut("both");
    await expect(ping).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(room.ping()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect.poll(() => room.status).toBe("online");
    expect(await room.ping()).toBeGreaterThan(0);
    await room.leave();
    await expect(room.ping()).rejects.toMatchObject({ code: "ROOM_ENDED" });
  });

  it("[P6] events reach everyone in order, until the listener is taken off", async () => {
    const ann = kept(await newPlayer().createRoom("counter", { options: { start: 0 }, join }));
    const ben = kept(await newPlayer().joinByCode("counter", ann.joinCode, { join }));
    const seen: number[] = [];
    const off = ben.on("added", ({ total }) => seen.push(total));
    for (let i = 0; i < 100; i++) await ann.act("add", { by: 1 });
    await expect.poll(() => seen).toHaveLength(100);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    off();
    await ann.act("add", { by: 1 });
    await expect.poll(() => ben.state.total).toBe(101);
    expect(seen).toHaveLength(100);
  });

  it("[P11] leaving gives the seat back", async () => {
    const ann = kept(await newPlayer().createRoom("counter", { options: { start: 0 }, join }));
    const storage = memoryStorage();
    const ben = await newPlayer(storage).joinByCode("counter", ann.joinCode, { join });
    await expect.poll(() => ann.state.players.size).toBe(2);
    const told = statusesOf(ben);
    await ben.leave();
    expect([told, ben.status]).toEqual([["ended"], "ended"]);
    await expect.poll(() => ann.state.players.size).toBe(1);
    await expect(ben.act("add", { by: 1 })).rejects.toMatchObject({ code: "ROOM_ENDED" });
    expect(await newPlayer(storage).rejoin("counter")).toBeUndefined();
  });

  it("[P12] the end of the room ends it for everyone", async () => {
    const storage = memoryStorage();
    const ann = await newPlayer(storage).createRoom("counter", { options: { start: 0 }, join });
    const ben = await newPlayer().joinByCode("counter", ann.joinCode, { join });
    const told = [statusesOf(ann), statusesOf(ben)];
    await ann.act("stop", {}).catch(() => {});
    await expect.poll(() => told).toEqual([["ended ROOM_ENDED"], ["ended ROOM_ENDED"]]);
    await expect(ben.act("add", { by: 1 })).rejects.toMatchObject({ code: "ROOM_ENDED" });
    expect(await newPlayer(storage).rejoin("counter")).toBeUndefined();
  });
});

describe("[R6] after a reload", () => {
  it("play goes on in the room the player sits in; the connection before is superseded", async () => {
    const storage = memoryStorage();
    const first = await playSolo(newPlayer(storage));
    await first.act("add", { by: 5 });
    const told = statusesOf(first);
    const second = kept(await newPlayer(storage).play("counter", { queue: "solo", join }));
    expect([second.id, second.playerId, second.state.total]).toEqual([first.id, first.playerId, 105]);
    await expect.poll(() => told).toEqual(["ended SESSION_SUPERSEDED"]);
    expect(await second.act("add", { by: 1 })).toEqual({ total: 106 });
    // And once more: the end of the older connection has not made the seat forgotten.
    const third = await newPlayer(storage).rejoin("counter");
    expect(third && kept(third).id).toBe(first.id);
  });

  it("without a seat there is nothing to go back to", async () => {
    expect(await newPlayer().rejoin("counter")).toBeUndefined();
    const storage = memoryStorage();
    storage.setItem("warren.room.counter", "r_gone");
    expect(await newPlayer(storage).rejoin("counter")).toBeUndefined();
    expect(storage.getItem("warren.room.counter")).toBeNull();
  });

  it("the seat is not forgotten because the matchmaker is away for a while", async () => {
    const storage = memoryStorage();
    const room = await playSolo(newPlayer(storage));
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const away = new Warren<TestGame>(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      storage,
    });
    await expect(away.rejoin("counter")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    server.close();
    const again = await newPlayer(storage).rejoin("counter");
    expect(again && kept(again).id).toBe(room.id);
  });
});

describe("an input", () => {
  it("has a number above the last, and is refused with the range when it has not", async () => {
    const room = await playSolo();
    expect(room.send({ steer: 1 }, 0, 5)).toBe(5);
    const accepted = "accepted: a whole number, 6 to 4294967295";
    for (const number of [5, 0, 6.5, 2 ** 32, Number.NaN]) {
      expect(() => room.send({ steer: 1 }, 0, number)).toThrow(InputError);
      expect(() => room.send({ steer: 1 }, 0, number)).toThrow(`number is ${number}; ${accepted}`);
    }
    expect(() => room.send({ steer: 1 }, -1)).toThrow("seenAt is -1");
    expect(room.inputNumber).toBe(5);
  });

  it("is answered with 0 once the room has ended", async () => {
    const room = await playSolo();
    await room.leave();
    expect(room.send({ steer: 1 })).toBe(0);
  });
});

describe("[S1] a socket that is lost", () => {
  it.each(["both", "client"] as const)(
    "resumes, with state and events from there on (cut for %s)",
    async (end) => {
      const room = await playSolo();
      const told = statusesOf(room);
      const seen: number[] = [];
      room.on("added", ({ total }) => seen.push(total));
      await room.act("add", { by: 1 });
      const connections = proxy.count;
      proxy.cut(end);
      await expect.poll(() => told).toEqual(["offline", "online"]);
      expect(proxy.count).toBe(connections + 1);
      expect(await room.act("add", { by: 1 })).toEqual({ total: 102 });
      await expect.poll(() => room.state.total).toBe(102);
      expect(seen).toEqual([101, 102]);
      expect(room.send({ steer: 4 })).toBe(1);
      await expect.poll(() => room.state.players.get(room.playerId)?.steered).toBe(4);
    },
  );

  it.each([
    ["was executed, and the reply is lost", "client"],
    ["never arrived", "server"],
  ] as const)("[S3] an action that %s is executed exactly once", async (_title, deaf) => {
    const room = await playSolo();
    await room.act("add", { by: 1 });
    proxy.deaf = deaf;
    const results = [room.act("add", { by: 10 }), room.act("add", { by: 0 }), room.act("add", { by: 20 })];
    // They are on their way: something was lost already.
    const before = proxy.lostBytes;
    await expect.poll(() => proxy.lostBytes).toBeGreaterThan(before);
    proxy.cut("both");
    const [first, refused, last] = await Promise.allSettled(results);
    expect(first).toMatchObject({ value: { total: 111 } });
    expect((refused as PromiseRejectedResult).reason as WarrenError).toMatchObject({
      code: "ACTION_REFUSED",
    });
    expect(last).toMatchObject({ value: { total: 131 } });
    await expect.poll(() => room.state.players.get(room.playerId)?.added).toBe(3);
    expect(room.state.total).toBe(131);
  });

  it("[S3] an action begun while offline is executed once, too", async () => {
    const room = await playSolo();
    const told = statusesOf(room);
    proxy.cut("both");
    await expect.poll(() => told).toEqual(["offline"]);
    expect(await room.act("add", { by: 3 })).toEqual({ total: 103 });
    await expect.poll(() => room.state.players.get(room.playerId)?.added).toBe(1);
  });

  it("[S3] no more actions wait for the connection than can be sent at once", async () => {
    const room = await playSolo();
    const told = statusesOf(room);
    proxy.cut("both");
    await expect.poll(() => told).toEqual(["offline"]);
    const acting = Array.from({ length: ACTIONS_PENDING_MAX }, () => room.act("add", { by: 1 }));
    await expect(room.act("add", { by: 1 })).rejects.toMatchObject({
      code: "RATE_LIMITED",
      message: expect.stringContaining(`accepted: at most ${ACTIONS_PENDING_MAX}`),
    });
    const totals = (await Promise.all(acting)).map(({ total }) => total);
    expect(totals).toEqual(acting.map((_, i) => 101 + i));
    expect(await room.act("add", { by: 1 })).toEqual({ total: 101 + ACTIONS_PENDING_MAX });
    expect(told).toEqual(["offline", "online"]);
  });

  it("a player who leaves while offline gives the seat back with the next connection", async () => {
    const ann = kept(await newPlayer().createRoom("counter", { options: { start: 0 }, join }));
    const ben = kept(await newPlayer().joinByCode("counter", ann.joinCode, { join: { name: "Ben" } }));
    await expect.poll(() => ben.state.players.size).toBe(2);
    const [annTold, benTold] = [statusesOf(ann), statusesOf(ben)];
    proxy.cut("both");
    await expect.poll(() => [annTold, benTold]).toEqual([["offline"], ["offline"]]);
    const leftAtMs = performance.now();
    await ann.leave();
    expect(ann.status).toBe("ended");
    await expect.poll(() => ben.state.players.size).toBe(1);
    // The room's grace is 3 s.
    expect(performance.now() - leftAtMs).toBeLessThan(2_000);
    expect(annTold).toEqual(["offline", "ended"]);
  });

  it("survives being cut again and again", async () => {
    const room = await playSolo();
    let sum = 100;
    for (let i = 1; i <= 4; i++) {
      const acting = room.act("add", { by: i });
      proxy.cut(i % 2 === 0 ? "both" : "client");
      sum += i;
      expect(await acting).toEqual({ total: sum });
    }
    expect(room.status).toBe("online");
  });

  it("[S6] ends when the grace is over, and pending actions with it", async () => {
    const room = await playSolo();
    const told = statusesOf(room);
    proxy.isDown = true;
    proxy.cut("both");
    const pending = room.act("add", { by: 1 });
    await expect(pending).rejects.toMatchObject({ name: "WarrenError" });
    expect(told).toEqual(["offline", expect.stringMatching(/^ended (UNAVAILABLE|SESSION_NOT_FOUND)/)]);
  });
});
