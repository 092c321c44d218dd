import type { TicketId } from "@warren/kernel";
import type { Match, TicketPosted } from "@warren/protocol/services";
import type { Fold } from "../fold/fold.ts";
import type { Ticket } from "../fold/ticket.ts";
import { QueueRules } from "../matcher/queue-rules.ts";
import { stepAt } from "../matcher/schedule.ts";
import type { QueueConfig } from "../queue/queue-config.ts";
import { quantile } from "../stats/quantile.ts";

/** Of some numbers; null: there are none. Waits and costs in ms. */
export interface Distribution {
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Waits of those tickets that were matched. */
export interface Waits extends Distribution {
  /** Share of all such tickets that were taken: those of which the rest says nothing were not matched. Null: none came. */
  readonly matched: number | null;
}

/** What a simulation tells. */
export interface SimulationFigures {
  /** Of the tickets that were posted, what became of them. `refused` ones were never taken. */
  readonly tickets: {
    readonly posted: number;
    readonly players: number;
    readonly assigned: number;
    readonly abandoned: number;
    readonly declined: number;
    readonly expired: number;
    readonly waiting: number;
    readonly refused: number;
  };
  /** From the post to the assignment, ms, of those that were assigned. */
  readonly waitMs: Waits & {
    /** How equally waits are spread: 1 is the same for all, 1/n is all of it for one (Jain's index). */
    readonly jain: number | null;
    /** By skill, the lowest tenth first; empty: the queue knows no skill. */
    readonly byDecile: readonly Waits[];
    readonly byPartySize: Readonly<Record<number, Waits>>;
  };
  readonly matches: {
    readonly count: number;
    readonly backfills: number;
    /** While tickets came. */
    readonly perSecond: number;
    readonly players: number | null;
    /** From the best to the worst player, in skill. */
    readonly spread: Distribution;
    /** From the strongest to the weakest team, by the mean of their players, in skill. */
    readonly imbalance: Distribution;
    /** As the matcher says, 0 to 1. */
    readonly quality: Distribution;
    /** Share of matches that the queue would not have made at once, by what had to widen. */
    readonly relaxed: Readonly<Record<"none" | "skill" | "latency" | "size" | "quality", number>>;
  };
  /** Looks of the matcher, in ms of this machine: the only figures that differ from run to run. */
  readonly cost: { readonly lookMs: Distribution };
}

/** One ticket, as long as the report needs it. */
interface Asked {
  readonly size: number;
  readonly skill: number;
  readonly postedAtMs: number;
  status: Ticket["status"];
  isDeclined: boolean;
  waitMs: number;
}

/** Watches a simulation and reckons what it was like for players. */
export class Observer {
  readonly #config: QueueConfig;
  readonly #rules: QueueRules;
  readonly #asked = new Map<string, Asked>();
  #players = 0;
  #posted = 0;
  #refused = 0;
  readonly #decided = new Set<string>();
  /** Matches when the last ticket came. */
  #decidedInTime = 0;
  #backfills = 0;
  #matchedPlayers = 0;
  readonly #spreads: number[] = [];
  readonly #imbalances: number[] = [];
  readonly #qualities: number[] = [];
  readonly #relaxed = { none: 0, skill: 0, latency: 0, size: 0, quality: 0 };
  readonly #lookMs: number[] = [];

  constructor(queue: string, config: QueueConfig) {
    this.#config = config;
    this.#rules = new QueueRules(queue, config);
  }

  posted(ticket: TicketPosted): void {
    this.#posted++;
    this.#decidedInTime = this.#decided.size;
    this.#players += ticket.players.length;
  }

  refused(): void {
    this.#refused++;
  }

  opened(ticket: Ticket, nowMs: number): void {
    this.#asked.set(ticket.id, {
      size: ticket.players.length,
      skill: mean(this.#skills(ticket)),
      postedAtMs: nowMs,
      status: "open",
      isDeclined: false,
      waitMs: Number.NaN,
    });
  }

  changed(ticket: Ticket, nowMs: number): void {
    const asked = this.#asked.get(ticket.id);
    if (!asked) return;
    asked.status = ticket.status;
    const last = ticket.history.at(-1);
    if (last?.type === "cancelled") asked.isDeclined = last.cause === "declined" || last.cause === "missed";
    if (ticket.status === "assigned") asked.waitMs = nowMs - asked.postedAtMs;
  }

  looked(costMs: number): void {
    this.#lookMs.push(costMs);
  }

  /** A match will be placed; false: it was counted before. */
  decided(match: Match, fold: Fold): boolean {
    if (this.#decided.has(match.matchId)) return false;
    this.#decided.add(match.matchId);
    const tickets = match.tickets.map(({ ticketId }) => fold.tickets.get(ticketId as TicketId)!);
    const players = tickets.reduce((sum, ticket) => sum + ticket.players.length, 0);
    this.#matchedPlayers += players;
    if (match.backfillGeneration > 0) {
      this.#backfills++;
      return true;
    }
    const skills = tickets.flatMap((ticket) => this.#skills(ticket));
    const spread = skills.length > 0 ? range(skills) : 0;
    if (this.#config.skill) this.#spreads.push(spread);
    if (this.#config.skill && this.#config.teams.count > 1)
      this.#imbalances.push(this.#imbalance(match, tickets));
    this.#qualities.push(match.quality);
    this.#relax(match, tickets, players);
    return true;
  }

  /** From the strongest to the weakest team that has players. */
  #imbalance(match: Match, tickets: readonly Ticket[]): number {
    const teams = new Map<number, number[]>();
    for (const [i, { team }] of match.tickets.entries())
      teams.set(team, [...(teams.get(team) ?? []), ...this.#skills(tickets[i]!)]);
    return range([...teams.values()].map(mean));
  }

  /** Which of the queue's first limits the match is beyond. */
  #relax(match: Match, tickets: readonly Ticket[], players: number): void {
    const { skill, latency, size, quality } = this.#config;
    const efforts = tickets.map((ticket) => this.#rules.skillOf(ticket));
    const extra = Math.max(...tickets.map((ticket) => this.#rules.extraWindowOf(ticket)));
    const widened = {
      skill: skill !== null && range(efforts) > stepAt(skill.windows, 0) + extra,
      latency:
        latency !== null &&
        tickets.some(({ players: all }) =>
          all.some(({ latencies }) =>
            latencies.some(({ region, ms }) => region === match.region && ms > stepAt(latency.maxMs, 0)),
          ),
        ),
      size: players < size,
      quality: quality !== null && match.quality < stepAt(quality.accept, 0),
    };
    for (const rule of ["skill", "latency", "size", "quality"] as const)
      if (widened[rule]) this.#relaxed[rule]++;
    if (!Object.values(widened).some(Boolean)) this.#relaxed.none++;
  }

  /** Of a ticket's players; empty: the queue knows no skill. */
  #skills(ticket: Ticket): number[] {
    const name = this.#config.skill?.attribute;
    if (name === undefined) return [];
    return ticket.players.map(({ attributes }) => {
      const value = attributes.find((each) => each.name === name)?.value;
      return typeof value === "number" ? value : 0;
    });
  }

  figures(durationMs: number, fold: Fold): SimulationFigures {
    const all = [...this.#asked.values()];
    const assigned = all.filter(({ status }) => status === "assigned");
    const waits = assigned.map(({ waitMs }) => waitMs);
    const matches = this.#decided.size;
    const counted = matches - this.#backfills;
    const sum = waits.reduce((total, wait) => total + wait, 0);
    const squares = waits.reduce((total, wait) => total + wait * wait, 0);
    const share = (count: number) => (counted === 0 ? 0 : rounded(count / counted));
    return {
      tickets: {
        posted: this.#posted,
        players: this.#players,
        assigned: assigned.length,
        abandoned: all.filter(({ status, isDeclined }) => status === "cancelled" && !isDeclined).length,
        declined: all.filter(({ status, isDeclined }) => status === "cancelled" && isDeclined).length,
        expired: all.filter(({ status }) => status === "expired").length,
        waiting: fold.open.size + [...fold.tickets.values()].filter(isUnderWay).length,
        refused: this.#refused,
      },
      waitMs: {
        ...waitsOf(all),
        jain: squares === 0 ? null : rounded(sum ** 2 / (waits.length * squares)),
        byDecile: this.#config.skill ? byDecile(all) : [],
        byPartySize: byPartySize(all),
      },
      matches: {
        count: matches,
        backfills: this.#backfills,
        perSecond: durationMs === 0 ? 0 : rounded((this.#decidedInTime / durationMs) * 1_000),
        players: matches === 0 ? null : rounded(this.#matchedPlayers / matches),
        spread: distribution(this.#spreads),
        imbalance: distribution(this.#imbalances),
        quality: distribution(this.#qualities),
        relaxed: {
          none: share(this.#relaxed.none),
          skill: share(this.#relaxed.skill),
          latency: share(this.#relaxed.latency),
          size: share(this.#relaxed.size),
          quality: share(this.#relaxed.quality),
        },
      },
      cost: { lookMs: distribution(this.#lookMs) },
    };
  }
}

function isUnderWay({ status }: Ticket): boolean {
  return status === "proposed" || status === "placing";
}

function byDecile(all: readonly Asked[]): readonly Waits[] {
  const sorted = [...all].sort((a, b) => a.skill - b.skill);
  return Array.from({ length: 10 }, (_, tenth) => {
    const from = Math.floor((tenth * sorted.length) / 10);
    const to = Math.floor(((tenth + 1) * sorted.length) / 10);
    return waitsOf(sorted.slice(from, to));
  });
}

function byPartySize(all: readonly Asked[]): Readonly<Record<number, Waits>> {
  const bySize: Record<number, Asked[]> = {};
  for (const asked of all) {
    bySize[asked.size] ??= [];
    bySize[asked.size]!.push(asked);
  }
  return Object.fromEntries(Object.entries(bySize).map(([size, some]) => [size, waitsOf(some)]));
}

function waitsOf(all: readonly Asked[]): Waits {
  const waits = all.filter(({ status }) => status === "assigned").map(({ waitMs }) => waitMs);
  return {
    ...distribution(waits),
    matched: all.length === 0 ? null : rounded(waits.length / all.length),
  };
}

function distribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => (sorted.length === 0 ? null : rounded(quantile(sorted, share)));
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? null : rounded(mean(values)),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function range(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Four digits are more than a simulation knows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
