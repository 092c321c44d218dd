import type { Match } from "@warren/protocol/services";
import type { Fold } from "./fold.ts";
import type { QueueConfig, Step } from "./queue-config.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Ticket } from "./ticket.ts";
import { TicketPool } from "./ticket-pool.ts";

/** Matches and tickets of one record at the most: keep it well under the megabyte a log takes. */
export const MATCHES_PER_RECORD_MAX = 500;
const TICKETS_PER_RECORD_MAX = 10_000;

/** A ticket that a room refused waits this long for the next try, doubled each time. */
const RETURNED_PAUSE_MS = 100;
const RETURNED_PAUSE_MS_MAX = 5_000;

/**
 * Groups open tickets into matches. Proposes only: what is valid, the fold decides.
 * The oldest ticket is the seed; it first fills a room that runs, then gathers the nearest in skill.
 */
export function proposeMatches(
  fold: Fold,
  queues: ReadonlyMap<string, QueueConfig>,
  around: Surroundings,
): Match[] {
  const waiting = [...fold.open]
    .filter((ticket) => mayBeTried(ticket, around.nowMs))
    .sort((a, b) => a.postedAtMs - b.postedAtMs);
  const taken = new Set<Ticket>();
  const matches: Match[] = [];
  for (const [queue, config] of queues) {
    const pool = new TicketPool(
      waiting.filter((ticket) => ticket.queues.includes(queue) && !taken.has(ticket)),
      config.skill,
    );
    for (const seed of pool.byAge) {
      if (matches.length >= MATCHES_PER_RECORD_MAX || taken.size >= TICKETS_PER_RECORD_MAX) return matches;
      if (taken.has(seed)) continue;
      const match =
        (config.backfill !== "none" && backfill(queue, seed, around)) ||
        fresh(queue, config, seed, pool, around);
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
  const room = around.openRooms.find(
    ({ queue: name, free }) => name === queue && free.some((seats) => seats > 0),
  );
  if (!room) return undefined;
  const { roomId, nodeId, generation, region } = room;
  return {
    tickets: [seed],
    match: {
      matchId: around.newMatchId(),
      queue,
      tickets: [{ ticketId: seed.id, team: 0, roles: [] }],
      nodeId,
      roomId,
      backfillGeneration: generation,
      fillTo: 0,
      skill: 0,
      region,
      quality: 1,
      acceptMs: 0,
      declineMs: 0,
      missMs: 0,
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
      tickets: group.map((ticket) => ({ ticketId: ticket.id, team: 0, roles: [] })),
      nodeId: node.nodeId,
      roomId: around.newRoomId(matchId),
      backfillGeneration: 0,
      fillTo,
      skill: 0,
      region: node.region,
      quality: 1,
      acceptMs: 0,
      declineMs: 0,
      missMs: 0,
    },
  };
}

/**
 * Groups open tickets into matches. Proposes only: what is valid, the fold decides. Follows the fold by
 * {@link opened} and {@link left}; looks in slices.
 */
export class Matcher {
  readonly #fold: Fold;
  #queues: ReadonlyMap<string, QueueConfig>;

  /** Takes what is open in the fold; from then on it has to be told. */
  constructor(fold: Fold, queues: ReadonlyMap<string, QueueConfig>) {
    this.#fold = fold;
    this.#queues = queues;
  }

  opened(_ticket: Ticket): void {}

  left(_ticket: Ticket): void {}

  /** Queues with new versions: what waits is matched by them from now on. */
  configure(queues: ReadonlyMap<string, QueueConfig>): void {
    this.#queues = queues;
  }

  /** Matches found until the slice was over. `done` false: there is more to look at; write these and look again. */
  look(around: Surroundings): { readonly matches: Match[]; readonly done: boolean } {
    const matches = proposeMatches(this.#fold, this.#queues, around);
    return { matches, done: matches.length < MATCHES_PER_RECORD_MAX };
  }

  /** When a window widens or a gathering ends next, in decider's time, ms; infinite: when somebody comes. */
  nextLookMs(nowMs: number): number {
    return nowMs + 100;
  }
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
  queues: ReadonlyMap<string, QueueConfig>,
  nowMs: number,
): Ticket[] {
  return [...fold.open].filter((ticket) => {
    const expireMs = Math.max(0, ...ticket.queues.map((name) => queues.get(name)?.expireMs ?? 0));
    return nowMs - ticket.postedAtMs >= expireMs;
  });
}
