import type { Ticket, TicketPlayer } from "../fold/ticket.ts";
import type { QueueConfig, Step } from "../queue/queue-config.ts";
import { lineAt, stepAt } from "./schedule.ts";

/** While a window widens on a line its tickets are tried again after this share of their age, within the limits, ms. */
const LINE_RETRY_SHARE = 1 / 16;
const LINE_RETRY_MS_MIN = 100;
const LINE_RETRY_MS_MAX = 1_000;

const EVERYTHING = 0x7fffffff;
const NOTHING: readonly number[] = [];

/** What a queue's configuration asks of tickets, compiled once. */
export class QueueRules {
  readonly name: string;
  readonly config: QueueConfig;
  /** Names of the roles of a team, and how many players of each it needs and takes. */
  readonly roles: readonly string[];
  readonly roleMin: readonly number[];
  readonly roleMax: readonly number[];
  /** Whose windows count: any two tickets of a match. */
  readonly ageRule: "max" | "min" | "mean";
  /** The widest a window gets, but for what uncertainty adds. */
  readonly windowMax: number;
  /** The most that uncertainty added to any window so far. */
  extraWindowMax = 0;
  /** Regions there ever were nodes in; the place is the region's number. */
  readonly regions: string[] = [];
  /** Ages at which something becomes possible that was not before, rising. */
  readonly #moments: readonly number[];
  /** From and until which age the skill window widens on a line; −1: it does not. */
  readonly #lineUntilMs: number;
  readonly #lineFromMs: number;

  constructor(name: string, config: QueueConfig) {
    this.name = name;
    this.config = config;
    this.roles = Object.keys(config.teams.roles);
    this.roleMin = this.roles.map((role) => config.teams.roles[role]![0]);
    this.roleMax = this.roles.map((role) => config.teams.roles[role]![1]);
    const windows = config.skill?.windows ?? [];
    this.ageRule = config.skill?.ageRule ?? "max";
    this.windowMax = Math.max(0, ...windows.map(({ value }) => value));
    const isLine = config.skill?.interpolate === "linear" && windows.length > 1;
    this.#lineFromMs = isLine ? windows[0]!.atMs : -1;
    this.#lineUntilMs = isLine ? windows.at(-1)!.atMs : -1;
    const ages = (steps: readonly Step[]) => steps.map(({ atMs }) => atMs);
    this.#moments = [
      ...new Set([
        ...ages(windows),
        ...ages(config.latency?.maxMs ?? []),
        ...ages(config.quality?.accept ?? []),
        ...config.relax.map(({ atMs }) => atMs),
        config.party.mirrorUntilMs,
        config.gatherMs,
      ]),
    ]
      .filter((atMs) => atMs > 0)
      .sort((a, b) => a - b);
  }

  windowAt(ageMs: number): number {
    const { skill } = this.config;
    if (!skill) return Number.POSITIVE_INFINITY;
    return (skill.interpolate === "linear" ? lineAt : stepAt)(skill.windows, ageMs);
  }

  /** Worst latency a ticket of this age accepts. */
  allowedMsAt(ageMs: number): number {
    return this.config.latency ? stepAt(this.config.latency.maxMs, ageMs) : Number.POSITIVE_INFINITY;
  }

  /** The age at which a ticket of this age should be tried again though nothing came near it; infinite: never. */
  nextMomentMs(ageMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const atMs of this.#moments)
      if (atMs > ageMs) {
        next = atMs;
        break;
      }
    if (ageMs >= this.#lineFromMs && ageMs < this.#lineUntilMs) {
      const pauseMs = Math.min(LINE_RETRY_MS_MAX, Math.max(LINE_RETRY_MS_MIN, ageMs * LINE_RETRY_SHARE));
      next = Math.min(next, ageMs + pauseMs, this.#lineUntilMs);
    }
    return next;
  }

  /** Whether two tickets this far apart may meet. */
  withinWindows(apart: number, a: number, b: number): boolean {
    if (this.ageRule === "max") return apart <= a || apart <= b;
    if (this.ageRule === "min") return apart <= a && apart <= b;
    return apart <= (a + b) / 2;
  }

  /** Larger than any party the queue takes. */
  isTooLarge(players: number): boolean {
    return players > this.config.party.max || players > this.config.teams.size;
  }

  /** Number of a region, as {@link Candidate.latencyMs} has it. */
  regionIndex(region: string): number {
    const known = this.regions.indexOf(region);
    return known >= 0 ? known : this.regions.push(region) - 1;
  }

  bonusMs(ticket: Ticket): number {
    let bonusMs = 0;
    for (const rule of this.config.priority)
      if ("returned" in rule ? ticket.returns > 0 : this.#text(ticket, rule.attribute) === rule.value)
        bonusMs += rule.ageMs;
    return bonusMs;
  }

  /** A party counts as its mean, a share of the way to its best player, and what its size gives. */
  skillOf(ticket: Ticket): number {
    const { skill, party } = this.config;
    if (!skill) return 0;
    const { players } = ticket;
    let sum = 0;
    let best = Number.NEGATIVE_INFINITY;
    for (const player of players) {
      const value = this.#number(player, skill.attribute);
      sum += value;
      if (value > best) best = value;
    }
    const mean = sum / players.length;
    return mean + party.best * (best - mean) + (party.sizeBonus[players.length - 1] ?? 0);
  }

  extraWindowOf({ players }: Ticket): number {
    const { skill, rating } = this.config;
    if (!skill || skill.sigma === 0) return 0;
    let sum = 0;
    for (const { attributes } of players)
      sum +=
        attributes.find(({ name }) => name === skill.attribute)?.sigma ??
        (rating?.name === skill.attribute ? rating.sigma : 0);
    const extra = (skill.sigma * sum) / players.length;
    if (extra > this.extraWindowMax) this.extraWindowMax = extra;
    return extra;
  }

  bucketOf(ticket: Ticket): string {
    const { equal } = this.config;
    if (equal.length === 0) return "";
    return JSON.stringify(equal.map((name) => this.#text(ticket, name)));
  }

  sharedOf({ players }: Ticket): readonly number[] {
    if (this.config.share.length === 0) return NOTHING;
    return this.config.share.map(({ attribute }) =>
      players.reduce((bits, player) => bits & this.#set(player, attribute), EVERYTHING),
    );
  }

  rolesOf({ players }: { readonly players: readonly Pick<TicketPlayer, "attributes">[] }): readonly number[] {
    if (this.roles.length === 0) return NOTHING;
    return players.map((player) => this.#set(player, "role", this.roles));
  }

  /**
   * Worst latency of the players. Who knows none of the regions is taken to be as far away as the queue ever accepts,
   * and so waits longest; a node that says no region is near for all.
   */
  latencyOf({ players }: Ticket, region: string): number {
    if (region === "") return 0;
    let worst = 0;
    for (const { latencies } of players) {
      const ms =
        latencies.find((each) => each.region === region)?.ms ??
        (this.knowsRegion(latencies) ? Number.POSITIVE_INFINITY : this.widestMs);
      if (ms > worst) worst = ms;
    }
    return worst;
  }

  /** Whether any of them is to a region of a node. */
  knowsRegion(latencies: TicketPlayer["latencies"]): boolean {
    return latencies.some(({ region }) => this.regions.includes(region));
  }

  /** The worst latency any ticket ever accepts. */
  get widestMs(): number {
    return this.config.latency?.maxMs.at(-1)?.value ?? 0;
  }

  #number({ attributes }: TicketPlayer, name: string): number {
    for (const attribute of attributes)
      if (attribute.name === name && typeof attribute.value === "number") return attribute.value;
    const rule = this.config.attributes[name];
    if (rule?.type === "number") return rule.default;
    return this.config.rating?.name === name ? this.config.rating.mu : 0;
  }

  /** Of the first player: a party has to agree on what is a word. */
  #text({ players }: Ticket, name: string): string {
    const value = players[0]?.attributes.find((each) => each.name === name)?.value;
    const rule = this.config.attributes[name];
    return typeof value === "string" ? value : rule?.type === "text" ? rule.default : "";
  }

  #set({ attributes }: Pick<TicketPlayer, "attributes">, name: string, words?: readonly string[]): number {
    const rule = this.config.attributes[name];
    const all = words ?? (rule?.type === "set" ? rule.values : []);
    const said = attributes.find((each) => each.name === name)?.value;
    const chosen = Array.isArray(said) ? said : rule?.type === "set" ? (rule.default ?? all) : all;
    let bits = 0;
    for (const word of chosen) {
      const bit = all.indexOf(word);
      if (bit >= 0 && bit < 31) bits |= 1 << bit;
    }
    return bits;
  }
}

/** How many words two or more have in common. */
export function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
