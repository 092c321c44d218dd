import { type ClientRoom, memoryStorage, Warren } from "@warren/client";
import { defineGame, defineRoom, t } from "@warren/game";
import { eventually } from "@warren/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TcpProxy } from "./tcp-proxy.ts";
import { World } from "./world.ts";

const UPDATES = 500;
const UPDATE_HZ = 50;
const ROWS = 20;
/** Bytes one update changes. What the kernel holds for a connection swallows all of the small ones, but not the large. */
const UPDATE_BYTES = { small: 2_000, large: 40_000 };
type Name = keyof typeof UPDATE_BYTES;
const NAMES = Object.keys(UPDATE_BYTES) as Name[];
/** No state is written to a socket on which more than this waits. */
const STATE_BUFFERED_BYTES_MAX = 64 * 1024;

interface Shown {
  readonly update: number;
  readonly text: string;
  readonly rows: Iterable<[string, { readonly n: number }]>;
}
/** The states the rooms themselves hold, and when each update was made. */
const truths = {} as Record<Name, Shown>;
const madeAtMs: Record<Name, number[]> = { small: [], large: [] };

/** Once it is started, changes so many bytes in every tick, `UPDATES` times; rows come, change and go meanwhile. */
const ticker = (name: Name) =>
  defineRoom({
    seats: 2,
    tickHz: UPDATE_HZ,
    sendHz: UPDATE_HZ,
    state: t.state({
      isRunning: t.bool(),
      update: t.u32(),
      text: t.string(UPDATE_BYTES[name]),
      rows: t.table(t.struct({ n: t.u32() })),
    }),
    actions: { start: t.action({}, {}) },
    onCreate(room) {
      truths[name] = room.state;
    },
    onTick({ state }) {
      if (!state.isRunning || state.update === UPDATES) return;
      const n = ++state.update;
      state.text = `${n} `.repeat(UPDATE_BYTES[name]).slice(0, UPDATE_BYTES[name]);
      state.rows.delete(`row ${n - ROWS}`);
      state.rows.add(`row ${n}`, { n });
      const changed = state.rows.get(`row ${n - (n % ROWS)}`);
      if (changed) changed.n += n;
      madeAtMs[name][n] = performance.now();
    },
    on: {
      start(room) {
        room.state.isRunning = true;
        return {};
      },
    },
  });
const game = defineGame({ rooms: { small: ticker("small"), large: ticker("large") } });
type Room = ClientRoom<typeof game, Name>;

const plain = ({ update, text, rows }: Shown) => ({
  update,
  text,
  rows: [...rows].map(([key, { n }]) => `${key}: ${n}`).sort(),
});

const world = new World(game);
const proxy = await TcpProxy.start();
afterAll(async () => {
  await proxy.close();
  await world.close();
});

/** A client and what it was told since. */
function watch(name: Name, room: Room) {
  const watched = { room, statuses: [] as string[], updates: [] as number[], latenessMs: [] as number[] };
  room.onStatus((status) => watched.statuses.push(status));
  room.onState(() => {
    const { update } = room.state;
    if (update === 0 || update === watched.updates.at(-1)) return;
    watched.updates.push(update);
    watched.latenessMs.push(performance.now() - (madeAtMs[name][update] ?? 0));
  });
  return watched;
}
type Watched = ReturnType<typeof watch>;

const outcomes = {} as Record<Name, { stalled: Watched; quick: Watched; updatesWhileStalled: number }>;
/** Bytes that waited in the server for all clients together, at the most. */
let waitingBytesMax = 0;
let metrics = "";

// Both rooms at the same time, so that the ten seconds pass once.
beforeAll(async () => {
  const node = await world.rooms({ WARREN_ROOMS_PUBLIC_URL: `ws://127.0.0.1:${proxy.port}` });
  proxy.targetPort = node.port;
  const { url } = await world.matchmaker();
  const newPlayer = () => new Warren<typeof game>(url, { storage: memoryStorage() });
  const stalled = {} as Record<Name, Watched>;
  for (const name of NAMES) stalled[name] = watch(name, await newPlayer().createRoom(name, {}));
  const readOn = proxy.hold();
  for (const name of NAMES) {
    const room = await newPlayer().joinByCode(name, stalled[name].room.joinCode, {});
    outcomes[name] = { stalled: stalled[name], quick: watch(name, room), updatesWhileStalled: -1 };
    await room.act("start", {});
  }
  const waiting = node.registry.getSingleMetric("warren_room_waiting_bytes");
  for (const name of NAMES) {
    await eventually(async () => {
      waitingBytesMax = Math.max(waitingBytesMax, (await waiting?.get())?.values[0]?.value ?? 0);
      const { update } = outcomes[name].quick.room.state;
      return update === UPDATES ? undefined : `the quick client of ${name} is shown update ${update}`;
    }, 20_000);
  }
  for (const name of NAMES) outcomes[name].updatesWhileStalled = stalled[name].updates.length;
  readOn();
  for (const name of NAMES) {
    await eventually(() => {
      const { update } = stalled[name].room.state;
      return update === UPDATES ? undefined : `the stalled client of ${name} is shown update ${update}`;
    });
  }
  metrics = await node.registry.metrics();
}, 60_000);

describe(`[P3] a client that reads nothing during ${UPDATES} updates`, () => {
  it.each(NAMES)("%s: is shown exactly the room's state once it reads again, on the same socket", (name) => {
    const { stalled, updatesWhileStalled } = outcomes[name];
    expect(updatesWhileStalled).toBe(0);
    expect(plain(stalled.room.state)).toEqual(plain(truths[name]));
    expect(stalled.statuses).toEqual([]);
    // One connection for each client there is, ever.
    expect(proxy.count).toBe(2 * NAMES.length);
  });

  it.each(NAMES)("%s: keeps nobody else from seeing every update in time", (name) => {
    const { updates, latenessMs } = outcomes[name].quick;
    expect(plain(outcomes[name].quick.room.state)).toEqual(plain(truths[name]));
    // A busy machine makes two ticks at once now and then, and sends the later.
    const made = madeAtMs[name];
    const alone = made.filter((atMs, n) => (made[n + 1] ?? Infinity) - atMs > 500 / UPDATE_HZ).length;
    expect(updates.length).toBeGreaterThan(0.9 * alone);
    expect(alone).toBeGreaterThan(0.5 * UPDATES);
    const byLateness = latenessMs.sort((a, b) => a - b);
    expect(byLateness[Math.floor(updates.length / 2)]).toBeLessThan(1000 / UPDATE_HZ);
    expect(byLateness.at(-1)).toBeLessThan(1_000);
    expect(metrics).toMatch(new RegExp(`warren_room_tick_seconds_count{[^}]*room="${name}"} [5-9]\\d\\d`));
  });

  it("costs the server the limit and one state", () => {
    const oneState = (name: Name) => UPDATE_BYTES[name] + 1_000;
    const limit = NAMES.reduce((sum, name) => sum + STATE_BUFFERED_BYTES_MAX + oneState(name), 0);
    expect(waitingBytesMax).toBeLessThanOrEqual(limit);
    expect(waitingBytesMax).toBeGreaterThan(STATE_BUFFERED_BYTES_MAX);
    expect(Number(metrics.match(/^warren_room_states_skipped_total\S* (\d+)/m)?.[1])).toBeGreaterThan(100);
    expect(metrics).not.toContain(`code="SLOW_CONSUMER"`);
  });
});
