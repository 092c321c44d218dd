import { InputError } from "@warren/kernel";
import { LogEntry, TicketsClosed_Cause } from "@warren/protocol/services";
import type { Posting } from "./posting.ts";

/** One record as it is kept in a file, a line each. */
export function recordLine(record: { readonly timeMs: number; readonly entry: LogEntry }): string {
  return JSON.stringify({ timeMs: record.timeMs, record: LogEntry.toJSON(record.entry) });
}

/**
 * Who asked for a queue in a recorded log, when, and when they gave up; whatever was decided then is not repeated.
 * Throws InputError naming the line that is no record.
 */
export function recordedPostings(lines: Iterable<string>, queue: string): readonly Posting[] {
  const posted = new Map<string, Posting>();
  let firstMs: number | undefined;
  let number = 0;
  for (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    const { timeMs, body } = parsed(line, number);
    if (body?.$case === "ticketPosted") {
      const { queues, ticketId } = body.value;
      if (!queues.includes(queue) || posted.has(ticketId)) continue;
      firstMs ??= timeMs;
      const ticket = { ...body.value, queues: [queue] };
      posted.set(ticketId, {
        atMs: Math.max(0, timeMs - firstMs),
        ticket,
        patienceMs: Number.POSITIVE_INFINITY,
        declines: false,
      });
    }
    // Only players give up; what expired then may find others now.
    if (body?.$case !== "ticketsClosed" || body.value.cause !== TicketsClosed_Cause.CANCELLED) continue;
    for (const ticketId of body.value.ticketIds) {
      const posting = posted.get(ticketId);
      if (posting && firstMs !== undefined)
        posted.set(ticketId, { ...posting, patienceMs: timeMs - firstMs - posting.atMs });
    }
  }
  return [...posted.values()].sort((a, b) => a.atMs - b.atMs);
}

/** Regions that players of a recording told of, by name: where its nodes were. None is told of: one without a name. */
export function recordedRegions(postings: readonly Posting[]): readonly string[] {
  const players = postings.flatMap(({ ticket }) => ticket.players);
  const regions = new Set(players.flatMap(({ latencies }) => latencies.map(({ region }) => region)));
  return regions.size > 0 ? [...regions].sort() : [""];
}

function parsed(line: string, number: number): { timeMs: number; body: LogEntry["body"] } {
  try {
    const { timeMs, record } = JSON.parse(line) as { timeMs?: unknown; record?: unknown };
    if (typeof timeMs === "number" && typeof record === "object" && record !== null)
      return { timeMs, body: LogEntry.fromJSON(record).body };
  } catch {
    // Not JSON, or nothing that could be a record: told below.
  }
  throw new InputError(`line ${number}`, line, "a record as `warren record` writes them");
}
