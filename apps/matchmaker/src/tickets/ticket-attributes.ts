import { InputError } from "@warren/kernel";
import {
  type Attribute,
  type AttributeRule,
  type QueueConfig,
  rolesText,
  type TicketPlayer,
  withoutRole,
} from "@warren/matchmaking";
import { WarrenError } from "@warren/protocol";
import type { RequestedPlayer } from "./ticket-request.ts";

const TEXT_CHARS_MAX = 64;
/** Sums and squares of many such numbers are still finite: means, spreads and balances are made of them. */
const NUMBER_MAX = 1e12;
const LATENCY_MS_MAX = 1_000;

type Rule = AttributeRule & { readonly trusted: boolean };
type Queues = ReadonlyMap<string, QueueConfig>;

/**
 * What a player may be matched by in any of the queues. Throws INVALID_ARGUMENT or ATTRIBUTE_UNTRUSTED, naming the
 * attribute. What a token claims and no queue knows is left out: a token is not made for one queue.
 */
export function checkedAttributes(queues: Queues, player: RequestedPlayer): Attribute[] {
  const rules = rulesOf(queues);
  const values = new Map<string, Attribute["value"]>();
  for (const [name, value] of Object.entries(player.attributes ?? {})) {
    const field = `${player.path}attributes.${name}`;
    const known = rules.get(name);
    if (!known) {
      if ([...queues.values()].some(({ rating }) => rating?.name === name))
        throw new InputError(field, value, "nothing: Warren keeps this rating itself, from results");
      const accepted = [...rules.keys()].join(", ");
      throw new InputError(field, value, accepted || "none, these queues match by no attribute");
    }
    if (!player.isTrusted && known.some(({ trusted }) => trusted))
      throw new WarrenError(
        "ATTRIBUTE_UNTRUSTED",
        `${field} is only accepted from a server key, or from the claim "attributes" of a signed player token`,
        { details: { field } },
      );
    values.set(name, checkedValue(field, value, known));
  }
  for (const [name, value] of Object.entries(player.claims ?? {})) {
    const known = rules.get(name);
    if (known && !values.has(name)) values.set(name, checkedValue(`token.attributes.${name}`, value, known));
  }
  return [...values].map(([name, value]) => ({ name, value, sigma: 0 }));
}

function rulesOf(queues: Queues): ReadonlyMap<string, readonly Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const { attributes, teams } of queues.values()) {
    const roles = Object.keys(teams.roles);
    // What a player would play, also where the queue does not list it.
    const role: Rule = { type: "set", values: roles, trusted: false };
    const own = Object.entries({ ...(roles.length > 0 ? { role } : {}), ...attributes });
    for (const [name, rule] of own) rules.set(name, [...(rules.get(name) ?? []), rule]);
  }
  return rules;
}

/** Right for every queue that has it; words of a set for at least one. */
function checkedValue(field: string, value: unknown, rules: readonly Rule[]): Attribute["value"] {
  const words = new Set(rules.flatMap((rule) => (rule.type === "set" ? rule.values : [])));
  for (const { type } of rules) {
    if (type === "number" && !(typeof value === "number" && Math.abs(value) <= NUMBER_MAX))
      throw new InputError(field, value, `a number from -${NUMBER_MAX} to ${NUMBER_MAX}`);
    if (type === "text" && !(typeof value === "string" && value.length <= TEXT_CHARS_MAX))
      throw new InputError(field, value, `a text of at most ${TEXT_CHARS_MAX} characters`);
    if (type === "set" && !isSetOf(value, words))
      throw new InputError(field, value, `an array of one or more of ${[...words].join(", ")}`);
  }
  return value as Attribute["value"];
}

function isSetOf(value: unknown, words: ReadonlySet<string>): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((word) => typeof word === "string" && words.has(word))
  );
}

/** Whole ms from 1 to 1,000; regions that are not `known` are left out. */
export function checkedLatencies(
  latencies: Readonly<Record<string, number>>,
  known: ReadonlySet<string> | undefined,
): TicketPlayer["latencies"] {
  return Object.entries(latencies)
    .filter(([region]) => !known || known.has(region))
    .map(([region, ms]) => ({ region, ms: Math.min(LATENCY_MS_MAX, Math.max(1, Math.round(ms))) }));
}

/**
 * Players who come as one have to fit one match together. Throws PARTY_TOO_LARGE, or INVALID_ARGUMENT naming the
 * attribute. `paths`: where each of them stands in the body.
 */
export function checkParty(queues: Queues, players: readonly TicketPlayer[], paths: readonly string[]): void {
  for (const [queue, config] of queues) {
    const { max } = config.party;
    if (players.length > max) {
      throw new WarrenError(
        "PARTY_TOO_LARGE",
        `players is ${players.length} players; accepted: at most ${max} in queue ${queue}`,
        { details: { field: "players", limit: max, queue } },
      );
    }
    for (const name of config.equal) {
      const first = attributeOf(config, players[0]!, name);
      const other = players.findIndex((player) => attributeOf(config, player, name) !== first);
      if (other >= 0)
        throw new InputError(
          `${paths[other] ?? ""}attributes.${name}`,
          attributeOf(config, players[other]!, name),
          `${JSON.stringify(first)}, as the first player of the party has`,
        );
    }
    for (const { attribute, min } of config.share) {
      let common: readonly string[] | undefined;
      for (const [i, player] of players.entries()) {
        const words = attributeOf(config, player, attribute) as readonly string[];
        common = common ? common.filter((word) => words.includes(word)) : words;
        if (common.length < min)
          throw new InputError(
            `${paths[i] ?? ""}attributes.${attribute}`,
            words,
            `${min} or more in common with the rest of the party, for queue ${queue}`,
          );
      }
    }
    const idle = withoutRole(config, { players });
    if (idle !== undefined)
      throw new InputError(
        `${paths[idle] ?? ""}attributes.role`,
        attributeOf(config, players[idle]!, "role"),
        `roles that one team has for all of the ticket: in queue ${queue} ${rolesText(config)}`,
      );
  }
}

/** What the player is matched by: its own value, or the queue's default. Words the queue does not know do not count. */
function attributeOf(config: QueueConfig, player: TicketPlayer, name: string): Attribute["value"] {
  const rule = config.attributes[name];
  const value = player.attributes.find((each) => each.name === name)?.value;
  if (rule?.type !== "set") return value ?? rule?.default ?? "";
  const words = value ?? rule.default ?? rule.values;
  return (words as readonly string[]).filter((word) => rule.values.includes(word));
}
