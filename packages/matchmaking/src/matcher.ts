import type { MatchId, NodeId, RoomId } from "@warren/kernel";
import type { Match } from "@warren/protocol/services";
import type { Fold, Ticket } from "./fold.ts";
import type { QueueConfig, Step } from "./queue-config.ts";
import { TicketPool } from "./ticket-pool.ts";

/** Matches and tickets of one record at the most: keep it well under the megabyte a log takes. */
export const MATCHES_PER_RECORD_MAX = 500;
const TICKETS_PER_RECORD_MAX = 10_000;

/** A room that runs and may take more players of its queue. */
export interface OpenRoom {
  readonly roomId: RoomId;
  readonly nodeId: NodeId;
  readonly queue: string;
  freeSeats: number;
}

/** A node that may open rooms of some definitions. */
export interface NodeSpace {
  readonly nodeId: NodeId;
  readonly rooms: ReadonlySet<string>;
  freeRooms: number;
}

export interface Surroundings {
  /** Decider's time: fold time plus what has passed since, ms. */
  readonly nowMs: number;
  /** Most wanted first; `freeSeats` is counted down in place. */
  readonly openRooms: readonly OpenRoom[];
  /** Most wanted first; `freeRooms` is counted down in place. */
  readonly nodes: readonly NodeSpace[];
  newMatchId(): MatchId;
  newRoomId(match: MatchId): RoomId;
}

/** A ticket that a room refused waits this long for the next try, doubled each time. */
const RETURNED_PAUSE_MS = 100;
const RETURNED_PAUSE_MS_MAX = 5_000;

/**
 * Groups open tickets into matches. Proposes only: what is valid, the fold decides.
 * The oldest ticket is the seed; it first fills a room that runs, then gathers the nearest in skill.
 */
export function proposeMatches(
  fold: Fold,
  queues: Readonly<Record<string, QueueConfig>>,
  around: Surroundings,
): Match[] {
  const waiting = [...fold.open]
    .filter((ticket) => mayBeTried(ticket, around.nowMs))
    .sort((a, b) => a.postedAtMs - b.postedAtMs);
  const taken = new Set<Ticket>();
  const matches: Match[] = [];
  for (const [queue, config] of Object.entries(queues)) {
    const pool = new TicketPool(
      waiting.filter((ticket) => ticket.queues.includes(queue) && !taken.has(ticket)),
      config.skill,
    );
    for (const seed of pool.byAge) {
      if (matches.length >= MATCHES_PER_RECORD_MAX || taken.size >= TICKETS_PER_RECORD_MAX) return matches;
      if (taken.has(seed)) continue;
      const match =
        (config.backfill && backfill(queue, seed, around)) || fresh(queue, config, seed, pool, around);
      // Without skill to tell them apart, a younger seed finds no more than an older one did.
      if (!match && !config.skill) break;
      if (!match) continue;
      matches.push(match.match);
      for (const ticket of match.tickets) {
        taken.add(ticket);
        pool.take(ticket);
      }
    }
  }
  return matches;
}

function mayBeTried({ returns, returnedAtMs }: Ticket, nowMs: number): boolean {
  if (returns === 0) return true;
  return nowMs - returnedAtMs >= Math.min(RETURNED_PAUSE_MS * 2 ** (returns - 1), RETURNED_PAUSE_MS_MAX);
}

interface Proposal {
  readonly match: Match;
  readonly tickets: readonly Ticket[];
}

function backfill(queue: string, seed: Ticket, around: Surroundings): Proposal | undefined {
  const room = around.openRooms.find((open) => open.queue === queue && open.freeSeats > 0);
  if (!room) return undefined;
  room.freeSeats--;
  const { roomId, nodeId } = room;
  return {
    tickets: [seed],
    match: {
      matchId: around.newMatchId(),
      queue,
      ticketIds: [seed.id],
      nodeId,
      roomId,
      backfill: true,
      fillTo: 0,
    },
  };
}

function fresh(
  queue: string,
  config: QueueConfig,
  seed: Ticket,
  pool: TicketPool,
  around: Surroundings,
): Proposal | undefined {
  const node = around.nodes.find((space) => space.freeRooms > 0 && space.rooms.has(config.room));
  if (!node) return undefined;
  const ageMs = around.nowMs - seed.postedAtMs;
  const window = config.skill ? stepAt(config.skill.windows, ageMs) : 0;
  const group = pool.gather(seed, config.size, window);
  let fillTo = 0;
  if (group.length < config.size) {
    const step = config.relax.findLast((relax) => relax.atMs <= ageMs);
    if (!step || group.length < step.min) return undefined;
    fillTo = step.fillTo;
  }
  node.freeRooms--;
  const matchId = around.newMatchId();
  return {
    tickets: group,
    match: {
      matchId,
      queue,
      ticketIds: group.map((ticket) => ticket.id),
      nodeId: node.nodeId,
      roomId: around.newRoomId(matchId),
      backfill: false,
      fillTo,
    },
  };
}

/** How a window widens: the value of a schedule at an age. */
export function stepAt(steps: readonly Step[], ageMs: number): number {
  let value = steps[0]?.value ?? 0;
  for (const step of steps) if (step.atMs <= ageMs) value = step.value;
  return value;
}

/** Open tickets that have waited longer than any of their queues allows. */
export function expiredTickets(
  fold: Fold,
  queues: Readonly<Record<string, QueueConfig>>,
  nowMs: number,
): Ticket[] {
  return [...fold.open].filter((ticket) => {
    const expireMs = Math.max(0, ...ticket.queues.map((name) => queues[name]?.expireMs ?? 0));
    return nowMs - ticket.postedAtMs >= expireMs;
  });
}
