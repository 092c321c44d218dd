import { connect } from "node:http2";
import { counts, memoryStorage, Warren, watchCounts } from "@warren/client";
import { eventually } from "@warren/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestGame, World } from "./world.ts";

// Two replicas and two nodes in one process, with real sockets, gRPC and REST.

const world = new World();
afterAll(() => world.close());
let urls: string[] = [];
beforeAll(async () => {
  await world.rooms({ WARREN_REGION: "eu" });
  await world.rooms({ WARREN_REGION: "us" });
  // A quarter of four streams is one.
  const replicas = [await world.matchmaker(), await world.matchmaker({ WARREN_STREAMS_MAX: "4" })];
  urls = replicas.map(({ url }) => url);
});

const newPlayer = () => new Warren<TestGame>(urls, { storage: memoryStorage() });
const at = async (url: string) => (await fetch(`${url}/v1/counts`)).json();

/** Both replicas say so. Asked five times a second: they count once a second, and answer 120 times a minute at the most. */
function agree(wanted: object): Promise<void> {
  return expect
    .poll(() => Promise.all(urls.map(at)), { interval: 200 })
    .toMatchObject(urls.map(() => wanted));
}

it("[R14] every replica answers the same, whoever made it happen", async () => {
  await agree({
    players: 0,
    sessions: 0,
    rooms: 0,
    nodes: 2,
    regions: { eu: { nodes: 1 }, us: { nodes: 1 } },
  });
  const join = { name: "Ann" };
  const solo = await newPlayer().play("counter", { queue: "solo", join });
  const own = await newPlayer().createRoom("counter", { options: { start: 1 }, join });
  const waiting = newPlayer();
  const abort = new AbortController();
  const ended = waiting.play("counter", { queue: "slow", join, signal: abort.signal }).catch(() => "ended");
  await agree({
    players: 2,
    sessions: 2,
    rooms: 2,
    queues: { solo: { waiting: 0, playing: 1 }, slow: { waiting: 1, playing: 0 } },
  });
  // Packed: the second room is where the first one is.
  const { regions } = await counts(waiting);
  expect(
    Object.values(regions)
      .map(({ players }) => players)
      .sort(),
  ).toEqual([0, 2]);
  abort.abort();
  expect(await ended).toBe("ended");
  await solo.leave();
  await own.leave();
  await agree({ players: 0, queues: { solo: { playing: 0 }, slow: { waiting: 0 } } });
});

it("[R14] a stream tells at once and after changes, by HTTP/1.1 and HTTP/2, and takes no more than its share of places", async () => {
  const abort = new AbortController();
  const seen: number[] = [];
  const watching = (async () => {
    for await (const { players } of watchCounts(newPlayer(), abort.signal)) seen.push(players);
  })().catch(() => {});
  const session = connect(urls[1]!);
  const stream = session.request({ ":path": "/v1/counts/events" });
  let text = "";
  stream.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const told = () =>
    [...text.matchAll(/event: counts\ndata: (.*)\n\n/g)].map(([, json]) => JSON.parse(json!).players);
  await eventually(() => (seen.length > 0 && told().length > 0 ? undefined : "nothing was told"));
  const full = await fetch(`${urls[1]}/v1/counts/events`);
  expect([full.status, (await full.json()).code]).toEqual([429, "RATE_LIMITED"]);
  const room = await newPlayer().createRoom("board", {});
  await eventually(() =>
    seen.at(-1) === 1 && told().at(-1) === 1 ? undefined : `told ${seen} and ${told()}`,
  );
  stream.close();
  session.close();
  // The place is free again.
  await eventually(async () => {
    const again = new AbortController();
    const { status } = await fetch(`${urls[1]}/v1/counts/events`, { signal: again.signal });
    again.abort();
    return status === 200 ? undefined : `status ${status}`;
  });
  abort.abort();
  await watching;
  await room.leave();
});
