import { normal, type Prng, weighted } from "@warren/kernel";
import type { Attribute, TicketPlayer, TicketPosted } from "@warren/protocol/services";
import { withoutRole } from "../matcher/party-roles.ts";
import type { QueueConfig } from "../queue/queue-config.ts";

/** Who comes to a queue. */
export interface CrowdOptions {
  /** How often a party of 1, 2, … comes. @default as the queue allows, mostly single players */
  readonly partyWeights?: readonly number[];
  /** The skill of a player. @default normal, around what the queue says of a new player */
  readonly skill?: (prng: Prng) => number;
  /** How often a text attribute has which value. @default its default in four of five, "other" else */
  readonly texts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Regions its players tell of, in a queue with `latency`: each is near one and further from those beside it. @default CROWD_REGIONS */
  readonly regions?: readonly string[];
}

/** Parties of 1, 2, … as often as in published figures of a 5v5 game. */
const PARTY_WEIGHTS = [60, 22, 8, 2, 8];
/** Of a number's default: 1,500 ± 300. */
const SPREAD = 0.2;
/** What regions are called in a simulation. */
export const CROWD_REGIONS = ["east", "middle", "west"];
/** From a player's own region, a neighbour and the other side, or further. */
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
    const players = this.party(prng, this.partySize(prng));
    const ticketId = `main.${players[0]!.playerId}`;
    return { ticketId, players, queues: [this.#queue], replace: false, lobbyId: "" };
  }

  /** As many as the queue takes at the most. */
  partySize(prng: Prng): number {
    return weighted(prng, (this.#options.partyWeights ?? PARTY_WEIGHTS).slice(0, this.#config.party.max)) + 1;
  }

  /** Players who come as one, and whom one match can have. */
  party(prng: Prng, size: number): TicketPlayer[] {
    const texts = this.#texts(prng);
    const { length } = this.#regions;
    const home = this.#config.latency && length > 0 ? prng.int(0, length - 1) : undefined;
    return this.#sets(prng, size).map((sets) => this.#player(prng, [...texts, ...sets], home));
  }

  get #regions(): readonly string[] {
    return this.#options.regions ?? CROWD_REGIONS;
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
      latencies: home === undefined ? [] : latenciesFrom(prng, this.#regions, home),
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
function latenciesFrom(prng: Prng, regions: readonly string[], home: number): TicketPlayer["latencies"] {
  return regions.map((region, i) => {
    const meanMs = REGION_MS[Math.min(Math.abs(i - home), REGION_MS.length - 1)]!;
    return { region, ms: Math.max(1, Math.round(meanMs * (1 + 0.25 * normal(prng)))) };
  });
}
