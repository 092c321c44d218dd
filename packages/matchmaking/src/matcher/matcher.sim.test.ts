import { Prng } from "@warren/kernel";
import type { Match } from "@warren/protocol/services";
import { describe, expect, it } from "vitest";
import { defineQueue, type QueueSource, type Step } from "../queue/queue-config.ts";
import { node, openRoom, surroundings, type Waiting, waiting } from "../testing/matcher-harness.ts";
import { Matcher } from "./matcher.ts";
import type { OpenRoom } from "./surroundings.ts";

const SEEDS = process.env["SEED"]
  ? [Number(process.env["SEED"])]
  : Array.from({ length: 600 }, (_, i) => i + 1);

const REGIONS = ["eu", "us", "ap"];
const MAPS = ["a", "b", "c"];
const ROLES = ["tank", "heal"];

/** A queue of anything, and a pool of anybody, in plain words: the checks below know nothing else. */
interface Scene {
  readonly source: QueueSource;
  readonly tickets: readonly Waiting[];
  readonly openRooms: readonly OpenRoom[];
}

function sceneOf(prng: Prng, ticketsMax: number): Scene {
  const often = (share: number) => prng.float() < share;
  const count = prng.pick([1, 2, 2, 2, 3]);
  const size = prng.int(1, count === 1 ? 6 : 3);
  const hasRoles = size >= 2 && often(0.3);
  const some = <T>(list: readonly T[]) => {
    const chosen = list.filter(() => often(0.6));
    return chosen.length > 0 ? chosen : [list[0]!];
  };
  const source: QueueSource = {
    room: "arena",
    attributes: {
      mmr: { type: "number", default: 1_000 },
      build: { type: "text", default: "1" },
      maps: { type: "set", values: MAPS },
      ...(hasRoles && { role: { type: "set", values: ROLES } as const }),
    },
    teams: {
      count,
      size,
      ...(hasRoles && { roles: { tank: [1, size] as const, heal: [prng.int(0, 1), size - 1] as const } }),
    },
    party: {
      best: prng.pick([0, 0.3, 1]),
      sizeBonus: often(0.3) ? [0, 15, 30].slice(0, size) : [],
      mirrorUntilMs: often(0.3) ? prng.int(0, 20_000) : 0,
    },
    ...(often(0.3) && { equal: ["build"] }),
    ...(often(0.3) && { share: [{ attribute: "maps", min: prng.int(1, 2) }] }),
    ...(often(0.7) && {
      skill: {
        attribute: "mmr",
        windows: [
          { atMs: 0, value: prng.int(0, 200) },
          { atMs: 5_000, value: prng.int(200, 500) },
          { atMs: 12_000, value: 700 },
        ],
        interpolate: prng.pick(["step", "linear"] as const),
        ageRule: prng.pick(["max", "min", "mean"] as const),
        sigma: prng.pick([0, 0, 1]),
      },
    }),
    ...(often(0.3) && {
      latency: {
        maxMs: [
          { atMs: 0, value: 60 },
          { atMs: 8_000, value: 150 },
        ],
      },
    }),
    ...(often(0.4) && {
      relax: [
        {
          atMs: prng.int(0, 15_000),
          ...prng.pick(
            count * size > 2
              ? [
                  { min: prng.int(1, count * size), multipleOf: 1 },
                  { min: 2, multipleOf: 2 },
                ]
              : [{ min: 1, multipleOf: 1 }],
          ),
          fillTo: prng.pick([0, count * size]),
        },
      ],
    }),
    ...(often(0.3) && {
      quality: {
        accept: [
          { atMs: 0, value: prng.float() },
          { atMs: 10_000, value: 0 },
        ],
      },
    }),
    gatherMs: prng.pick([0, 0, 3_000]),
    backfill: prng.pick([false, false, true, { priority: "high" }, { priority: "low" }] as const),
  };
  const tickets = Array.from({ length: prng.int(0, ticketsMax) }, (_, i): Waiting => {
    const players = prng.int(1, often(0.3) ? size : 1);
    return {
      id: `t${i}`,
      ageMs: prng.int(0, 20_000),
      mmr: Array.from({ length: players }, () => prng.int(500, 1_500)),
      sigma: prng.int(0, 50),
      build: often(0.8) ? "1" : "2",
      maps: some(MAPS),
      roles: Array.from({ length: players }, () => some(ROLES)),
      ms: Object.fromEntries(some(REGIONS).map((region) => [region, prng.int(10, 160)])),
    };
  });
  const openRooms = Array.from({ length: prng.int(0, 2) }, (_, i) =>
    openRoom(
      `r_${i}`,
      Array.from({ length: count }, () => prng.int(0, size)),
      {
        skill: prng.int(500, 1_500),
        region: prng.pick(REGIONS),
      },
    ),
  );
  return { source, tickets, openRooms };
}

// --- the rules again, from their description and not from the matcher ---

const at = (steps: readonly Step[], ageMs: number) => steps.filter(({ atMs }) => atMs <= ageMs).at(-1)!.value;

function windowOf({ skill }: QueueSource, { ageMs = 0, sigma = 0 }: Waiting): number {
  if (!skill) return Number.POSITIVE_INFINITY;
  const next = skill.windows.findIndex(({ atMs }) => atMs > ageMs);
  let window = at(skill.windows, ageMs);
  if (skill.interpolate === "linear" && next > 0) {
    const [from, to] = [skill.windows[next - 1]!, skill.windows[next]!];
    window += ((ageMs - from.atMs) / (to.atMs - from.atMs)) * (to.value - from.value);
  }
  return window + (skill.sigma ?? 0) * sigma;
}

const mmrs = ({ mmr }: Waiting) => mmr as readonly number[];

function skillOf({ skill, party }: QueueSource, ticket: Waiting): number {
  const values = mmrs(ticket);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (!skill) return 0;
  return mean + party!.best! * (Math.max(...values) - mean) + (party!.sizeBonus![values.length - 1] ?? 0);
}

const pairs = <T>(list: readonly T[]) =>
  list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const));

function regionsOf({ latency }: QueueSource, tickets: readonly Waiting[]): string[] {
  return REGIONS.filter((region) =>
    tickets.every(({ ms = {}, ageMs = 0 }) => (ms[region] ?? 1e9) <= at(latency!.maxMs, ageMs)),
  );
}

/** Why these may not meet; undefined: they may. */
function whyNotTogether(source: QueueSource, tickets: readonly Waiting[]): string | undefined {
  const { skill, equal = [], share = [], latency } = source;
  if (equal.length > 0 && new Set(tickets.map(({ build }) => build)).size > 1) return "equal";
  for (const { min } of share)
    if (MAPS.filter((map) => tickets.every(({ maps }) => maps!.includes(map))).length < min) return "share";
  for (const [a, b] of skill ? pairs(tickets) : []) {
    const windows = [windowOf(source, a), windowOf(source, b)];
    const window =
      skill!.ageRule === "mean" ? (windows[0]! + windows[1]!) / 2 : Math[skill!.ageRule ?? "max"](...windows);
    if (Math.abs(skillOf(source, a) - skillOf(source, b)) > window + 1e-9) return "skill";
  }
  if (latency && regionsOf(source, tickets).length === 0) return "latency";
  return undefined;
}

type Teams = readonly (readonly Waiting[])[];
const playersOf = (team: readonly Waiting[]) => team.reduce((sum, ticket) => sum + mmrs(ticket).length, 0);

function rolesCanBe(source: QueueSource, team: readonly Waiting[]): boolean {
  const roles = Object.entries(source.teams!.roles ?? {}) as [string, [number, number]][];
  if (roles.length === 0) return true;
  const wishes = team.flatMap((ticket) => ticket.roles as readonly string[][]);
  const free = source.teams!.size - wishes.length;
  const counts = new Map(roles.map(([role]) => [role, 0]));
  const go = (i: number): boolean => {
    if (i === wishes.length) {
      let missing = 0;
      for (const [role, [min, max]] of roles) {
        if (counts.get(role)! > max) return false;
        missing += Math.max(0, min - counts.get(role)!);
      }
      return missing <= free;
    }
    return wishes[i]!.some((role) => {
      counts.set(role, counts.get(role)! + 1);
      const can = go(i + 1);
      counts.set(role, counts.get(role)! - 1);
      return can;
    });
  };
  return go(0);
}

const isMirror = (teams: Teams) =>
  new Set(teams.map((team) => Math.max(0, ...team.map((ticket) => mmrs(ticket).length)))).size <= 1;

function apartOf(source: QueueSource, teams: Teams): number {
  const means = teams
    .filter((team) => team.length > 0)
    .map(
      (team) =>
        team.reduce((sum, ticket) => sum + skillOf(source, ticket) * mmrs(ticket).length, 0) /
        playersOf(team),
    );
  return Math.max(...means) - Math.min(...means);
}

function* splitsOf(tickets: readonly Waiting[], count: number): Generator<Teams> {
  for (let code = 0; code < count ** tickets.length; code++) {
    const teams: Waiting[][] = Array.from({ length: count }, () => []);
    let rest = code;
    for (const ticket of tickets) {
      teams[rest % count]!.push(ticket);
      rest = Math.floor(rest / count);
    }
    yield teams;
  }
}

const oldestOf = (tickets: readonly Waiting[]) => Math.max(...tickets.map(({ ageMs }) => ageMs!));

/** The full splits of tickets that obey the rules of teams. */
function* fullSplits(source: QueueSource, tickets: readonly Waiting[]): Generator<Teams> {
  const { count, size } = source.teams!;
  if (playersOf(tickets) !== count * size) return;
  for (const teams of splitsOf(tickets, count))
    if (
      teams.every((team) => playersOf(team) === size && rolesCanBe(source, team)) &&
      (oldestOf(tickets) >= source.party!.mirrorUntilMs! || isMirror(teams))
    )
      yield teams;
}

function check({ source, tickets: pool, openRooms }: Scene, match: Match, label: string): void {
  const { count, size, roles } = source.teams!;
  const byId = new Map(pool.map((ticket) => [ticket.id, ticket]));
  const tickets = match.tickets.map(({ ticketId }) => byId.get(ticketId)!);
  const teams: Waiting[][] = Array.from({ length: count }, () => []);
  for (const [i, { team }] of match.tickets.entries()) teams[team]!.push(tickets[i]!);
  const ageMs = oldestOf(tickets);
  if (match.backfillGeneration > 0) {
    const room = openRooms.find(({ roomId }) => roomId === match.roomId)!;
    for (const [i, team] of teams.entries())
      expect(playersOf(team), label).toBeLessThanOrEqual(room.free[i]!);
    for (const ticket of tickets) {
      if (source.skill)
        expect(Math.abs(skillOf(source, ticket) - room.skill), label).toBeLessThanOrEqual(
          windowOf(source, ticket),
        );
      if (source.latency) expect(regionsOf(source, [ticket]), label).toContain(room.region);
    }
    expect(source.equal ?? source.share, label).toBeUndefined();
    return;
  }
  expect(whyNotTogether(source, tickets), label).toBeUndefined();
  if (source.latency) {
    const worst = (region: string) => Math.max(...tickets.map(({ ms }) => ms![region]!));
    const best = Math.min(...regionsOf(source, tickets).map(worst));
    expect(worst(match.region), `${label}: region`).toBe(best);
  }
  const players = playersOf(tickets);
  if (players === count * size) {
    for (const team of teams) expect(playersOf(team), `${label}: team`).toBe(size);
    expect(match.fillTo, label).toBe(0);
    const best = Math.min(...[...fullSplits(source, tickets)].map((split) => apartOf(source, split)));
    expect(apartOf(source, teams), `${label}: split`).toBeCloseTo(best, 6);
  } else {
    const step = source.relax!.findLast(({ atMs }) => atMs <= ageMs)!;
    expect(players, `${label}: relaxed`).toBeGreaterThanOrEqual(step.min);
    expect(players % step.multipleOf!, `${label}: multiple`).toBe(0);
    expect(match.fillTo, label).toBe(step.fillTo);
    const sizes = teams.map(playersOf);
    const most = Math.ceil(Math.max(players, step.fillTo) / count);
    expect(Math.max(...sizes), `${label}: relaxed team`).toBeLessThanOrEqual(most);
    if (step.fillTo === 0)
      expect(Math.min(...sizes), `${label}: relaxed team`).toBeGreaterThanOrEqual(
        Math.floor(players / count),
      );
  }
  if (ageMs < source.party!.mirrorUntilMs! && count > 1)
    expect(isMirror(teams), `${label}: mirror`).toBe(true);
  for (const team of teams) expect(rolesCanBe(source, team), `${label}: roles`).toBe(true);
  for (const [i, each] of match.tickets.entries()) {
    expect(each.roles, label).toHaveLength(roles ? mmrs(tickets[i]!).length : 0);
    for (const [player, role] of each.roles.entries())
      expect((tickets[i]!.roles as string[][])[player], `${label}: role`).toContain(role);
  }
  if (source.quality)
    expect(match.quality, `${label}: quality`).toBeGreaterThanOrEqual(at(source.quality.accept, ageMs));
}

/** All that a look, taken in slices of random length, proposes. */
function lookAt(scene: Scene, prng: Prng): Match[] {
  const fold = waiting(...scene.tickets);
  const matcher = new Matcher(fold, new Map([["q", defineQueue(scene.source)]]));
  const nodes = REGIONS.map((region) => node(`n_${region}`, 1_000, region));
  const around = surroundings({ nodes });
  const matches: Match[] = [];
  let { openRooms } = scene;
  for (;;) {
    let left = prng.int(1, 4);
    const look = matcher.look({ ...around, openRooms, isOver: () => --left < 0 });
    for (const match of look.matches) {
      matches.push(match);
      // A room that is about to get players asks anew.
      openRooms = openRooms.filter(({ roomId }) => roomId !== match.roomId);
      for (const { ticketId } of match.tickets) {
        const ticket = fold.tickets.get(ticketId as never)!;
        expect(fold.open.delete(ticket)).toBe(true);
        matcher.left(ticket);
      }
    }
    if (look.done) return matches;
  }
}

describe("any queue, any pool", () => {
  it("every match obeys every rule, and no ticket is in two", () => {
    let [fresh, backfilled, relaxed] = [0, 0, 0];
    for (const seed of SEEDS) {
      const prng = new Prng(seed);
      const scene = sceneOf(prng, 40);
      for (const match of lookAt(scene, prng)) {
        check(scene, match, `SEED=${seed} ${match.matchId}`);
        if (match.backfillGeneration > 0) backfilled++;
        else fresh++;
        if (match.tickets.length > 0 && match.fillTo > 0) relaxed++;
      }
    }
    if (SEEDS.length > 1) expect(Math.min(fresh / 10, backfilled, relaxed)).toBeGreaterThan(50);
  });

  it("what a full search finds for the oldest of a few, the matcher finds", () => {
    let found = 0;
    for (const seed of SEEDS) {
      const prng = new Prng(seed);
      const { source, tickets } = sceneOf(prng, 9);
      const plain: QueueSource = { ...source, backfill: false, relax: [] };
      delete plain.quality;
      if (tickets.length === 0) continue;
      const oldest = waiting(...tickets)
        .open.values()
        .next().value!;
      const first = tickets.find(({ id }) => id === oldest.id)!;
      if (first.ageMs! < source.gatherMs!) continue;
      const others = tickets.filter((ticket) => ticket !== first);
      let exists = false;
      for (let code = 0; code < 2 ** others.length && !exists; code++) {
        const group = [first, ...others.filter((_, i) => code & (1 << i))];
        if (playersOf(group) !== plain.teams!.count * plain.teams!.size) continue;
        if (whyNotTogether(plain, group)) continue;
        exists = !fullSplits(plain, group).next().done;
      }
      const matches = lookAt({ source: plain, tickets, openRooms: [] }, prng);
      const isMatched = matches.some((match) => match.tickets.some(({ ticketId }) => ticketId === first.id));
      expect(isMatched, `SEED=${seed}`).toBe(exists);
      if (exists) found++;
    }
    if (SEEDS.length > 1) expect(found).toBeGreaterThan(100);
  });
});
