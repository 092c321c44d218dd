import type { ServerReadableStream } from "@grpc/grpc-js";
import { InputError, parseMatchId, parseRoomId } from "@warren/kernel";
import { WarrenError } from "@warren/protocol";
import type { ReportResultsRequest, ReportResultsResponse, ResultReported } from "@warren/protocol/services";
import type { Domain } from "../log/domain.ts";
import { teamsOf } from "../results/rater.ts";

/** Teams and players of a result at the most: as many as a queue may put into one match, and those who came later. */
const PLAYERS_MAX = 4_000;
/** What a room may tell besides, bytes of JSON; room-servers check a lower limit. */
const REPORT_BYTES_MAX = 65_536;
/** Results of one stream on their way into the log. */
const APPENDS_MAX = 64;

/**
 * Takes results until the stream ends; resolves when all of them are in the log. Throws INVALID_ARGUMENT for a result
 * that cannot be right: those before it may be in the log, and repeating them is safe.
 */
export async function reportResults(
  stream: ServerReadableStream<ReportResultsRequest, ReportResultsResponse>,
  domain: Domain,
): Promise<void> {
  const appends = new Set<Promise<unknown>>();
  for await (const { result } of stream as AsyncIterable<ReportResultsRequest>) {
    check(result);
    const append = domain.append(
      domain.ticketSubject,
      { $case: "resultReported", value: result },
      // The first result of a match counts only with its own room: one that names another must not pass for a repeat.
      { id: `res_${result.matchId}_${result.roomId}` },
    );
    appends.add(append);
    // The first failure ends the stream, below; here it only must not be left unheard.
    append.then(
      () => appends.delete(append),
      () => {},
    );
    if (appends.size >= APPENDS_MAX) await Promise.race(appends);
  }
  await Promise.all(appends);
}

function check(result: ResultReported | undefined): asserts result is ResultReported {
  if (!result) throw new WarrenError("INVALID_ARGUMENT", "result is missing; accepted: how a match ended");
  parseMatchId(result.matchId, "match_id");
  parseRoomId(result.roomId, "room_id");
  const players = teamsOf(result).reduce((sum, team) => sum + team.players.length, 0);
  if (Math.max(players, result.teams.length) > PLAYERS_MAX)
    throw new InputError("teams", `${result.teams.length} with ${players} players`, `at most ${PLAYERS_MAX}`);
  for (const [i, { rank }] of result.teams.entries())
    if (rank < 1) throw new InputError(`teams[${i}].rank`, rank, "1 or more");
  if (Buffer.byteLength(result.reportJson) > REPORT_BYTES_MAX)
    throw new InputError(
      "report_json",
      `${Buffer.byteLength(result.reportJson)} bytes`,
      `at most ${REPORT_BYTES_MAX}`,
    );
}
