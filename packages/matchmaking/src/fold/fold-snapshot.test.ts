import { Prng, type TicketId } from "@warren/kernel";
import { expect, it } from "vitest";
import { restored, stateOf } from "../testing/index.ts";
import {
  applyNext,
  type Body,
  backfill,
  cancel,
  configure,
  decide,
  dissolve,
  ended,
  epoch,
  expire,
  orphan,
  placed,
  post,
  propose,
  refused,
  replace,
  report,
  settle,
  streams,
  taken,
  vote,
} from "../testing/records.ts";
import { Fold } from "./fold.ts";
import { encodeFold } from "./fold-snapshot.ts";

const RUNS = 60;
const RECORDS = 150;

/** Records that mean something most of the time, whatever the state is. */
class Script {
  readonly #prng: Prng;
  #count = 0;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  next(fold: Fold): Body {
    const prng = this.#prng;
    const one = <T>(of: Iterable<T>, otherwise: T): T => {
      const all = [...of];
      return all.length === 0 ? otherwise : prng.pick(all);
    };
    const ticket = () => one<string>(fold.tickets.keys(), "none");
    const player = () => `P${prng.int(1, 12)}`;
    const open = () => [...fold.open].slice(0, prng.int(1, 3)).map(({ id }) => id);
    const room = () => one<string>(fold.rooms.keys(), "r_none");
    const match = (of: Iterable<string>) => one(of, "none");
    const id = ++this.#count;
    return prng.pick([
      () => post(`t${id}`, player()),
      () => post(`t${id}`, [...new Set([player(), player()])]),
      () => replace(`t${id}`, [...new Set([player(), player()])]),
      () => cancel(ticket()),
      () => prng.pick([expire, orphan])(ticket()),
      () => propose(`m${id}`, `r_${id}`, ...open()),
      () => decide(fold.epoch, [`m${id}`, `r_${id}`, ...open()]),
      () => backfill(`m${id}`, room(), ...open()),
      () => this.#vote(fold),
      () => this.#vote(fold),
      () => dissolve(match(fold.proposed.keys())),
      () => placed(match(fold.placing.keys())),
      () => placed(match(fold.placing.keys())),
      () => refused(match(fold.placing.keys())),
      () => taken(player(), `r_own${id}`),
      () => ended(room()),
      () => streams(`mm_${prng.int(1, 3)}`, [ticket(), ticket()], [ticket()]),
      () => {
        const [roomId, { matchId }] = one(fold.rooms, ["r_none", { matchId: "" }] as never);
        return report(matchId, roomId);
      },
      () => settle([match(fold.results.keys())], [match(fold.results.keys())]),
      () => configure(prng.pick(["duel", "ffa"]), prng.int(1, 9)),
      () => (prng.int(0, 9) === 0 ? epoch(fold.epoch + 1) : cancel(ticket())),
    ])();
  }

  #vote(fold: Fold): Body {
    const asked = [...fold.proposed.values()].flatMap(({ match }) =>
      match.tickets.map((each) => [match.matchId, each.ticketId] as const),
    );
    if (asked.length === 0) return vote("none", "P1");
    const [matchId, ticketId] = this.#prng.pick(asked);
    const players = fold.tickets.get(ticketId as TicketId)?.players ?? [];
    return vote(matchId, this.#prng.pick(players).id, this.#prng.int(0, 4) > 0);
  }

  apply(fold: Fold): void {
    const timeMs = fold.timeMs + this.#prng.int(0, this.#prng.int(0, 9) === 0 ? 20_000 : 400);
    applyNext(fold, this.next(fold), timeMs);
  }

  int(low: number, high: number): number {
    return this.#prng.int(low, high);
  }
}

const seeds = process.env["SEED"]
  ? [Number(process.env["SEED"])]
  : Array.from({ length: RUNS }, (_, i) => i + 1);

it.each(seeds)("a snapshot is of one moment, whatever comes while it is taken (SEED=%i)", (seed) => {
  const script = new Script(seed);
  const fold = new Fold();
  for (let i = 0; i < RECORDS; i++) script.apply(fold);
  const wanted = stateOf(fold);
  const lines: string[] = [];
  for (const line of encodeFold(fold)) {
    lines.push(line);
    if (script.int(0, 2) === 0) script.apply(fold);
  }
  expect(stateOf(fold)).not.toBe(wanted);
  expect(stateOf(restored(lines))).toBe(wanted);
});

it("a fold of a snapshot goes on as the one it was taken of", () => {
  for (const seed of seeds) {
    const script = new Script(seed);
    const fold = new Fold();
    for (let i = 0; i < RECORDS; i++) script.apply(fold);
    const copy = restored([[...encodeFold(fold)].join("")]);
    for (let i = 0; i < RECORDS; i++) {
      const timeMs = fold.timeMs + script.int(0, 2_000);
      const body = script.next(fold);
      const changes = applyNext(fold, body, timeMs);
      expect(applyNext(copy, body, timeMs)).toEqual(changes);
    }
    expect(stateOf(copy)).toBe(stateOf(fold));
  }
});

it("the script reaches everything there is to a fold", () => {
  const seen = new Set<string>();
  for (const seed of seeds) {
    const script = new Script(seed);
    const fold = new Fold();
    for (let i = 0; i < RECORDS; i++) {
      script.apply(fold);
      for (const line of encodeFold(fold)) seen.add((JSON.parse(line) as [string])[0]);
      if (fold.streams.unwatched.size > 0) seen.add("unwatched");
    }
  }
  expect([...seen].sort()).toEqual(
    "closedRoom cooldown fold placing proposed queue replica result room ticket unwatched".split(" "),
  );
});

it("numbers that JSON does not have are none of a fold's", () => {
  const fold = new Fold();
  const posted = post("a");
  if (posted.$case === "ticketPosted")
    posted.value.players[0]!.attributes = [
      { name: "mmr", value: { $case: "number", value: Number.NaN }, sigma: Number.POSITIVE_INFINITY },
      { name: "maps", value: { $case: "set", value: { values: ["a", "b"] } }, sigma: 0 },
      { name: "build", value: { $case: "text", value: "x\n\u2028" }, sigma: 0 },
    ];
  applyNext(fold, posted);
  const decided = decide(0, ["m1", "r_1", "a"]);
  if (decided.$case === "matchesDecided") decided.value.matches[0]!.skill = Number.NaN;
  applyNext(fold, decided);
  const copy = restored(encodeFold(fold));
  expect([...copy.tickets.values()]).toEqual([...fold.tickets.values()]);
  expect([...copy.placing.values()]).toEqual([...fold.placing.values()]);
});

it("one at a time; one that was given up makes room for the next", () => {
  const fold = new Fold();
  applyNext(fold, post("a"));
  const first = encodeFold(fold);
  first.next();
  expect(() => encodeFold(fold).next()).toThrow("already running");
  first.return();
  expect(stateOf(restored(encodeFold(fold)))).toBe(stateOf(fold));
});
