import type { Clock, NodeId, PlayerId } from "@warren/kernel";
import type { Ticket, TicketEvent, WaitStats } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import { problemOf } from "@warren/service";
import type { FastifyReply } from "fastify";
import type { Domain } from "../log/domain.ts";
import type { Nodes } from "../rooms/nodes.ts";
import { EventStream } from "./event-stream.ts";
import { eventData, eventsAfter, FINAL_EVENTS } from "./ticket-event-data.ts";
import { placeOf, searching } from "./ticket-view.ts";

/** How often one who waits is told how the search goes, if it goes differently. */
const SEARCHING_MS = 5_000;
/** How long an assignment waits for the stream to its node before the client is told to ask again. */
const NODE_WAIT_MS = 3_000;

/**
 * A ticket's events as Server-Sent Events. Log events have `id: <sequence>`, the same on every replica, so
 * `Last-Event-ID` resumes anywhere. The stream always ends with assigned, cancelled or expired, or with `error`.
 * `searching` comes besides, without an id, to one who waits: at most once in 5 s for each queue.
 */
export function streamTicket(options: {
  reply: FastifyReply;
  ticket: Ticket;
  /** Who follows: the player of the ticket the seat is for. */
  player: PlayerId;
  domain: Domain;
  nodes: Nodes;
  waits: WaitStats;
  clock: Clock;
  /** Highest sequence the client has; 0: none. */
  afterSeq: number;
  onClosed: () => void;
}): void {
  const { reply, ticket, domain, clock, onClosed } = options;
  let sentSeq = options.afterSeq;
  let sending: Promise<void> = Promise.resolve();
  let cancelSearching = () => {};
  let offTicket = () => {};
  const toldOf = new Map<string, string>();
  const stream = new EventStream(reply, clock, {
    closed: () => {
      offTicket();
      cancelSearching();
      onClosed();
    },
  });
  if (stream.closed) return;

  const sendNew = async () => {
    for (const event of eventsAfter(ticket, sentSeq)) {
      if (stream.closed) return;
      sentSeq = event.seq;
      try {
        stream.write(event.type, event.seq, await dataOf(event, options));
      } catch (error) {
        stream.write("error", undefined, problemOf(WarrenError.from(error)));
        return stream.end();
      }
      if (FINAL_EVENTS.has(event.type)) return stream.end();
    }
  };
  const send = () => {
    sending = sending.then(sendNew);
  };
  const search = () => {
    cancelSearching = clock.after(SEARCHING_MS, () => {
      if (ticket.status === "open" && !stream.isFull)
        for (const { queue, ...now } of searching(ticket, domain, options.waits)) {
          const text = JSON.stringify(now);
          if (toldOf.get(queue) !== text)
            stream.write("searching", undefined, { ticketId: ticket.id, queue, ...now });
          toldOf.set(queue, text);
        }
      search();
    });
  };
  offTicket = domain.onTicket(ticket.id, send);
  search();
  send();
}

async function dataOf(
  event: TicketEvent,
  { ticket, player, domain, nodes, waits, clock }: Parameters<typeof streamTicket>[0],
): Promise<Record<string, unknown>> {
  const { roles: _ofAll, ...data } = eventData(event, ticket, domain, waits);
  if (event.type !== "assigned") return data;
  const link = await nodeUp(nodes, event.nodeId, clock);
  return { ...data, ...placeOf(ticket, player, event), ...nodes.seat(link, event.roomId, player) };
}

/** The node's link once its stream is up, or whatever it is when the time is over. */
async function nodeUp(nodes: Nodes, nodeId: NodeId, clock: Clock) {
  const untilMs = clock.monotonicMs() + NODE_WAIT_MS;
  for (;;) {
    const link = nodes.get(nodeId);
    if (link?.up) return link;
    if (clock.monotonicMs() >= untilMs) throw new WarrenError("ROOM_NOT_FOUND", "The room's server is gone.");
    await new Promise<void>((resolve) => {
      clock.after(50, resolve);
    });
  }
}
