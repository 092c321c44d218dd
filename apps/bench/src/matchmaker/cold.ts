import { Fold, Matcher } from "@warren/matchmaking";
import { LogEntry } from "@warren/protocol/services";
import type { Runner } from "../benchmark.ts";
import { collect } from "./collect.ts";
import { QUEUES, Squads } from "./squads.ts";
import { assertWhole, Table } from "./table.ts";

/** Everybody came within this time. */
const SPREAD_MS = 60_000;

/** A decider takes over with a full pool: the index and every match that can be made, in one go. */
export function coldRunner(tickets: number): Runner {
  const once = () => {
    const table = new Table(new Fold());
    const squads = new Squads(1);
    for (let i = 1; i <= tickets; i++) table.post(LogEntry.decode(squads.next()), (i * SPREAD_MS) / tickets);
    // The fold is long there when a replica takes over: its promotion is not the matcher's work.
    for (let i = 0; i < 3; i++) collect({ type: "minor" });
    const startedMs = performance.now();
    const matcher = new Matcher(table.fold, QUEUES);
    const filledMs = performance.now() - startedMs;
    const { matches, tookMs } = table.matchAll(matcher, SPREAD_MS);
    assertWhole(matches, table.fold);
    if (matches.length * 14 < tickets) throw new Error(`only ${matches.length} matches`);
    return { coldMs: filledMs + tookMs, matches: matches.length };
  };
  return {
    round() {
      // While other subjects have their turn, V8 lets go of code and shrinks what is young.
      once();
      return once();
    },
  };
}
