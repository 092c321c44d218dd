import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type PlayerId, Prng } from "@warren/kernel";
import { describe, expect, it } from "vitest";
import { RATING_LIBRARY, type RankedTeam, type Rating, type RatingConfig, rateTeams } from "./rating.ts";

const config: RatingConfig = { name: "duel", model: "plackettLuce", mu: 1_500, sigma: 500 };
const MODELS: readonly RatingConfig["model"][] = [
  "plackettLuce",
  "bradleyTerryFull",
  "thurstoneMostellerFull",
];

/** `"1 a b!"`: rank 1, players a and b, of whom b left. */
function team(text: string): RankedTeam {
  const [rank, ...players] = text.split(" ");
  return {
    rank: Number(rank),
    players: players.map((id) => ({ id: id.replace("!", "") as PlayerId, left: id.endsWith("!") })),
  };
}

function rate(texts: readonly string[], before: Record<string, Rating> = {}, of = config) {
  const map = new Map(Object.entries(before).map(([id, rating]) => [id as PlayerId, rating]));
  return Object.fromEntries(rateTeams(texts.map(team), map, of)) as Record<string, Rating>;
}

describe("ratings", () => {
  it.each(MODELS)(
    "%s: who wins goes up by as much as an equal goes down, and both become more certain",
    (model) => {
      const { a, b } = rate(["1 a", "2 b"], {}, { ...config, model });
      expect(a!.mu).toBeGreaterThan(1_500);
      expect(a!.mu - 1_500).toBeCloseTo(1_500 - b!.mu, 9);
      expect(a!.sigma).toBeLessThan(500);
      expect(a!.sigma).toBeCloseTo(b!.sigma, 9);
    },
  );

  it.each(MODELS)("%s: a draw moves equals nowhere, and the stronger down", (model) => {
    const equal = rate(["1 a", "1 b"], {}, { ...config, model });
    expect(equal["a"]!.mu).toBeCloseTo(1_500, 9);
    const before = { a: { mu: 1_900, sigma: 200 }, b: { mu: 1_500, sigma: 200 } };
    const { a, b } = rate(["1 a", "1 b"], before, { ...config, model });
    expect(a!.mu).toBeLessThan(1_900);
    expect(b!.mu).toBeGreaterThan(1_500);
  });

  it("the figures of the authors' scale, sixty times as large", () => {
    // openskill's own example: two new players on mu 25, sigma 25/3.
    const { a, b } = rate(["1 a", "2 b"], {}, { ...config, mu: 25, sigma: 25 / 3 });
    expect(a).toEqual({ mu: expect.closeTo(27.63538949, 6), sigma: expect.closeTo(8.06590141, 6) });
    expect(b).toEqual({ mu: expect.closeTo(22.36461051, 6), sigma: expect.closeTo(8.06590141, 6) });
    expect(rate(["1 a", "2 b"])["a"]!.mu).toBeCloseTo(27.63538949 * 60, 4);
  });

  it("the order of teams in a result does not matter", () => {
    const one = rate(["1 a b", "2 c d", "3 e f"]);
    const other = rate(["3 e f", "1 a b", "2 c d"]);
    for (const id of Object.keys(one)) expect(other[id]!.mu).toBeCloseTo(one[id]!.mu, 9);
    expect(one["a"]!.mu).toBeGreaterThan(one["c"]!.mu);
    expect(one["c"]!.mu).toBeGreaterThan(one["e"]!.mu);
  });

  it("who left is rated as if last; who stayed is rated as played", () => {
    const played = rate(["1 a b", "2 c d"]);
    const left = rate(["1 a b!", "2 c d"]);
    expect(left["b"]!.mu).toBeLessThan(1_500);
    expect(left["b"]!.mu).toBeCloseTo(played["d"]!.mu, 9);
    for (const id of ["a", "c", "d"]) expect(left[id]).toEqual(played[id]);
    // Leaving a team that lost anyway costs no more.
    expect(rate(["1 a b", "2 c d!"])).toEqual(played);
  });

  it("a match against bots alone, or alone, changes nothing", () => {
    const nobody: RankedTeam = { rank: 1, players: [] };
    const before = new Map([["a" as PlayerId, { mu: 1_700, sigma: 90 }]]);
    expect([...rateTeams([team("2 a"), nobody], before, config)]).toEqual([...before]);
    expect([...rateTeams([team("1 a")], before, config)]).toEqual([...before]);
    expect(rateTeams([], before, config).size).toBe(0);
  });

  it.each(MODELS)("%s: five hundred a side, any strength: every number is finite", (model) => {
    const prng = new Prng(7);
    const before: Record<string, Rating> = {};
    const side = (name: string, mu: number) => {
      const ids = Array.from({ length: 500 }, (_, i) => `${name}${i}`);
      for (const id of ids) before[id] = { mu: mu + prng.int(0, 1_000), sigma: prng.int(30, 500) };
      return ids.join(" ");
    };
    const after = rate([`2 ${side("a", 5_000)}`, `1 ${side("b", 0)}`], before, { ...config, model });
    for (const { mu, sigma } of Object.values(after)) {
      expect(Number.isFinite(mu)).toBe(true);
      expect(sigma).toBeGreaterThan(0);
    }
    expect(after["b0"]!.mu).toBeGreaterThan(before["b0"]!.mu);
  });

  it("the same arguments give the same bits", () => {
    // Golden: a machine or a release that rounds otherwise shows here.
    let before: Record<string, Rating> = {};
    for (const result of [
      ["1 a b", "2 c d"],
      ["2 a c", "1 b d!"],
      ["1 a d", "1 b c"],
    ])
      before = rate(result, before);
    expect(before).toEqual(GOLDEN);
  });

  it("the library is the release that ratings are marked with", () => {
    const file = createRequire(import.meta.url).resolve("openskill");
    const { name, version } = JSON.parse(
      readFileSync(new URL("../package.json", `file://${file}`), "utf8"),
    ) as {
      name: string;
      version: string;
    };
    expect(RATING_LIBRARY).toBe(`${name} ${version}`);
  });
});

const GOLDEN = {
  a: { mu: 1515.1034284658922, sigma: 472.8412358539657 },
  b: { mu: 1720.611926150475, sigma: 472.8412358539657 },
  c: { mu: 1254.0668505424005, sigma: 472.8412358539657 },
  d: { mu: 1279.388073849525, sigma: 472.8412358539657 },
};
