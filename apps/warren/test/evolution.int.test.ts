import { ClientRoom, memoryStorage, type RoomStatus, Warren, wireSchemaOf } from "@warren/client";
import { defineGame, defineRoom, t } from "@warren/game";
import { eventually } from "@warren/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { TcpProxy } from "./tcp-proxy.ts";
import { World } from "./world.ts";

// Pages that were built for one version of a room, on servers that run another.

const Mark = { name: t.string(16), steered: t.i8() };
const older = {
  state: t.state({ phase: t.enum("lobby", "fight"), marks: t.table(t.struct(Mark)) }),
  input: t.struct({ steer: t.i8() }),
  actions: { add: t.action({ by: t.u8() }, { total: t.u32() }) },
  events: { added: t.event({ by: t.u8() }) },
};
const Mood = t.enum("calm", "wild");
/** What was added stands first, so that nothing has its old place. */
const newer = {
  state: t.state({
    weather: t.string(8),
    phase: t.enum("over", "fight", "lobby"),
    shots: t.table(t.struct({ x: t.f32() })),
    marks: t.table(t.struct({ mood: t.enum("unknown", "calm", "wild"), ...Mark })),
  }),
  input: t.struct({ mood: Mood, steer: t.i8() }),
  actions: {
    jump: t.action({}, {}),
    add: t.action({ mood: Mood, by: t.u8() }, { mood: Mood, total: t.u32() }),
  },
  events: { jumped: t.event({}), added: t.event({ mood: Mood, by: t.u8() }) },
};
const withoutSteered = {
  ...older,
  state: t.state({ phase: t.enum("lobby", "fight"), marks: t.table(t.struct({ name: t.string(16) })) }),
};

const common = { seats: 2, tickHz: 50, sendHz: 50, resumeGraceMs: 10_000 } as const;
const olderGame = defineGame({
  rooms: {
    field: defineRoom({
      ...common,
      ...older,
      onJoin: (room, player) => void room.state.marks.add(player.id, { name: "Ann" }),
      onTick(room) {
        room.state.phase = "fight";
        for (const [id, { input }] of room.players)
          Object.assign(room.state.marks.get(id) ?? {}, { steered: input.steer });
      },
      on: { add: (_room, _player, { by }) => ({ total: by }) },
    }),
  },
});
const newerGame = defineGame({
  rooms: {
    field: defineRoom({
      ...common,
      ...newer,
      onJoin(room, player) {
        room.state.weather = "rain";
        room.state.shots.add("s", { x: 1.5 });
        room.state.marks.add(player.id, { name: "Ann" });
      },
      onTick(room) {
        room.state.phase = "fight";
        for (const [id, { input }] of room.players)
          Object.assign(room.state.marks.get(id) ?? {}, { steered: input.steer, mood: input.mood });
      },
      on: {
        jump: () => ({}),
        add(room, _player, { mood, by }) {
          room.emit("jumped", {});
          room.emit("added", { mood, by });
          return { mood, total: 1_000 + by };
        },
      },
    }),
  },
});
let joinsOfLacking = 0;
const lackingGame = defineGame({
  rooms: {
    field: defineRoom({
      ...common,
      ...withoutSteered,
      onJoin: (room, player) => void room.state.marks.add(player.id, { name: `join ${++joinsOfLacking}` }),
      onTick(room) {
        room.state.phase = "fight";
      },
      on: { add: (_room, _player, { by }) => ({ total: by }) },
    }),
  },
});
type OlderGame = typeof olderGame;

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.close();
});

/** A server that runs this version of the game; players come to it through the cable. */
async function serve(game: ConstructorParameters<typeof World>[0]) {
  const world = new World(game);
  const cable = await TcpProxy.start();
  running.push(world, cable);
  const node = await world.rooms({ WARREN_ROOMS_PUBLIC_URL: `ws://127.0.0.1:${cable.port}` });
  cable.targetPort = node.port;
  const { url } = await world.matchmaker();
  const stop = async () => {
    running.splice(running.indexOf(world), 1);
    await world.close();
  };
  return { url, cable, stop };
}
/** A page that was built for the older version. */
const olderPage = (url: string | string[], storage = memoryStorage()) =>
  new Warren<OlderGame>(url, { storage, contracts: { field: wireSchemaOf(older) } });

describe("[H7] a page that is older than the server", () => {
  it("plays on where fields, names, tables, actions and events were added; the room sees initial values", async () => {
    const { url } = await serve(newerGame);
    const room = await olderPage(url).createRoom("field", {});
    const mark = () => room.state.marks.get(room.playerId);
    await eventually(() => (room.state.phase === "fight" ? undefined : `phase is ${room.state.phase}`));
    expect(mark()?.name).toBe("Ann");

    room.send({ steer: -7 });
    await eventually(() => (mark()?.steered === -7 ? undefined : `steered ${mark()?.steered}`));
    // It did see the field that this page knows nothing of.
    expect(mark()).toMatchObject({ mood: "calm" });
    expect(() => room.send({} as never)).toThrow(/input\.steer is missing/);
    expect(() => room.send({ steer: 1, mood: "wild" } as never)).toThrow(/input\.mood/);

    const told: unknown[] = [];
    room.on("added", (payload) => told.push(payload));
    expect(await room.act("add", { by: 5 })).toEqual({ mood: "calm", total: 1_005 });
    await expect(room.act("add", {} as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await eventually(() => (told.length === 1 ? undefined : `${told.length} events`));
    expect(told).toEqual([{ mood: "calm", by: 5 }]);
    await room.leave();
  });

  it("is refused by the field's name where one was removed; the reloaded page goes on in the seat", async () => {
    const { url } = await serve(lackingGame);
    const storage = memoryStorage();
    const why = "state.marks.steered is gone; reload the page";
    const refused = { code: "WIRE_INCOMPATIBLE", message: why };
    await expect(olderPage(url, storage).createRoom("field", {})).rejects.toMatchObject(refused);
    // Trying again without a reload cannot help.
    await expect(olderPage(url, storage).rejoin("field")).rejects.toMatchObject(refused);

    const contracts = { field: wireSchemaOf(withoutSteered) };
    const reloaded = await new Warren<typeof lackingGame>(url, { storage, contracts }).rejoin("field");
    expect([...(reloaded?.state.marks ?? [])]).toEqual([[reloaded?.playerId, { name: "join 1" }]]);
    await reloaded?.leave();
  });
});

it("[H7] a page that is newer than the server is refused by what the server does not have yet", async () => {
  const { url } = await serve(olderGame);
  const contracts = { field: wireSchemaOf(newer) };
  const page = new Warren<typeof newerGame>(url, { storage: memoryStorage(), contracts });
  await expect(page.createRoom("field", {})).rejects.toMatchObject({
    code: "WIRE_INCOMPATIBLE",
    message: "state.weather is gone; reload the page",
  });
});

describe("[H7] a page without a contract counts on the first schema it was sent", () => {
  it.each([
    ["goes on after a deploy that added", newerGame, undefined],
    ["is refused after a deploy that removed", lackingGame, "state.marks.steered is gone; reload the page"],
  ])("%s", async (_title, deployed, refusal) => {
    const before = await serve(olderGame);
    const after = await serve(deployed);
    const page = new Warren<OlderGame>([before.url, after.url], { storage: memoryStorage() });
    await (await page.createRoom("field", {})).leave();
    await before.stop();
    const joining = page.createRoom("field", {});
    if (refusal) await expect(joining).rejects.toMatchObject({ code: "WIRE_INCOMPATIBLE", message: refusal });
    else {
      const room = await joining;
      expect(await room.act("add", { by: 1 })).toMatchObject({ total: 1_001 });
      await room.leave();
    }
  });
});

/** A page in a room of the older version, whose seat is then at a server of the other version. */
async function movedTo(game: ConstructorParameters<typeof World>[0]) {
  const [from, to] = [await serve(olderGame), await serve(game)];
  const guest = await post(from.url, "/v1/guests", "");
  const open = (url: string) => post(url, "/v1/rooms", guest.token, { room: "field" });
  const first = await open(from.url);
  // Whoever takes a room over has a higher epoch.
  for (let i = 0; i < 3; i++) await open(to.url);
  const seat = await open(to.url);
  const room = await ClientRoom.connect<OlderGame, "field">(first, () =>
    post(to.url, `/v1/players/me/seats/${seat.roomId}`, guest.token),
  );
  const told: string[] = [];
  room.onStatus((status: RoomStatus, why) => told.push(why ? `${status} ${why.message}` : status));
  await eventually(() => (room.state.phase === "fight" ? undefined : `phase is ${room.state.phase}`));
  from.cable.isDown = true;
  from.cable.cut("both");
  await eventually(() => (told.length > 0 ? undefined : "still online"));
  return { room, told };
}

async function post(url: string, path: string, token: string, body?: object) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "idempotency-key": `${Math.random()}`,
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { token: string; roomId: string; url: string; seatToken: string };
}

describe("[H7] a seat that moves to a newer server in the midst of a match", () => {
  it("goes on: the same state object and maps, and what was begun is written as the new room reads it", async () => {
    const { room, told } = await movedTo(newerGame);
    const { state } = room;
    const { marks } = state;
    const adding = room.act("add", { by: 9 });
    expect(await adding).toEqual({ mood: "calm", total: 1_009 });
    expect(told).toEqual(["offline", "online"]);
    expect([room.state, room.state.marks]).toEqual([state, marks]);
    expect(room.state === state && room.state.marks === marks).toBe(true);
    expect(state).toMatchObject({ phase: "fight", weather: "rain" });
    room.send({ steer: 3 });
    await eventually(() => (marks.get(room.playerId)?.steered === 3 ? undefined : "not steered"));
    await room.leave();
  });

  it("ends with the field's name where one was removed, and shows what it saw last", async () => {
    const { room, told } = await movedTo(lackingGame);
    const pending = room.act("add", { by: 9 });
    const why = "state.marks.steered is gone; reload the page";
    await expect(pending).rejects.toMatchObject({ code: "WIRE_INCOMPATIBLE", message: why });
    expect(told).toEqual(["offline", `ended ${why}`]);
    expect(room.state.marks.get(room.playerId)).toEqual({ name: "Ann", steered: 0 });
  });
});
