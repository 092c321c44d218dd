import type { Prng } from "@warren/kernel";
import type { Attribute, TicketPlayer, TicketPosted } from "@warren/protocol/services";
import type { AttributeRule, QueueConfig } from "../queue/queue-config.ts";
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
    const players = Array.from({ length: size }, () => this.#player(prng, texts));
    const ticketId = `main.${players[0]!.playerId}`;
    return { ticketId, players, queues: [this.#queue], replace: false, lobbyId: "" };
  }

  #player(prng: Prng, texts: readonly Attribute[]): TicketPlayer {
    const { attributes, rating, skill, latency } = this.#config;
    const own: Attribute[] = [...texts];
    for (const [name, rule] of Object.entries(attributes)) {
      const isSkill = name === skill?.attribute;
      const value = isSkill && this.#options.skill ? this.#options.skill(prng) : drawn(prng, rule);
      if (typeof value === "number") own.push({ name, value: { $case: "number", value }, sigma: 0 });
      else if (value) own.push({ name, value: { $case: "set", value: { values: [...value] } }, sigma: 0 });
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
      latencies: latency ? latenciesOf(prng) : [],
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
}

function drawn(prng: Prng, rule: AttributeRule): number | readonly string[] | undefined {
  if (rule.type === "number") return rule.default + normal(prng) * (Math.abs(rule.default) * SPREAD || 1);
  if (rule.type === "text") return undefined;
  const some = rule.values.filter(() => prng.float() < 0.5);
  return some.length > 0 ? some : [prng.pick(rule.values)];
}

function latenciesOf(prng: Prng): TicketPlayer["latencies"] {
  const home = prng.int(0, CROWD_REGIONS.length - 1);
  return CROWD_REGIONS.map((region, i) => ({
    region,
    ms: Math.max(1, Math.round(REGION_MS[Math.abs(i - home)]! * (1 + 0.25 * normal(prng)))),
  }));
}
