import { Fold, Matcher, type Ticket } from "@warren/matchmaking";
import { LogEntry, type Match } from "@warren/protocol/services";
import type { Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { QUEUES, Squads } from "./squads.ts";
import { assertWhole, Table } from "./table.ts";

const CYCLE_MS = 5;
const CYCLES = 2_000;

/** Tickets keep coming, and each cycle takes in what came in 5 ms and looks. Time is simulated; what is measured is the work. */
export function steadyRunner(perSecond: number): Runner {
  const table = new Table(new Fold());
  const matcher = new Matcher(table.fold, QUEUES);
  const squads = new Squads(2);
  let nowMs = 0;
  let owed = 0;
  /** One cycle; answers how long the matcher worked. */
  const cycle = (found: Match[]): number => {
    nowMs += CYCLE_MS;
    owed += (perSecond * CYCLE_MS) / 1_000;
    const came: Ticket[] = [];
    for (; owed >= 1; owed--) came.push(...table.post(LogEntry.decode(squads.next()), nowMs).opened);
    const startedMs = performance.now();
    for (const ticket of came) matcher.opened(ticket);
    const openedMs = performance.now() - startedMs;
    const { matches, tookMs } = table.matchAll(matcher, nowMs);
    assertWhole(matches, table.fold);
    found.push(...matches);
    const placements = matches.map(({ matchId }) => ({ matchId, ok: true, roomEpoch: 1, errorCode: "" }));
    table.write({ $case: "matchesPlaced", value: { placements } }, nowMs);
    table.write({ $case: "roomsClosed", value: { roomIds: matches.map(({ roomId }) => roomId) } }, nowMs);
    return openedMs + tookMs;
  };
  // Until the pool is as full as it gets.
  for (let i = 0; i < CYCLES; i++) cycle([]);
  return {
    round() {
      const found: Match[] = [];
      const times = Array.from({ length: CYCLES }, () => cycle(found));
      if (found.length === 0) throw new Error("no match was found");
      return {
        cycleP50Ms: quantile(times, 0.5),
        cycleP99Ms: quantile(times, 0.99),
        matches: found.length,
      };
    },
  };
}
