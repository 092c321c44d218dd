import { Fold } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, Match } from "@warren/protocol/services";
import type { Runner } from "../benchmark.ts";
import { collect } from "./collect.ts";
import { SQUADS, Squads } from "./squads.ts";

const TICKETS_PER_MATCH = 6;
const MATCHES_PER_RECORD = 20;

/** Bytes of a full fold, and how long a record takes from its bytes to the state: posts, decisions and placements. */
export function foldRunner(tickets: number): Runner {
  const usedBytes = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const squads = new Squads(3);
  const posts = Array.from({ length: tickets }, () => squads.next());
  const decisions = decisionsOf(posts);
  return {
    round() {
      const beforeBytes = usedBytes();
      const fold = new Fold();
      let seq = 0;
      const apply = (bytes: Uint8Array, isDeciders: boolean) => {
        seq++;
        fold.apply(seq, seq / 10, isDeciders, LogEntry.decode(bytes));
      };
      apply(epoch(), true);
      const postedAtMs = performance.now();
      for (const bytes of posts) apply(bytes, false);
      const postMs = performance.now() - postedAtMs;
      const bytesPerTicket = (usedBytes() - beforeBytes) / tickets;
      if (fold.open.size !== tickets) throw new Error(`${fold.open.size} of ${tickets} tickets are open`);
      const decidedAtMs = performance.now();
      for (const bytes of decisions) apply(bytes, true);
      const decideMs = performance.now() - decidedAtMs;
      // A record of many matches counts as that many.
      const records = tickets + (decisions.length / 2) * MATCHES_PER_RECORD * 2;
      return { bytesPerTicket, foldMicrosPerRecord: ((postMs + decideMs) * 1_000) / records };
    },
  };
}

function epoch(): Uint8Array {
  const body = { $case: "epochStarted" as const, value: { epoch: 1, replicaId: "mm_bench" } };
  return LogEntry.encode({ version: RECORD_VERSION, body }).finish();
}

/** Half of the tickets find a match, and a room. */
function decisionsOf(posts: readonly Uint8Array[]): Uint8Array[] {
  const ids = posts.map((bytes) => {
    const { body } = LogEntry.decode(bytes);
    return body?.$case === "ticketPosted" ? body.value.ticketId : "";
  });
  const records: Uint8Array[] = [];
  const write = (body: NonNullable<LogEntry["body"]>) =>
    records.push(LogEntry.encode({ version: RECORD_VERSION, body }).finish());
  let count = 0;
  while (ids.length * 2 > posts.length) {
    const matches: Match[] = [];
    for (let i = 0; i < MATCHES_PER_RECORD && ids.length >= TICKETS_PER_MATCH; i++) {
      const matchId = `m_main_1_${++count}`;
      const tickets = ids.splice(-TICKETS_PER_MATCH).map((ticketId, at) => ({ ticketId, team: at % 2 }));
      const match = { matchId, queue: SQUADS, tickets, nodeId: "n_1", roomId: `r_main_1_${count}` };
      matches.push(Match.fromPartial({ ...match, skill: 1_500, quality: 1 }));
    }
    write({ $case: "matchesDecided", value: { epoch: 1, matches } });
    const placements = matches.map(({ matchId }) => ({ matchId, ok: true, roomEpoch: 1, errorCode: "" }));
    write({ $case: "matchesPlaced", value: { placements } });
  }
  return records;
}
