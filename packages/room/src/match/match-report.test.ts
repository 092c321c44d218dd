import { InputError, type PlayerId } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { LEAVERS_MAX, type MatchReport, matchResult, RANK_MAX, REPORT_BYTES_MAX } from "./match-report.ts";

/** Who sat in the room: `ann:0` sits in team 0, `-ben:1` left team 1. */
function result(who: string, report: object, hasTeams = true) {
  const parts = who.split(" ").map((one) => one.split(":") as [string, string]);
  const ever = new Map(parts.map(([id, team]) => [id.replace("-", "") as PlayerId, Number(team)]));
  const hasSeat = (id: PlayerId) => parts.some(([seated]) => seated === id);
  return matchResult(report as MatchReport, { ever, hasSeat, hasTeams });
}

/** Each team as `1: ann ben-`, with a dash behind who left. */
const shown = (...args: Parameters<typeof result>) =>
  result(...args).teams.map(
    ({ rank, players }) =>
      `${rank}: ${players.map(({ playerId, left }) => `${playerId}${left ? "-" : ""}`).join(" ")}`,
  );

const team = (rank: number, ...players: string[]) => ({ rank, players });

describe("a result", () => {
  it.each<[what: string, who: string, report: object, teams: string[]]>([
    ["of all who played", "ann:0 ben:1", { teams: [team(1, "ann"), team(2, "ben")] }, ["1: ann", "2: ben"]],
    [
      "has who left a team in it",
      "ann:0 -abe:0 ben:1 -bob:1",
      { teams: [team(2, "ann"), team(1, "ben")] },
      ["2: ann abe-", "1: ben bob-"],
    ],
    [
      "marks who left and is named",
      "ann:0 -abe:0 ben:1",
      { teams: [team(1, "ann", "abe"), team(2, "ben")] },
      ["1: ann abe-", "2: ben"],
    ],
    [
      "has a team that left as a whole behind the last",
      "ann:0 -ben:1 -bob:1 -cid:2",
      { teams: [team(1, "ann")] },
      ["1: ann", "2: ben- bob-", "2: cid-"],
    ],
    [
      "of a room with teams where each was ranked alone has leavers alone",
      "ann:0 abe:0 -amy:0 -ava:0",
      { teams: [team(1, "ann"), team(2, "abe")] },
      ["1: ann", "2: abe", "3: amy-", "3: ava-"],
    ],
    [
      "takes the room's word for who left",
      "ann:0 -abe:0 ben:1 -bob:1",
      { teams: [team(1, "ann"), team(2, "ben")], left: ["ben"] },
      ["1: ann", "2: ben-"],
    ],
    [
      "takes the room's word for who left and is not named",
      "ann:0 -abe:0 ben:1",
      { teams: [team(1, "ann"), team(1, "ben")], left: ["abe"] },
      ["1: ann abe-", "1: ben"],
    ],
    [
      "has no bots, and no team of bots",
      "ann:0 ben:1",
      { teams: [team(1, "bot-1"), team(2, "ann", "bot-12"), team(3, "ben")] },
      ["2: ann", "3: ben"],
    ],
    ["ends at the worst rank", "ann:0 -ben:1", { teams: [team(1_000, "ann")] }, ["1000: ann", "1000: ben-"]],
  ])("%s", (_what, who, report, teams) => {
    expect(shown(who, report)).toEqual(teams);
  });

  it("of a room without teams has each leaver alone, behind the last", () => {
    const report = { teams: [team(1, "ann")] };
    expect(shown("ann:0 -ben:0 -cid:0", report, false)).toEqual(["1: ann", "2: ben-", "2: cid-"]);
  });

  it("has anything besides as JSON", () => {
    expect(result("ann:0", { teams: [] }).reportJson).toBe("");
    expect(result("ann:0", { teams: [], report: { map: "x", at: [1] } }).reportJson).toBe(
      '{"map":"x","at":[1]}',
    );
  });

  it.each<[report: object, message: string]>([
    [{ teams: [team(0, "ann")] }, `teams[0].rank is 0; accepted: a whole number from 1 to ${RANK_MAX}`],
    [{ teams: [team(1, "ann"), team(1.5, "ben")] }, "teams[1].rank is 1.5"],
    [{ teams: [team(1, "ann", "eve")] }, 'teams[0].players[1] is "eve"; accepted: a player who has, or had'],
    [
      { teams: [team(1, "ann"), team(2, "ann")] },
      'teams is "ann"; accepted: each player in one team and once',
    ],
    [
      { teams: [], left: ["eve"] },
      'left[0] is "eve"; accepted: a player who has, or had, a seat in the room',
    ],
    [{ teams: [], report: "é".repeat(REPORT_BYTES_MAX / 2) }, `report is "${REPORT_BYTES_MAX + 2} bytes`],
  ])("is refused when it cannot be: %j", (report, message) => {
    expect(() => result("ann:0 ben:1", report)).toThrow(InputError);
    expect(() => result("ann:0 ben:1", report)).toThrow(`room.report ${message}`);
  });

  it("of the largest room fits into a record of the log", () => {
    const id = (i: number) => `p${i}`.padEnd(64, "x");
    const ids = Array.from({ length: 1_000 + LEAVERS_MAX }, (_, i) => id(i));
    const who = ids.map((one, i) => `${i < 1_000 ? "" : "-"}${one}:0`).join(" ");
    const report = { teams: ids.slice(0, 1_000).map((one) => team(1, one)), report: "x".repeat(16_000) };
    // JSON is larger than the record.
    expect(JSON.stringify(result(who, report, false)).length).toBeLessThan(1_000_000 / 2);
  });
});
