import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { World } from "./world.ts";

const world = new World();
afterAll(() => world.close());

let url = "";
beforeAll(async () => {
  await world.rooms({ WARREN_ROOMS_MAX: "3" });
  ({ url } = await world.matchmaker());
  await vi.waitFor(async () => expect((await openRoom(await newGuest())).status).toBe(201), 5_000);
});

let keys = 0;
async function post(path: string, token: string, body?: unknown, key = `k${++keys}`, method = "POST") {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "idempotency-key": key,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function newGuest(): Promise<string> {
  return (await post("/v1/guests", "none")).body.token;
}
const room = { room: "counter", options: { start: 5 }, join: { name: "Ann" } };
const openRoom = (token: string, key?: string) => post("/v1/rooms", token, room, key);
const join = (token: string, joinCode: string, name = "Ben") =>
  post("/v1/rooms/join", token, { joinCode, join: { name } });
const SEAT = {
  roomId: expect.stringMatching(/^r_/),
  url: expect.stringMatching(/^:\d+$/),
  seatToken: expect.any(String),
};

describe("[R8] a room of one's own", () => {
  it("answers with a seat and a join code, in which case, spaces and dashes do not matter", async () => {
    const { status, body } = await openRoom(await newGuest());
    expect([status, body]).toEqual([
      201,
      { ...SEAT, joinCode: expect.stringMatching(/^[2-9A-HJ-NP-TV-Z]{6}$/) },
    ]);
    const code: string = body.joinCode;
    for (const written of [code, ` ${code.slice(0, 3).toLowerCase()}-${code.slice(3)} `]) {
      const joined = await join(await newGuest(), written);
      expect([joined.status, joined.body]).toEqual([200, { ...SEAT, roomId: body.roomId, url: body.url }]);
    }
    expect((await join(await newGuest(), code)).body).toMatchObject({ status: 409, code: "ROOM_FULL" });
  });

  it("[R1] the same key is the same room: 201 when it was made, 200 when it was there, also on a full node", async () => {
    const token = await newGuest();
    const first = await openRoom(token, "one");
    const again = await openRoom(token, "one");
    expect([first.status, again.status]).toEqual([201, 200]);
    expect([again.body.roomId, again.body.joinCode]).toEqual([first.body.roomId, first.body.joinCode]);
    expect((await openRoom(token)).body).toMatchObject({ status: 503, code: "NO_CAPACITY", retry: "later" });
    expect((await openRoom(token, "one")).status).toBe(200);
  });

  it.each<[title: string, body: object, detail: RegExp]>([
    [
      "options of the wrong shape",
      { ...room, options: { start: -1 } },
      /options\.start is -1; accepted: a whole number from 0/,
    ],
    ["a join of the wrong shape", { ...room, join: { name: 7 } }, /join\.name is 7/],
    [
      "a field that does not exist",
      { ...room, joinCode: "ABCDEF" },
      /joinCode is "ABCDEF"; accepted: room, options, join/,
    ],
  ])("refuses %s", async (_title, body, detail) => {
    const answer = await post("/v1/rooms", await newGuest(), body);
    expect(answer.body).toMatchObject({
      status: 400,
      code: "INVALID_ARGUMENT",
      detail: expect.stringMatching(detail),
    });
  });
});

describe("[R6] a seat", () => {
  it("is answered with a fresh token as long as the player holds it", async () => {
    const node = await world.rooms();
    const token = await newGuest();
    await expect.poll(async () => (await openRoom(token, "seat")).status).toBeLessThan(300);
    const { roomId, seatToken } = (await openRoom(token, "seat")).body;
    const reseated = await post(`/v1/players/me/seats/${roomId}`, token);
    expect([reseated.status, reseated.body]).toEqual([200, { ...SEAT, roomId }]);
    expect(reseated.body.seatToken).not.toBe(seatToken);
    const stranger = await post(`/v1/players/me/seats/${roomId}`, await newGuest());
    expect(stranger.body).toMatchObject({ status: 404, code: "SEAT_NOT_FOUND" });
    await node.close();
    const gone = await post(`/v1/players/me/seats/${roomId}`, token);
    expect(gone.body).toMatchObject({ status: 404, code: "ROOM_NOT_FOUND" });
  });

  it("the code of a room that ended opens nothing", async () => {
    const node = await world.rooms();
    const token = await newGuest();
    await expect.poll(async () => (await openRoom(token, "code")).status).toBeLessThan(300);
    const { joinCode } = (await openRoom(token, "code")).body;
    await node.close();
    const answer = await join(await newGuest(), joinCode);
    expect(answer.body).toMatchObject({
      status: 404,
      code: "ROOM_NOT_FOUND",
      detail: expect.stringContaining(joinCode),
    });
  });
});
