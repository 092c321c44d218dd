import { defineQueue, Fold } from "@warren/matchmaking";
import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { COUNT_MS, type Counts, LiveCounts } from "./live-counts.ts";

const node = (region: string, seats: number, rooms: object[] = []) => ({
  record: { region },
  load: { seats, sessions: seats + 1, rooms: rooms.length },
  rooms: new Map(rooms.map((room, i) => [`r_${i}`, { queue: "", players: 0, spectators: 0, ...room }])),
});

function counting() {
  const clock = new VirtualClock(1_000_000);
  const fold = new Fold();
  const queue = defineQueue({ room: "arena", size: 2 });
  const up: ReturnType<typeof node>[] = [];
  const domain = {
    fold,
    queues: new Map([
      ["duel", queue],
      ["brawl", queue],
    ]),
  };
  const counts = new LiveCounts({ domain, nodes: { up: () => up as never }, clock });
  const wait = (queues: string[], players: number) =>
    fold.open.add({ queues, players: Array.from({ length: players }) } as never);
  return { clock, up, wait, counts };
}

it("adds up all nodes, and who waits in each queue", () => {
  const { up, wait, counts } = counting();
  up.push(
    node("us", 3, [{ queue: "duel", players: 2, spectators: 5 }, { players: 1 }]),
    node("eu", 4, [
      { queue: "duel", players: 2 },
      { queue: "gone", players: 2 },
    ]),
    node("eu", 0),
    node("", 1),
  );
  wait(["duel"], 1);
  wait(["duel", "brawl"], 3);
  wait(["gone"], 1);
  const now = counts.now();
  expect(now).toEqual({
    players: 8,
    sessions: 12,
    spectators: 5,
    rooms: 4,
    nodes: 4,
    queues: { brawl: { waiting: 3, playing: 0 }, duel: { waiting: 4, playing: 4 } },
    regions: { eu: { players: 4, nodes: 2 }, us: { players: 3, nodes: 1 } },
  });
  // One order on every replica: texts can be compared.
  expect(Object.keys(now.queues)).toEqual(["brawl", "duel"]);
});

it("counts once for all who ask within a second", () => {
  const { clock, up, counts } = counting();
  expect(counts.now().nodes).toBe(0);
  up.push(node("", 0));
  clock.advance(COUNT_MS - 1);
  expect(counts.now().nodes).toBe(0);
  clock.advance(1);
  expect(counts.now().nodes).toBe(1);
});

it("tells of changes once a second at the most, and of nothing else", () => {
  const { clock, up, counts } = counting();
  const told: Counts[] = [];
  const stop = counts.onChange((now) => told.push(now));
  clock.advance(5_000);
  expect(told).toEqual([]);
  up.push(node("", 1));
  clock.advance(100);
  up.push(node("", 1));
  clock.advance(COUNT_MS);
  up.push(node("", 1));
  clock.advance(100);
  expect(told.map(({ nodes }) => nodes)).toEqual([2]);
  clock.advance(COUNT_MS);
  expect(told.map(({ nodes }) => nodes)).toEqual([2, 3]);
  stop();
  up.pop();
  clock.advance(5_000);
  expect(told).toHaveLength(2);
});

it("a change that somebody else's question found first is told too", () => {
  const { clock, up, counts } = counting();
  const told: Counts[] = [];
  counts.onChange((now) => told.push(now));
  clock.advance(COUNT_MS);
  up.push(node("", 1));
  clock.stall(COUNT_MS);
  counts.now();
  clock.advance(COUNT_MS);
  expect(told).toHaveLength(1);
});
