import type { NodeId } from "@warren/kernel";
import { Fold, type NodeSpace } from "@warren/matchmaking";
import { type NodeLoad, SLOW_LAG_MS } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { byPacking, lessPromised, stateOf } from "./placement.ts";

const load = (part: Partial<NodeLoad>): NodeLoad => ({
  rooms: 0,
  roomsMax: 10,
  sessions: 0,
  draining: false,
  seats: 0,
  seatsMax: 100,
  cpu: 0,
  loopLagMs: 0,
  memoryMib: 0,
  memoryMibMax: 0,
  ...part,
});

describe("the order of nodes", () => {
  const order = (nodes: Record<string, Partial<NodeLoad>>) =>
    Object.entries(nodes)
      .map(([nodeId, part]) => ({ nodeId: nodeId as NodeId, load: load(part) }))
      .sort(byPacking)
      .map(({ nodeId }) => nodeId);

  it.each<[title: string, nodes: Record<string, Partial<NodeLoad>>, order: string[]]>([
    [
      "the fullest by rooms goes first",
      { a: { rooms: 1 }, b: { rooms: 7 }, c: { rooms: 3 } },
      ["b", "c", "a"],
    ],
    ["seats count as rooms do", { a: { rooms: 5 }, b: { seats: 60 } }, ["b", "a"]],
    ["shares are compared, not counts", { a: { rooms: 9, roomsMax: 100 }, b: { rooms: 2 } }, ["b", "a"]],
    ["equals go by id: every replica has one order", { c: {}, a: {}, b: {} }, ["a", "b", "c"]],
    ["a slow one goes last, however full", { a: { rooms: 9, loopLagMs: SLOW_LAG_MS }, b: {} }, ["b", "a"]],
    ["a little late is not slow", { a: { rooms: 9, loopLagMs: SLOW_LAG_MS - 1 }, b: {} }, ["a", "b"]],
  ])("%s", (_, nodes, expected) => {
    expect(order(nodes)).toEqual(expected);
    expect(order(Object.fromEntries(Object.entries(nodes).reverse()))).toEqual(expected);
  });
});

describe("what is promised is not offered again", () => {
  const space = (freeRooms: number, freeSeats: number): NodeSpace => ({
    nodeId: "n_1" as NodeId,
    region: "",
    rooms: new Set(["arena"]),
    freeRooms,
    freeSeats,
  });
  const left = (matches: { roomId: string; generation?: number; players: number }[], told: string[] = []) => {
    const fold = new Fold();
    for (const [i, { roomId, generation = 0, players }] of matches.entries()) {
      const ticketId = `t_${i}`;
      fold.tickets.set(ticketId as never, { players: Array.from({ length: players }) } as never);
      const match = { roomId, nodeId: "n_1", backfillGeneration: generation, tickets: [{ ticketId }] };
      (fold.placing as Map<unknown, unknown>).set(`m_${i}`, match);
    }
    const [after] = lessPromised([space(5, 20)], fold, { roomsOn: () => new Set(told) as never });
    return [after!.freeRooms, after!.freeSeats];
  };

  it.each<[title: string, left: number[], expected: number[]]>([
    ["nothing promised", left([]), [5, 20]],
    ["a room and its seats", left([{ roomId: "r_1", players: 4 }]), [4, 16]],
    [
      "each match",
      left([
        { roomId: "r_1", players: 4 },
        { roomId: "r_2", players: 2 },
      ]),
      [3, 14],
    ],
    ["seats in a room that runs", left([{ roomId: "r_1", generation: 3, players: 2 }], ["r_1"]), [5, 18]],
    ["a room the node tells of is in its load", left([{ roomId: "r_1", players: 4 }], ["r_1"]), [5, 20]],
  ])("%s", (_, got, expected) => expect(got).toEqual(expected));
});

it.each<[state: string, part: Partial<NodeLoad> | undefined]>([
  ["away", undefined],
  ["open", { loopLagMs: SLOW_LAG_MS - 1 }],
  ["slow", { loopLagMs: SLOW_LAG_MS }],
  ["overloaded", { loopLagMs: 300 }],
  ["overloaded", { memoryMib: 300, memoryMibMax: 200 }],
  ["draining", { loopLagMs: 300, draining: true }],
])("a node is %s", (state, part) => expect(stateOf(part && load(part))).toBe(state));
