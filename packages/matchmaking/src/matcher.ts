import type { MatchId, NodeId, RoomId } from "@warren/kernel";
import type { Match } from "@warren/protocol/services";
import type { Fold, Ticket } from "./fold.ts";
import { type QueueConfig, stepAt } from "./queue-config.ts";

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

/**
 * Groups open tickets into matches. Proposes only: what is valid, the fold decides.
 * The oldest ticket is the seed; it first fills a room that runs, then gathers the nearest in skill.
 */
export function proposeMatches(
  fold: Fold,
  queues: Readonly<Record<string, QueueConfig>>,
  around: Surroundings,
): Match[] {
  const waiting = [...fold.open].sort((a, b) => a.postedAtMs - b.postedAtMs);
  const taken = new Set<Ticket>();
  const matches: Match[] = [];
  for (const [queue, config] of Object.entries(queues)) {
    const pool = waiting.filter((ticket) => ticket.queues.includes(queue));
    for (const seed of pool) {
      if (matches.length >= MATCHES_PER_RECORD_MAX || taken.size >= TICKETS_PER_RECORD_MAX) return matches;
      if (taken.has(seed)) continue;
      const match =
        (config.backfill && backfill(queue, seed, around)) || fresh(queue, config, seed, pool, taken, around);
      if (!match) continue;
      matches.push(match.match);
      for (const ticket of match.tickets) taken.add(ticket);
    }
  }
  return matches;
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
  pool: readonly Ticket[],
  taken: ReadonlySet<Ticket>,
  around: Surroundings,
): Proposal | undefined {
  const ageMs = around.nowMs - seed.postedAtMs;
  const group = gather(config, seed, ageMs, pool, taken);
  let fillTo = 0;
  if (group.length < config.size) {
    const step = config.relax.findLast((relax) => relax.atMs <= ageMs);
    if (!step || group.length < step.min) return undefined;
    fillTo = step.fillTo;
  }
  const node = around.nodes.find((space) => space.freeRooms > 0 && space.rooms.has(config.room));
  if (!node) return undefined;
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

/** The seed and the nearest others in its window, at most a full match. */
function gather(
  config: QueueConfig,
  seed: Ticket,
  ageMs: number,
  pool: readonly Ticket[],
  taken: ReadonlySet<Ticket>,
): Ticket[] {
  const others = pool.filter((ticket) => ticket !== seed && !taken.has(ticket));
  const { skill } = config;
  if (!skill) return [seed, ...others.slice(0, config.size - 1)];
  const value = (ticket: Ticket) => ticket.attributes.get(skill.attribute) ?? skill.default;
  const window = stepAt(skill.windows, ageMs);
  const group = [seed];
  let [low, high] = [value(seed), value(seed)];
  const nearest = others.sort((a, b) => Math.abs(value(a) - value(seed)) - Math.abs(value(b) - value(seed)));
  for (const ticket of nearest) {
    if (group.length === config.size) break;
    const [nextLow, nextHigh] = [Math.min(low, value(ticket)), Math.max(high, value(ticket))];
    if (nextHigh - nextLow > window) continue;
    [low, high] = [nextLow, nextHigh];
    group.push(ticket);
  }
  return group;
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
