import type { ServerResponse } from "node:http";
import type { Clock, NodeId, PlayerId } from "@warren/kernel";
import type { Ticket, TicketEvent, WaitStats } from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { FastifyReply } from "fastify";
import type { Domain } from "../log/domain.ts";
import type { Nodes } from "../rooms/nodes.ts";
import { problemOf } from "./problem.ts";
import { eventData, FINAL_EVENTS } from "./ticket-event-data.ts";
import { placeOf, searching } from "./ticket-view.ts";

/** A comment line this often keeps proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;
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
  reply.hijack();
  const raw = reply.raw as ServerResponse;
  // Gone while the ticket was looked up: its `close` will not come again.
  if (raw.destroyed) return onClosed();
  const headers = {
    ...reply.getHeaders(),
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  };
  raw.writeHead(200, headers as Record<string, string>);
  // The client learns at once that it is heard, also when there is nothing new to say.
  raw.flushHeaders();
  let sentSeq = options.afterSeq;
  let closed = false;
  let sending: Promise<void> = Promise.resolve();
  let cancelHeartbeat = () => {};
  let cancelSearching = () => {};
  const toldOf = new Map<string, string>();

  const close = () => {
    if (closed) return;
    closed = true;
    offTicket();
    cancelHeartbeat();
    cancelSearching();
    onClosed();
  };
  const write = (event: string, id: number | undefined, data: unknown) => {
    if (closed) return;
    raw.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const finish = () => {
    raw.end();
    close();
  };
  const sendNew = async () => {
    const last = ticket.history.at(-1);
    // The end is repeated for a client that asks again: a stream always ends with it.
    if (last && FINAL_EVENTS.has(last.type) && last.seq <= sentSeq) sentSeq = last.seq - 1;
    for (const event of ticket.history.filter(({ seq }) => seq > sentSeq)) {
      if (closed) return;
      sentSeq = event.seq;
      try {
        write(event.type, event.seq, await dataOf(event, options));
      } catch (error) {
        write("error", undefined, problemOf(WarrenError.from(error)));
        return finish();
      }
      if (FINAL_EVENTS.has(event.type)) return finish();
    }
  };
  const send = () => {
    sending = sending.then(sendNew);
  };
  const heartbeat = () => {
    cancelHeartbeat = clock.after(HEARTBEAT_MS, () => {
      raw.write(": still here\n\n");
      heartbeat();
    });
  };
  const search = () => {
    cancelSearching = clock.after(SEARCHING_MS, () => {
      if (ticket.status === "open")
        for (const { queue, ...now } of searching(ticket, domain, options.waits)) {
          const text = JSON.stringify(now);
          if (toldOf.get(queue) !== text)
            write("searching", undefined, { ticketId: ticket.id, queue, ...now });
          toldOf.set(queue, text);
        }
      search();
    });
  };
  const offTicket = domain.onTicket(ticket.id, send);
  raw.on("close", close);
  raw.on("error", close);
  heartbeat();
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
