import type { TicketPlayer } from "../fold/ticket.ts";
import type { QueueConfig } from "../queue/queue-config.ts";
import { QueueRules } from "./queue-rules.ts";
import { assignRoles } from "./role-assignment.ts";

interface Party {
  readonly players: readonly Pick<TicketPlayer, "attributes">[];
}

/**
 * The first player with whom a party cannot be in one team, whoever else comes: what they would play leaves somebody
 * without a role, or no seat for a role that is needed. Undefined: it can.
 */
export function withoutRole(config: QueueConfig, party: Party): number | undefined {
  return Object.keys(config.teams.roles).length === 0
    ? undefined
    : withoutRoleBy(new QueueRules("", config), party);
}

export function withoutRoleBy(rules: QueueRules, party: Party): number | undefined {
  if (rules.roles.length === 0) return undefined;
  const wishes = rules.rolesOf(party);
  const fits = (count: number) =>
    assignRoles(wishes.slice(0, count), rules.roleMin, rules.roleMax, rules.config.teams.size - count);
  if (fits(wishes.length)) return undefined;
  return wishes.findIndex((_, i) => !fits(i + 1));
}

/** Roles of a team, and how many players of each it takes. */
export function rolesText({ teams }: QueueConfig): string {
  return Object.entries(teams.roles)
    .map(([role, [min, max]]) => `${role} ${min === max ? min : `${min} to ${max}`}`)
    .join(", ");
}
