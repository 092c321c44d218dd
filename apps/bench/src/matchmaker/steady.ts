import type { TicketId } from "@warren/kernel";
import { Fold, Matcher } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, type Match } from "@warren/protocol/services";
import type { Runner } from "../benchmark.ts";
import { quantile } from "../stats.ts";
import { QUEUES, Squads } from "./squads.ts";
import { assertWhole, matchAll, Table } from "./table.ts";

const CYCLE_MS = 5;
const CYCLES = 2_000;

/** Tickets keep coming, and each cycle takes in what came in 5 ms and looks. Time is simulated; what is measured is the work. */
export function steadyRunner(perSecond: number): Runner {
  const fold = new Fold();
  const matcher = new Matcher(fold, QUEUES);
  const squads = new Squads(2);
  const table = new Table();
  let seq = 0;
  let nowMs = 0;
  let owed = 0;
  fold.apply(++seq, 0, true, {
    version: RECORD_VERSION,
    body: { $case: "epochStarted", value: { epoch: 1, replicaId: "mm_bench" } },
  });
  /** One cycle; answers how long the matcher worked. The fold's own work is another figure. */
  const cycle = (found: Match[]): number => {
    nowMs += CYCLE_MS;
    owed += (perSecond * CYCLE_MS) / 1_000;
    const came: TicketId[] = [];
    for (; owed >= 1; owed--) {
      const { opened } = fold.apply(++seq, nowMs, false, LogEntry.decode(squads.next()));
      for (const { id } of opened) came.push(id);
    }
    const startedMs = performance.now();
    for (const id of came) matcher.opened(fold.tickets.get(id)!);
    const matches = matchAll(matcher, fold, table.at(nowMs));
    const tookMs = performance.now() - startedMs;
    assertWhole(matches, fold);
    found.push(...matches);
    end(matches);
    return tookMs;
  };
  const end = (matches: readonly Match[]) => {
    if (matches.length === 0) return;
    const decided = { $case: "matchesDecided" as const, value: { epoch: 1, matches: [...matches] } };
    fold.apply(++seq, nowMs, true, { version: RECORD_VERSION, body: decided });
    const placements = matches.map(({ matchId }) => ({ matchId, ok: true, roomEpoch: 1, errorCode: "" }));
    fold.apply(++seq, nowMs, true, {
      version: RECORD_VERSION,
      body: { $case: "matchesPlaced", value: { placements } },
    });
    const roomIds = matches.map(({ roomId }) => roomId);
    fold.apply(++seq, nowMs, true, {
      version: RECORD_VERSION,
      body: { $case: "roomsClosed", value: { roomIds } },
    });
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
