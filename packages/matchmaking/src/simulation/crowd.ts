import type { Prng } from "@warren/kernel";
import type { Attribute, TicketPlayer, TicketPosted } from "@warren/protocol/services";
import { withoutRole } from "../matcher/party-roles.ts";
import type { QueueConfig } from "../queue/queue-config.ts";
import { normal, weighted } from "./draw.ts";

/** Who comes to a queue. */
export interface CrowdOptions {
  /** How often a party of 1, 2, … comes. @default as the queue allows, mostly single players */
  readonly partyWeights?: readonly number[];
  /** The skill of a player. @default normal, around what the queue says of a new player */
  readonly skill?: (prng: Prng) => number;
  /** How often a text attribute has which value. @default its default in four of five, "other" else */
  readonly texts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Parties of 1, 2, … as often as in published figures of a 5v5 game. */
const PARTY_WEIGHTS = [60, 22, 8, 2, 8];
/** Of a number's default: 1,500 ± 300. */
const SPREAD = 0.2;
/** Regions its players tell of. */
export const CROWD_REGIONS = ["east", "middle", "west"];
/** From a player's own region, a neighbour and the other side. */
const REGION_MS = [30, 90, 170];

/** Words of a set that a player asks for. */
interface Wish {
  readonly name: string;
  readonly value: readonly string[];
  readonly sigma: 0;
}

/** Draws of what a party's players want, before all of them want everything. */
const TRIES_MAX = 20;

/** Makes the tickets of players who never come twice, by the rules of a queue. */
export class Crowd {
  readonly #queue: string;
  readonly #config: QueueConfig;
  readonly #options: CrowdOptions;
  #players = 0;

  constructor(queue: string, config: QueueConfig, options: CrowdOptions = {}) {
    this.#queue = queue;
    this.#config = config;
    this.#options = options;
  }

  ticket(prng: Prng): TicketPosted {
    const { party } = this.#config;
    const weights = (this.#options.partyWeights ?? PARTY_WEIGHTS).slice(0, party.max);
    const size = weighted(prng, weights) + 1;
    const texts = this.#texts(prng);
    const home = this.#config.latency ? prng.int(0, CROWD_REGIONS.length - 1) : undefined;
    const players = this.#sets(prng, size).map((sets) => this.#player(prng, [...texts, ...sets], home));
    const ticketId = `main.${players[0]!.playerId}`;
    return { ticketId, players, queues: [this.#queue], replace: false, lobbyId: "" };
  }

  #player(prng: Prng, words: readonly Attribute[], home: number | undefined): TicketPlayer {
    const { attributes, rating, skill } = this.#config;
    const own: Attribute[] = [...words];
    for (const [name, rule] of Object.entries(attributes)) {
      if (rule.type !== "number") continue;
      const isSkill = name === skill?.attribute;
      const value = isSkill && this.#options.skill ? this.#options.skill(prng) : around(prng, rule.default);
      own.push({ name, value: { $case: "number", value }, sigma: 0 });
    }
    if (rating) {
      // Players known for long and new ones.
      const sigma = rating.sigma * (0.2 + 0.8 * prng.float() ** 2);
      const value = this.#options.skill?.(prng) ?? rating.mu + 0.6 * rating.sigma * normal(prng);
      own.push({ name: rating.name, value: { $case: "number", value }, sigma });
    }
    return {
      playerId: `p${++this.#players}`,
      joinJson: "",
      attributes: own,
      latencies: home === undefined ? [] : latenciesFrom(prng, home),
    };
  }

  /** The same for all of a party: they would else never be matched. */
  #texts(prng: Prng): Attribute[] {
    return Object.entries(this.#config.attributes).flatMap(([name, rule]) => {
      if (rule.type !== "text") return [];
      const shares = this.#options.texts?.[name] ?? { [rule.default]: 4, other: 1 };
      const value = Object.keys(shares)[weighted(prng, Object.values(shares))]!;
      return { name, value: { $case: "text", value }, sigma: 0 } as const;
    });
  }

  /** What each of a party wants: at random, and so that they can be in one match. */
  #sets(prng: Prng, size: number): Attribute[][] {
    const rules = Object.entries(this.#config.attributes);
    const draw = (words: (all: readonly string[]) => readonly string[]): Wish[][] =>
      Array.from({ length: size }, () =>
        rules.flatMap(([name, rule]) =>
          rule.type === "set" ? { name, value: words(rule.values), sigma: 0 } : [],
        ),
      );
    let party = draw((all) => someOf(prng, all));
    for (let tries = 1; tries < TRIES_MAX && !this.#fits(party); tries++)
      party = draw((all) => someOf(prng, all));
    if (!this.#fits(party)) party = draw((all) => all);
    return party.map((wishes) =>
      wishes.map(({ value, ...of }) => ({ ...of, value: { $case: "set", value: { values: [...value] } } })),
    );
  }

  /** Whether one match can have them all, by what they want. */
  #fits(party: readonly (readonly Wish[])[]): boolean {
    const isShared = this.#config.share.every(({ attribute, min }) => {
      const all = party.map((wishes) => wishes.find(({ name }) => name === attribute)!.value);
      return all[0]!.filter((word) => all.every((words) => words.includes(word))).length >= min;
    });
    return (
      isShared &&
      withoutRole(this.#config, { players: party.map((attributes) => ({ attributes })) }) === undefined
    );
  }
}

function around(prng: Prng, mean: number): number {
  return mean + normal(prng) * (Math.abs(mean) * SPREAD || 1);
}

function someOf(prng: Prng, words: readonly string[]): readonly string[] {
  const some = words.filter(() => prng.float() < 0.5);
  return some.length > 0 ? some : [prng.pick(words)];
}

/** Those of a party live in one place. */
function latenciesFrom(prng: Prng, home: number): TicketPlayer["latencies"] {
  return CROWD_REGIONS.map((region, i) => ({
    region,
    ms: Math.max(1, Math.round(REGION_MS[Math.abs(i - home)]! * (1 + 0.25 * normal(prng)))),
  }));
}
