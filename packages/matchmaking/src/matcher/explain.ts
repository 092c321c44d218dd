import type { TicketId } from "@warren/kernel";
import type { Fold } from "../fold/fold.ts";
import type { Ticket } from "../fold/ticket.ts";
import type { QueueConfig } from "../queue/queue-config.ts";
import { Candidate } from "./candidate.ts";
import { Lane } from "./lane.ts";
import { partiesFit } from "./party-packing.ts";
import { rolesText, withoutRoleBy } from "./party-roles.ts";
import { countBits } from "./queue-rules.ts";
import { assignRoles } from "./role-assignment.ts";

/** Tickets of the queue that are looked at at all, oldest first, and of these the nearest in skill that are judged. */
const TICKETS_MAX = 20_000;
const LOOKED_AT_MAX = 2_000;
const NEAREST_MAX = 10;
const REGIONS_MAX = 64;

/** Why an open ticket is not matched in a queue. */
export interface Explanation {
  readonly queue: string;
  /** Whole. */
  readonly waitedMs: number;
  /** What it accepts now; without a rule for it, not said. */
  readonly window: { readonly skill?: number; readonly latencyMs?: number };
  /** Other tickets that were judged, 0 to 2,000, and those of them that no rule keeps apart from it. */
  readonly lookedAt: number;
  readonly fitting: number;
  /** By rule, how many it refuses: `equal:…`, `share:…`, `skill`, `latency`, `party`, `role`. One may fail several. */
  readonly refused: Readonly<Record<string, number>>;
  /** The nearest in skill, at most 10, and the rules that keep them apart from it; none: they fit. */
  readonly nearest: readonly { readonly ticketId: TicketId; readonly rules: readonly string[] }[];
  readonly reason: string;
}

/**
 * Judges the ticket against others that are open in the queue, two by two. Bounded; it needs no matcher. `nodeRegions`:
 * of the nodes its room may open on, empty for one that does not say. No node at all: any that players tell of.
 */
export function explainTicket(
  fold: Fold,
  queueName: string,
  config: QueueConfig,
  ticket: Ticket,
  nowMs: number,
  nodeRegions: readonly string[] = [],
): Explanation {
  const lane = new Lane(queueName, config);
  const { rules } = lane;
  const self = new Candidate(lane, ticket, 0);
  const others: { readonly ticket: Ticket; readonly apart: number }[] = [];
  for (const other of fold.open) {
    if (other === ticket || !other.queues.includes(queueName)) continue;
    others.push({ ticket: other, apart: config.skill ? Math.abs(rules.skillOf(other) - self.skill) : 0 });
    if (others.length >= TICKETS_MAX) break;
  }
  if (config.skill) others.sort((a, b) => a.apart - b.apart);
  const judged = others.slice(0, LOOKED_AT_MAX);
  const told = [ticket, ...judged.map((each) => each.ticket)]
    .flatMap(({ players }) => players.flatMap(({ latencies }) => latencies.map(({ region }) => region)))
    // Who tells of no region is as far from any other as from this one.
    .concat("somewhere");
  for (const region of nodeRegions.length > 0 ? nodeRegions : told)
    if (config.latency && rules.regions.length < REGIONS_MAX) rules.regionIndex(region);
  self.see(nowMs);
  const refused: Record<string, number> = {};
  const nearest: { ticketId: TicketId; rules: string[] }[] = [];
  let fitting = 0;
  let players = self.players;
  for (const each of judged) {
    const other = new Candidate(lane, each.ticket, 0);
    other.see(nowMs);
    const failed = rulesBetween(self, other);
    for (const rule of failed) refused[rule] = (refused[rule] ?? 0) + 1;
    if (nearest.length < NEAREST_MAX) nearest.push({ ticketId: each.ticket.id, rules: failed });
    if (failed.length > 0) continue;
    fitting++;
    players += other.players;
  }
  const waitedMs = Math.max(0, Math.floor(nowMs - ticket.postedAtMs));
  const needed = config.relax.findLast(({ atMs }) => atMs <= waitedMs)?.min ?? config.size;
  return {
    queue: queueName,
    waitedMs,
    window: {
      ...(config.skill && { skill: self.window }),
      ...(config.latency && { latencyMs: self.allowedMs }),
    },
    lookedAt: judged.length,
    fitting,
    refused,
    nearest,
    reason: reasonOf(self, { waitedMs, players, needed, refused, judged: judged.length }),
  };
}

function reasonOf(
  { rules, ticket, players: own, allowedMs }: Candidate,
  found: {
    readonly waitedMs: number;
    readonly players: number;
    readonly needed: number;
    readonly refused: Readonly<Record<string, number>>;
    readonly judged: number;
  },
): string {
  const { config } = rules;
  if (rules.isTooLarge(own)) return `party: it has ${own} players; the queue takes ${config.party.max}`;
  if (withoutRoleBy(rules, ticket) !== undefined)
    return `role: no team has roles for what its players would play; a team takes ${rolesText(config)}`;
  if (found.waitedMs < config.gatherMs) return "gather: it has not waited long enough for others to come";
  const isNowhere =
    !rules.regions.includes("") && ticket.players.some(({ latencies }) => !rules.knowsRegion(latencies));
  if (config.latency && isNowhere && allowedMs < rules.widestMs)
    return `latency: this ticket says no latency to a region that has a node, and counts as ${rules.widestMs} ms away; ${allowedMs} ms are accepted by now`;
  if (found.players < found.needed) {
    const [most] = Object.entries(found.refused).sort((a, b) => b[1] - a[1]);
    const why = most ? `; ${most[0]} refuses ${most[1]} of ${found.judged}` : "";
    return `size: ${found.players} of ${found.needed} players fit${why}`;
  }
  const rest = [
    ...(config.quality ? ["quality"] : []),
    ...(rules.roles.length > 0 ? ["roles"] : []),
    ...(config.party.mirrorUntilMs > found.waitedMs ? ["mirrored parties"] : []),
  ];
  if (rest.length > 0)
    return `enough players fit one by one, but no group had the ${rest.join(", ")} asked for yet`;
  return "enough players fit; it is matched when no older ticket takes them and a node has space";
}

/** The rules that forbid two tickets in one match. */
function rulesBetween(a: Candidate, b: Candidate): string[] {
  const { rules } = a;
  const { config } = rules;
  const failed: string[] = [];
  if (a.bucket !== b.bucket) {
    const values = [JSON.parse(a.bucket), JSON.parse(b.bucket)] as [string[], string[]];
    for (const [i, name] of config.equal.entries())
      if (values[0][i] !== values[1][i]) failed.push(`equal:${name}`);
  }
  for (const [i, { attribute, min }] of config.share.entries())
    if (countBits(a.shared[i]! & b.shared[i]!) < min) failed.push(`share:${attribute}`);
  if (config.skill && !rules.withinWindows(Math.abs(a.skill - b.skill), a.window, b.window))
    failed.push("skill");
  if (config.latency && !rules.regions.some((_, region) => a.reaches(region) && b.reaches(region)))
    failed.push("latency");
  const { count, size } = config.teams;
  if (rules.isTooLarge(b.players) || !partiesFit([a.players, b.players], count, size)) failed.push("party");
  if (rules.roles.length > 0) {
    const times = (numbers: readonly number[]) => numbers.map((number) => number * count);
    const free = count * size - a.players - b.players;
    if (
      [a, b].some(({ ticket }) => withoutRoleBy(rules, ticket) !== undefined) ||
      !assignRoles([...a.roles, ...b.roles], times(rules.roleMin), times(rules.roleMax), free)
    )
      failed.push("role");
  }
  return failed;
}
