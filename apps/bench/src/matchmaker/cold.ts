import { Fold, Matcher } from "@warren/matchmaking";
import { LogEntry } from "@warren/protocol/services";
import type { Runner } from "../benchmark.ts";
import { QUEUES, Squads } from "./squads.ts";
import { assertWhole, matchAll, Table } from "./table.ts";

/** Everybody came within this time. */
const SPREAD_MS = 60_000;

/** A decider takes over with a full pool: the index and every match that can be made, in one go. */
export function coldRunner(tickets: number): Runner {
  const fold = new Fold();
  const squads = new Squads(1);
  for (let i = 1; i <= tickets; i++)
    fold.apply(i, (i * SPREAD_MS) / tickets, false, LogEntry.decode(squads.next()));
  const once = () => {
    const startedMs = performance.now();
    const matcher = new Matcher(fold, QUEUES);
    const matches = matchAll(matcher, fold, new Table().at(SPREAD_MS));
    const coldMs = performance.now() - startedMs;
    assertWhole(matches, fold);
    if (matches.length * 14 < tickets) throw new Error(`only ${matches.length} matches`);
    return { coldMs, matches: matches.length };
  };
  for (let i = 0; i < 3; i++) once();
  return { round: once };
}
