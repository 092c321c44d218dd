import {
  type ClientRoom,
  createLobby,
  joinLobby,
  joinRoom,
  type Lobby,
  listRooms,
  memoryStorage,
  type PlayStatus,
  Warren,
} from "@warren/client";
import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
import { eventually } from "@warren/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { World } from "./world.ts";

/** Says who plays in which team; lists itself by what it was opened with. */
const arena = defineRoom({
  seats: 6,
  options: t.struct({ map: t.string(16) }),
  join: t.optional(t.struct({ name: t.string(16) })),
  state: t.state({ players: t.table(t.struct({ name: t.string(16), team: t.u8() })) }),
  onCreate(room) {
    room.list({ map: room.options.map });
  },
  onJoin(room, player) {
    room.state.players.add(player.id, { name: player.join?.name ?? "nobody", team: player.team });
  },
  onLeave(room, player) {
    room.state.players.delete(player.id);
  },
});

const game = defineGame({
  rooms: { arena },
  queues: {
    teams: defineQueue({ room: "arena", options: { map: "queue" }, teams: { count: 2, size: 3 } }),
    trio: defineQueue({
      room: "arena",
      options: { map: "queue" },
      size: 3,
      acceptance: { timeoutMs: 20_000 },
    }),
  },
});
type G = typeof game;
type Room = ClientRoom<G, "arena">;
type Gathering = Lobby<G, "arena">;

const world = new World(game);
const urls: string[] = [];
beforeAll(async () => {
  await world.rooms();
  for (let i = 0; i < 2; i++)
    urls.push((await world.matchmaker({ WARREN_GUESTS_PER_MINUTE_MAX: "1000" })).url);
});
const rooms: Room[] = [];
const lobbies: Gathering[] = [];
afterEach(async () => {
  for (const lobby of lobbies.splice(0)) if (!lobby.ended) await lobby.leave();
  for (const room of rooms.splice(0)) await room.leave();
});
afterAll(() => world.close());

let players = 0;
/** Every other one is at the other matchmaker. */
const newPlayer = () => new Warren<G>(urls[players++ % 2]!, { storage: memoryStorage() });
const kept = (lobby: Gathering) => {
  lobbies.push(lobby);
  return lobby;
};

async function gather(queue: "teams" | "trio", ...names: string[]): Promise<Gathering[]> {
  const [first, ...others] = names;
  const join = (name: string | undefined) => ({ join: { name: name! } });
  const leader = kept(await createLobby(newPlayer(), "arena", { queue, ...join(first) }));
  const all = [leader];
  for (const name of others)
    all.push(kept(await joinLobby(newPlayer(), "arena", leader.joinCode.toLowerCase(), join(name))));
  await seesAll(all, (lobby) => lobby.members.length === names.length, "not all have come");
  return all;
}

function seesAll(
  all: readonly Gathering[],
  sees: (lobby: Gathering) => boolean,
  missing: string,
): Promise<void> {
  return eventually(() => (all.every(sees) ? undefined : missing));
}

async function allReady(all: readonly Gathering[]): Promise<void> {
  for (const lobby of all) await lobby.setReady();
  const isReady = (lobby: Gathering) => lobby.members.every(({ ready }) => ready);
  await seesAll(all, isReady, "not all are ready");
}

describe("a lobby", () => {
  it("three gather by code, are ready, queue as one ticket and are in one room, in one team", async () => {
    const [ours, theirs] = await Promise.all([
      gather("teams", "Ann", "Ben", "Cem"),
      gather("teams", "Dan", "Eve", "Fay"),
    ]);
    expect(ours.map(({ isLeader }) => isLeader)).toEqual([true, false, false]);
    expect(ours[1]?.members.map(({ join }) => join?.name)).toEqual(["Ann", "Ben", "Cem"]);
    const found = [...ours, ...theirs].map((lobby) => lobby.room());
    await Promise.all([allReady(ours), allReady(theirs)]);
    const played = await Promise.all([ours[0]!.play(), theirs[0]!.play()]);
    const all = await Promise.all(found);
    rooms.push(...all);
    expect(new Set([...all, ...played].map(({ id }) => id)).size).toBe(1);
    const room = all[0]!;
    await eventually(() =>
      room.state.players.size === 6 ? undefined : `${room.state.players.size} of 6 are in`,
    );
    const teamOf = new Map([...room.state.players.values()].map(({ name, team }) => [name, team]));
    const teams = [
      ["Ann", "Ben", "Cem"],
      ["Dan", "Eve", "Fay"],
    ].map((names) => names.map((name) => teamOf.get(name)));
    for (const team of teams) expect(new Set(team).size).toBe(1);
    expect(teams[0]![0]).not.toBe(teams[1]![0]);
    // For the next match all have to be ready again.
    await seesAll(ours, ({ members }) => members.every(({ ready }) => !ready), "still ready");
    await expect(ours[0]!.play()).rejects.toMatchObject({ code: "LOBBY_CHANGED" });
  });

  it("every member is asked to accept a match, and hears how it goes", async () => {
    const all = await gather("trio", "Ann", "Ben", "Cem");
    const told = all.map((): string[] => []);
    for (const [i, lobby] of all.entries())
      lobby.onStatus((now: PlayStatus) => {
        if (told[i]!.at(-1) !== now.status) told[i]!.push(now.status);
        if (now.status === "proposed") void now.accept();
      });
    const found = all.map((lobby) => lobby.room());
    await allReady(all);
    void all[0]!.play();
    rooms.push(...(await Promise.all(found)));
    for (const statuses of told) expect(statuses).toEqual(["queued", "proposed", "placing", "assigned"]);
  });

  it("a member who leaves ends the ticket; the leader hears why", async () => {
    const all = await gather("teams", "Ann", "Ben", "Cem");
    await allReady(all);
    const isQueued = new Promise<void>((resolve) => {
      all[2]!.onStatus(() => resolve());
    });
    const outcome = all[0]!.play().catch((error: unknown) => error);
    await isQueued;
    await all[2]!.leave();
    expect(await outcome).toMatchObject({ code: "TICKET_FINAL", details: { cause: "party" } });
    await seesAll(all.slice(0, 2), ({ members }) => members.length === 2, "still three");
    expect(all[2]!.ended).toMatchObject({ code: "LOBBY_NOT_FOUND" });
  });

  it("a signal that aborts ends the ticket for all", async () => {
    const all = await gather("teams", "Ann", "Ben", "Cem");
    await allReady(all);
    const abort = new AbortController();
    all[1]!.onStatus(({ status }) => status === "queued" && abort.abort(new Error("enough")));
    await expect(all[0]!.play({ signal: abort.signal })).rejects.toThrow("enough");
    await seesAll(all, ({ members }) => members.every(({ ready }) => !ready), "still ready");
  });

  it("the leader sends away, passes on the lead and closes; all hear of it", async () => {
    const [ann, ben, cem] = (await gather("teams", "Ann", "Ben", "Cem")) as [Gathering, Gathering, Gathering];
    const noRoom = expect(cem.room()).rejects.toMatchObject({ code: "LOBBY_NOT_FOUND" });
    await ann.kick(cem.playerId);
    await noRoom;
    await ann.setLeader(ben.playerId);
    await seesAll([ann, ben], ({ leaderId }) => leaderId === ben.playerId, "another leads");
    await expect(ann.setQueues(["trio"])).rejects.toMatchObject({ code: "FORBIDDEN" });
    await ben.setQueues(["trio"]);
    await seesAll([ann, ben], ({ queues }) => queues[0] === "trio", "other queues");
    await ben.close();
    await seesAll([ann, ben], ({ ended }) => ended?.message === "the lobby was closed", "not closed");
  });

  it("codes that open nothing, and queues of other rooms, are refused", async () => {
    await expect(joinLobby(newPlayer(), "arena", "234567", {})).rejects.toMatchObject({
      code: "LOBBY_NOT_FOUND",
    });
    await expect(
      createLobby(newPlayer(), "arena", { queue: "nope" as never, join: { name: "Ann" } }),
    ).rejects.toMatchObject({ code: "QUEUE_UNKNOWN" });
  });
});

describe("[R8] the public listing", () => {
  const opened = async (map: string, listed = true) => {
    const room = await newPlayer().createRoom("arena", { options: { map }, listed });
    rooms.push(room);
    return room;
  };
  const shown = async (filter: Parameters<typeof listRooms<G>>[1]) =>
    (await listRooms(newPlayer(), filter)).rooms.map(({ roomId }) => roomId);

  it("shows listed rooms by what they say of themselves, page by page, on any replica", async () => {
    const mill = await opened("mill");
    const others = [await opened("dust"), await opened("dust")].map(({ id }) => id).sort();
    const secret = await opened("mill", false);
    await eventually(async () =>
      (await shown({ properties: { map: "dust" } })).length === 2 ? undefined : "not listed yet",
    );
    for (let i = 0; i < 2; i++) {
      expect(await shown({ properties: { map: "mill" } })).toEqual([mill.id]);
      expect(await shown({ properties: { map: "dust" }, room: "arena", minFree: 5 })).toEqual(others);
      expect(await shown({ properties: { map: "dust" }, minFree: 6 })).toEqual([]);
      expect(await shown({ properties: { mode: "any" } })).toEqual([]);
      expect(await shown({ region: "mars" })).toEqual([]);
    }
    expect(await shown({})).not.toContain(secret.id);
    const first = await listRooms(newPlayer(), { properties: { map: "dust" }, limit: 1 });
    expect(first.rooms).toEqual([
      { roomId: others[0], room: "arena", players: 1, seats: 6, region: "", properties: { map: "dust" } },
    ]);
    expect(await shown({ properties: { map: "dust" }, cursor: first.cursor! })).toEqual([others[1]]);
  });

  it("lets anyone in, also who brings nothing; a room that is not listed is not found by its id", async () => {
    const room = await opened("open");
    const secret = await opened("secret", false);
    await eventually(async () =>
      (await shown({ properties: { map: "open" } })).length === 1 ? undefined : "not listed yet",
    );
    const joined = await joinRoom(newPlayer(), "arena", room.id, {});
    rooms.push(joined);
    expect(joined.id).toBe(room.id);
    await expect.poll(() => joined.state.players.get(joined.playerId)?.name).toBe("nobody");
    await expect(joinRoom(newPlayer(), "arena", secret.id, {})).rejects.toMatchObject({
      code: "ROOM_NOT_FOUND",
      details: { field: "roomId" },
    });
  });

  it.each<[string, string, string]>([
    ["room=nope", "ROOM_UNKNOWN", "room"],
    ["queue=nope", "QUEUE_UNKNOWN", "queue"],
    ["minFree=0", "INVALID_ARGUMENT", "minFree"],
    ["minFree=many", "INVALID_ARGUMENT", "minFree"],
    ["limit=101", "INVALID_ARGUMENT", "limit"],
    ["cursor=x", "INVALID_ARGUMENT", "cursor"],
    ["map=a&map=b", "INVALID_ARGUMENT", "map"],
    [`map=${"x".repeat(65)}`, "INVALID_ARGUMENT", "map"],
  ])("refuses %s", async (query, code, field) => {
    const response = await fetch(`${urls[0]}/v1/rooms?${query}`);
    expect(await response.json()).toMatchObject({ code, field });
  });

  it.each<[object, string, string]>([
    [{}, "INVALID_ARGUMENT", "joinCode"],
    [{ joinCode: "234567", roomId: "r_x" }, "INVALID_ARGUMENT", "joinCode"],
    [{ roomId: "x" }, "INVALID_ARGUMENT", "roomId"],
    [{ roomId: "r_x" }, "ROOM_NOT_FOUND", "roomId"],
  ])("joining with %j is refused", async (body, code, field) => {
    const { token } = await (await fetch(`${urls[0]}/v1/guests`, { method: "POST" })).json();
    const response = await fetch(`${urls[0]}/v1/rooms/join`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(await response.json()).toMatchObject({ code, field });
  });
});
