import { memoryStorage, Warren } from "@warren/client";
import { eventually } from "@warren/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestGame, World } from "./world.ts";

let world: World;
let url: string;
beforeAll(async () => {
  world = new World();
  await world.rooms();
  ({ url } = await world.matchmaker());
});
afterAll(() => world.close());

const player = () => new Warren<TestGame>(url, { storage: memoryStorage() });

it("an event told in onJoin is heard by a listener that was put up when the room was there", async () => {
  const room = await player().createRoom("board", {});
  const heard: string[] = [];
  room.on("hello", ({ to }) => heard.push(to));
  expect(heard).toEqual([]);
  await eventually(() => (heard.length === 1 ? undefined : `heard ${heard.length}`));
  expect(heard).toEqual([room.playerId]);
  await room.leave();
});

it("in a room without ticks the state is there with the reply, and before the event", async () => {
  const room = await player().createRoom("board", {});
  const seen: [told: number, shown: number][] = [];
  room.on("moved", ({ moves }) => seen.push([moves, room.state.moves]));
  const { moves } = await room.act("move", {});
  expect([moves, room.state.moves]).toEqual([1, 1]);
  expect(seen).toEqual([[1, 1]]);
  await room.leave();
});

it("what changed together with the end of a room is still seen", async () => {
  const room = await player().createRoom("board", {});
  const ended = new Promise<string | undefined>((resolve) => {
    room.onStatus((status, why) => status === "ended" && resolve(why?.code));
  });
  await room.act("finish", {}).catch(() => {});
  expect(await ended).toBe("ROOM_ENDED");
  expect(room.state.over).toBe(true);
});
