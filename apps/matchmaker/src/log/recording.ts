import type { Log } from "@warren/cluster";
import type { Clock } from "@warren/kernel";
import type { Ticket } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry } from "@warren/protocol/services";
import { DOMAIN } from "./domain.ts";
import { Snapshots } from "./snapshots.ts";

/** A record of the matchmaking log, as a replay needs it. */
export interface Recorded {
  /** When the log took it. */
  readonly timeMs: number;
  readonly entry: LogEntry;
}

/**
 * What players asked for, oldest first, as far back as the log goes: the tickets that were open before it begins, and
 * its records up to now. What players bring into rooms is left out.
 */
export async function* recording(log: Log, clock: Clock): AsyncIterable<Recorded> {
  const filter = `mm.${DOMAIN}.>`;
  const last = await log.last(filter);
  if (!last) return;
  const snapshots = new Snapshots(log, DOMAIN, clock);
  const { open } = await snapshots.load();
  const reading = new AbortController();
  let isFirst = true;
  try {
    for await (const { seq, timeMs, subject, bytes } of log.read({
      fromSeq: 1,
      filter,
      signal: reading.signal,
    })) {
      if (subject !== snapshots.subject) {
        if (isFirst) for (const ticket of open) if (ticket.postedAtMs < timeMs) yield asPosted(ticket);
        isFirst = false;
        yield { timeMs, entry: withoutJoin(LogEntry.decode(bytes)) };
      }
      if (seq >= last.seq) return;
    }
  } finally {
    reading.abort();
  }
}

function withoutJoin(entry: LogEntry): LogEntry {
  if (entry.body?.$case !== "ticketPosted") return entry;
  const { value } = entry.body;
  const players = value.players.map((player) => ({ ...player, joinJson: "" }));
  return { ...entry, body: { $case: "ticketPosted", value: { ...value, players } } };
}

function asPosted({ id, players, queues, lobbyId, postedAtMs }: Ticket): Recorded {
  return {
    timeMs: postedAtMs,
    entry: {
      version: RECORD_VERSION,
      body: {
        $case: "ticketPosted",
        value: {
          ticketId: id,
          queues: [...queues],
          replace: false,
          lobbyId,
          players: players.map(({ id: playerId, attributes, latencies }) => ({
            playerId,
            joinJson: "",
            latencies: [...latencies],
            attributes: attributes.map(({ name, value, sigma }) => ({
              name,
              sigma,
              value:
                typeof value === "number"
                  ? { $case: "number", value }
                  : typeof value === "string"
                    ? { $case: "text", value }
                    : { $case: "set", value: { values: [...value] } },
            })),
          })),
        },
      },
    },
  };
}
