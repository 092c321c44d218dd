import { type MatchId, type NodeId, Prng, type RoomId } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { describe, expect, it } from "vitest";
import { Fold } from "./fold.ts";
import { proposeMatches, stepAt } from "./matcher.ts";
import { defineQueue } from "./queue-config.ts";

const SEEDS = process.env["SEED"]
  ? [Number(process.env["SEED"])]
  : Array.from({ length: 300 }, (_, i) => i + 1);

describe("matches by skill", () => {
  const windows = [
    { atMs: 0, value: 40 },
    { atMs: 2_000, value: 150 },
    { atMs: 6_000, value: 900 },
  ];

  it("are within the window of the oldest, and of an accepted size", () => {
    let count = 0;
    for (const seed of SEEDS) {
      const prng = new Prng(seed);
      const size = prng.int(2, 6);
      const min = prng.int(1, size);
      const relaxAtMs = prng.int(0, 8_000);
      const queue = defineQueue({
        room: "arena",
        size,
        relax: [{ atMs: relaxAtMs, min, fillTo: 0 }],
        skill: { attribute: "mmr", default: 1_000, windows },
      });
      const nowMs = 20_000;
      const fold = new Fold();
      const people = prng.int(0, 60);
      for (let i = 1; i <= people; i++) {
        const attributes = new Map(prng.int(0, 9) === 0 ? [] : [["mmr", prng.int(0, 2_000)]]);
        const value = { ticketId: `t${i}`, playerId: `P${i}`, queues: ["q"], attributes, joinJson: "" };
        fold.apply(i, prng.int(10_000, nowMs), false, {
          version: RECORD_VERSION,
          body: { $case: "ticketPosted", value },
        });
      }
      const matches = proposeMatches(
        fold,
        { q: queue },
        {
          nowMs,
          openRooms: [],
          nodes: [{ nodeId: "n_1" as NodeId, rooms: new Set(["arena"]), freeRooms: 1_000 }],
          newMatchId: () => `m${++count}` as MatchId,
          newRoomId: (match) => match as string as RoomId,
        },
      );
      const taken = matches.flatMap(({ ticketIds }) => ticketIds);
      expect(new Set(taken).size, `SEED=${seed}: a ticket twice`).toBe(taken.length);
      for (const { ticketIds } of matches) {
        const tickets = ticketIds.map((id) => fold.tickets.get(id as never)!);
        const ageMs = nowMs - Math.min(...tickets.map(({ postedAtMs }) => postedAtMs));
        const values = tickets.map(({ attributes }) => attributes.get("mmr") ?? 1_000);
        const spread = Math.max(...values) - Math.min(...values);
        expect(spread, `SEED=${seed}: spread at ${ageMs} ms`).toBeLessThanOrEqual(stepAt(windows, ageMs));
        expect(tickets.length, `SEED=${seed}: size at ${ageMs} ms`).toBeLessThanOrEqual(size);
        expect(tickets.length, `SEED=${seed}: size at ${ageMs} ms`).toBeGreaterThanOrEqual(
          ageMs >= relaxAtMs ? min : size,
        );
      }
    }
    expect(count).toBeGreaterThan(500);
  });
});
