import { type PlayerId, Prng } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import { t } from "@warren/schema";
import { forEachSeed } from "@warren/testkit";
import { expect, it } from "vitest";
import { defineRoom, type Player } from "../definition.ts";
import { TestNode } from "../testing/test-node.ts";

const ROOM = "r_test" as never;
const SEATS = 12;

it("whoever comes and goes: no team is too large, bots are as many as the fill says, and what is free is asked for", () => {
  let refused = 0;
  let seated = 0;
  forEachSeed(120, (seed) => {
    const prng = new Prng(seed);
    const below = (n: number) => Math.floor(prng.float() * n);
    const teams = 1 + below(4);
    const teamSize = 1 + below(SEATS / teams);
    const fillTo = below(SEATS + 1);
    let everyone: ReadonlyMap<PlayerId, Player> = new Map();
    const definition = defineRoom({
      seats: SEATS,
      tickHz: 1,
      state: t.state({}),
      bot: () => ({}),
      onCreate: (room) => {
        everyone = room.players;
      },
    });
    const node = new TestNode(definition, { optionsJson: "", teams, teamSize, fillTo, backfill: true });
    const seats = new Map<string, number>();
    let generation = 0;
    for (let step = 0; step < 40; step++) {
      const asked = node.changes.at(-1)?.asked;
      const playerId = prng.float() < 0.1 ? `bot-${1 + below(SEATS)}` : `p${below(30)}`;
      if (prng.float() < 0.4) {
        const gone = [...seats.keys()][below(seats.size)] ?? playerId;
        node.rooms.release(ROOM, gone as PlayerId);
        seats.delete(gone);
      } else {
        const team = prng.float() < 0.5 ? undefined : below(teams);
        const answers = prng.float() < 0.5 ? Math.max(0, (asked?.generation ?? 0) - below(2)) : 0;
        try {
          node.rooms.reserve(ROOM, [{ playerId, joinJson: "", team }], answers);
          if (!seats.has(playerId)) {
            seated++;
            if (answers > 0) expect(answers).toBe(asked?.generation);
            const client = node.connect();
            client.hello({ seatToken: node.token(playerId) });
            seats.set(playerId, everyone.get(playerId as PlayerId)!.team);
            if (team !== undefined) expect(seats.get(playerId)).toBe(team);
          }
        } catch (error) {
          if (!(error instanceof WarrenError)) throw error;
          expect(["ROOM_FULL", "BACKFILL_STALE"]).toContain(error.code);
          expect(seats.has(playerId)).toBe(false);
          refused++;
        }
      }
      // What is asked for is what no player sits on, and every change of it has a new number.
      const free = Array.from(
        { length: teams },
        (_, i) => teamSize - [...seats.values()].filter((x) => x === i).length,
      );
      const now = node.changes.at(-1)?.asked;
      expect(now?.free ?? []).toEqual(seats.size > 0 && free.some((n) => n > 0) ? free : []);
      expect(now?.generation ?? generation).toBeGreaterThanOrEqual(generation);
      if (now && String(now.free) !== String(asked?.free ?? []))
        expect(now.generation).toBeGreaterThan(generation);
      generation = now?.generation ?? generation;
      // Nobody is lost, bots make up the rest, and no team has more than its seats.
      const taken = new Array<number>(teams).fill(0);
      for (const { team } of everyone.values()) taken[team]! += 1;
      expect(Math.max(...taken)).toBeLessThanOrEqual(teamSize);
      const players = [...everyone.values()].filter(({ isBot }) => !isBot).map(({ id }) => id as string);
      expect(players.sort()).toEqual([...seats.keys()].sort());
      expect(everyone.size).toBe(Math.max(seats.size, Math.min(fillTo, teams * teamSize)));
    }
    expect(node.errors).toEqual([]);
  });
  // The world is neither always full nor always empty.
  expect([seated > 500, refused > 500]).toEqual([true, true]);
});
