import { Fold } from "@warren/matchmaking";
import { LogEntry } from "@warren/protocol/services";
import { afterEach, describe, expect, it } from "vitest";
import { problemWith, Simulation, WARREN, type World } from "../../test/simulation/simulation.ts";

/** A broken rule has to be found within so many runs. */
const RUNS_TO_FIND = 1_000;

async function firstProblem(world: World): Promise<string | undefined> {
  for (let seed = 1; seed <= RUNS_TO_FIND; seed++) {
    const problem = await problemWith(seed, world);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

describe("the simulation finds what it is for", () => {
  const { apply } = Fold.prototype;
  afterEach(() => {
    Fold.prototype.apply = apply;
  });

  it("folds that take every match, whether its tickets are open or not, are found out", async () => {
    Fold.prototype.apply = function (this: Fold, seq, timeMs, isDeciders, entry) {
      if (entry.body?.$case === "matchesDecided") {
        for (const { ticketId } of entry.body.value.matches.flatMap(({ tickets }) => tickets)) {
          const ticket = this.tickets.get(ticketId as never);
          if (ticket) ticket.status = "open";
        }
      }
      return apply.call(this, seq, timeMs, isDeciders, entry);
    };
    expect(await firstProblem(WARREN)).toMatch(/in a fold and .* by the log/);
  });

  it("a log that lets a decider append that was replaced is found out", async () => {
    expect(await firstProblem({ ...WARREN, isFenced: false })).toMatch(
      /two deciders|decided twice|in a fold and/,
    );
  });

  it("match ids that two deciders may both give are found out", async () => {
    const withoutEpoch = (_subject: string, bytes: Uint8Array) => {
      const entry = LogEntry.decode(bytes);
      if (entry.body?.$case !== "matchesDecided") return bytes;
      for (const match of entry.body.value.matches) match.matchId = match.matchId.replace(/_\d+_/, "_");
      return LogEntry.encode(entry).finish();
    };
    expect(await firstProblem({ ...WARREN, rewrite: withoutEpoch })).toMatch(/decided twice/);
  });

  it("nodes that do not know a match again when it is asked for twice are found out", async () => {
    expect(await firstProblem({ ...WARREN, isReserveIdempotent: false })).toMatch(/has two seats/);
  });
});

it("the runs reach everything that is promised, so that the promises mean something", async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 100; seed++) {
    const simulation = new Simulation(seed);
    await simulation.run();
    for (const thing of simulation.checker.seen) seen.add(thing);
  }
  expect([...seen]).toEqual(
    expect.arrayContaining([
      "assigned",
      "returned",
      "cancelled",
      "expired",
      "replaced",
      "orphaned",
      "accepted",
      "dissolved",
      "backfill",
      "void match",
      "refused TICKET_EXISTS",
      "voted",
      "matchesDissolved",
      "epochStarted",
      "queuesConfigured",
      "streamsChanged",
      "resultReported",
      "seatTaken",
      "roomsClosed",
    ]),
  );
});
