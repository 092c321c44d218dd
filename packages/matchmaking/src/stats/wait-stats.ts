import type { Changes } from "../fold/fold.ts";
import type { Ticket } from "../fold/ticket.ts";
import type { QueueConfig } from "../queue/queue-config.ts";
import { quantile } from "./quantile.ts";
import { ticketSkill } from "./ticket-window.ts";

/** How long tickets like this one waited, from their post to their match. */
export interface Eta {
  readonly p50Ms: number;
  readonly p90Ms: number;
}

/** A tenth of those who ask, by skill. */
export interface SkillDecile {
  /** Skill from this on, and below `to`; the first and the last one also hold who is beyond. */
  readonly from: number;
  readonly to: number;
  /** Null: too few were matched to say. */
  readonly waitP50Ms: number | null;
  readonly waitP95Ms: number | null;
}

/** Fewer say nothing. */
export const SAMPLES_MIN = 20;
/** Posts and matches remembered per queue: 72 kB of numbers. */
const SAMPLES_MAX = 2_000;
/** Older matches say nothing about now, fold time. */
const SAMPLE_AGE_MS_MAX = 3_600_000;
/** Quantiles are as old as this, so that thousands of streams may ask. */
const TABLE_AGE_MS_MAX = 1_000;
const DECILES = 10;

/**
 * Rolling quantiles of waits by (queue, decile of skill, party size), of what one replica has folded: soft state, which
 * starts empty. Time is fold time.
 */
export class WaitStats {
  readonly #domain: { readonly queues: ReadonlyMap<string, QueueConfig> };
  readonly #of = new Map<string, QueueWaits>();

  /** `queues` of the domain are read anew each time: they change. */
  constructor(domain: { readonly queues: ReadonlyMap<string, QueueConfig> }) {
    this.#domain = domain;
  }

  /** Takes in what a record changed. */
  apply(changes: Pick<Changes, "tickets">, timeMs: number): void {
    for (const ticket of changes.tickets) {
      const event = ticket.history.at(-1);
      if (event?.type === "queued")
        for (const queue of ticket.queues) this.#ofQueue(queue)?.posted(this.#skill(queue, ticket));
      else if (event?.type === "assigned")
        this.#ofQueue(event.queue)?.matched({
          skill: this.#skill(event.queue, ticket),
          size: ticket.players.length,
          waitMs: timeMs - ticket.postedAtMs,
          atMs: timeMs,
        });
    }
  }

  /** Of those of the same decile and party size; where too few of these were matched, of the decile, or of the queue. Null: no estimate. */
  eta(queue: string, ticket: Ticket, nowMs: number): Eta | null {
    const table = this.#of.get(queue)?.table(nowMs);
    if (!table) return null;
    const decile = decileOf(table.edges, this.#skill(queue, ticket));
    const waits =
      table.waits.get(`${decile}/${ticket.players.length}`) ??
      table.waits.get(`${decile}`) ??
      table.waits.get("");
    return etaOf(waits);
  }

  /** Of all that were matched in the queue. Null: no estimate. */
  etaOfAll(queue: string, nowMs: number): Eta | null {
    return etaOf(this.#of.get(queue)?.table(nowMs).waits.get(""));
  }

  /** The queue's deciles, lowest first; none as long as too few asked, or where skill does not matter. */
  deciles(queue: string, nowMs: number): SkillDecile[] {
    const table = this.#domain.queues.get(queue)?.skill ? this.#of.get(queue)?.table(nowMs) : undefined;
    if (!table || table.edges.length === 0) return [];
    return table.edges.slice(0, Math.max(1, table.edges.length - 1)).map((from, decile) => {
      const waits = table.waits.get(`${decile}`);
      return {
        from,
        to: table.edges[decile + 1] ?? from,
        waitP50Ms: waits ? quantile(waits, 0.5) : null,
        waitP95Ms: waits ? quantile(waits, 0.95) : null,
      };
    });
  }

  /** Which of {@link deciles} a ticket belongs to. */
  decileOf(queue: string, ticket: Ticket, nowMs: number): number {
    return decileOf(this.#of.get(queue)?.table(nowMs).edges ?? [], this.#skill(queue, ticket));
  }

  #skill(queue: string, ticket: Ticket): number {
    const config = this.#domain.queues.get(queue);
    return config ? ticketSkill(config, ticket) : 0;
  }

  /** Undefined for a queue there is not: a name alone must not cost memory. */
  #ofQueue(queue: string): QueueWaits | undefined {
    if (!this.#domain.queues.has(queue)) return undefined;
    const known = this.#of.get(queue) ?? new QueueWaits();
    this.#of.set(queue, known);
    return known;
  }
}

interface Waited {
  readonly skill: number;
  readonly size: number;
  readonly waitMs: number;
  readonly atMs: number;
}

interface WaitTable {
  /** Where deciles begin, and the end of the last; equal ones are one. */
  readonly edges: readonly number[];
  /** Sorted waits by `decile/size`, `decile` and, for all, the empty key; only where there are enough. */
  readonly waits: ReadonlyMap<string, readonly number[]>;
}

class QueueWaits {
  readonly #skills: number[] = [];
  readonly #waited: Waited[] = [];
  #posts = 0;
  #matches = 0;
  #table: WaitTable | undefined;
  #tableAtMs = 0;

  posted(skill: number): void {
    this.#skills[this.#posts++ % SAMPLES_MAX] = skill;
  }

  matched(waited: Waited): void {
    this.#waited[this.#matches++ % SAMPLES_MAX] = waited;
  }

  table(nowMs: number): WaitTable {
    if (this.#table && nowMs - this.#tableAtMs < TABLE_AGE_MS_MAX) return this.#table;
    const edges = edgesOf(this.#skills);
    const all = new Map<string, number[]>();
    const add = (key: string, waitMs: number) => {
      const waits = all.get(key) ?? [];
      all.set(key, waits);
      waits.push(waitMs);
    };
    for (const { skill, size, waitMs, atMs } of this.#waited) {
      if (nowMs - atMs > SAMPLE_AGE_MS_MAX) continue;
      const decile = decileOf(edges, skill);
      add("", waitMs);
      add(`${decile}`, waitMs);
      add(`${decile}/${size}`, waitMs);
    }
    const waits = new Map([...all].filter(([, list]) => list.length >= SAMPLES_MIN));
    for (const list of waits.values()) list.sort((a, b) => a - b);
    this.#table = { edges, waits };
    this.#tableAtMs = nowMs;
    return this.#table;
  }
}

function etaOf(waits: readonly number[] | undefined): Eta | null {
  return waits ? { p50Ms: quantile(waits, 0.5), p90Ms: quantile(waits, 0.9) } : null;
}

function edgesOf(skills: readonly number[]): number[] {
  if (skills.length < SAMPLES_MIN) return [];
  const sorted = [...skills].sort((a, b) => a - b);
  const edges = Array.from({ length: DECILES + 1 }, (_, i) => quantile(sorted, i / DECILES));
  return [...new Set(edges)];
}

function decileOf(edges: readonly number[], skill: number): number {
  let decile = 0;
  while (decile < edges.length - 2 && skill >= edges[decile + 1]!) decile++;
  return decile;
}
