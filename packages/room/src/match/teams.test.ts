import { describe, expect, it } from "vitest";
import { Teams } from "./teams.ts";

const bot = (team: number) => ({ team, isBot: true });
const player = (team: number) => ({ team, isBot: false });

describe("teams", () => {
  it("count who sits, and what is free of players", () => {
    const teams = new Teams(2, 3);
    for (const seat of [player(0), player(0), bot(0), bot(1)]) teams.sat(seat);
    expect([teams.players, teams.bots, teams.seats, teams.free()]).toEqual([2, 2, 6, [1, 3]]);
    expect([teams.isFull(0), teams.isFull(1)]).toEqual([true, false]);
    teams.went(player(0));
    expect([teams.players, teams.free()]).toEqual([1, [2, 3]]);
    teams.clear();
    expect([teams.players, teams.bots]).toEqual([0, 0]);
  });

  it("say where a bot is needed most, and where least", () => {
    const teams = new Teams(3, 2);
    expect([teams.smallest(), teams.largestWithBot()]).toEqual([0, undefined]);
    for (const seat of [player(0), bot(1), bot(1)]) teams.sat(seat);
    expect([teams.smallest(), teams.largestWithBot()]).toEqual([2, 1]);
    for (const seat of [player(0), bot(2), player(2)]) teams.sat(seat);
    expect(teams.smallest()).toBeUndefined();
  });
});
