import type { Attribute, Latency, TicketPlayer } from "./ticket.ts";

/** Words and lists held; then it begins anew, for nobody promises that they are few. */
const HELD_MAX = 10_000;
const words = new Map<string, string>();
const lists = new Map<string, readonly string[]>();
/** By region and milliseconds. */
const latencies = new Map<string, Latency[]>();
const HELD_LATENCY_MS_MAX = 500;

const NO_ATTRIBUTES: readonly Attribute[] = [];
const NO_LATENCIES: readonly Latency[] = [];

/** The same word, held once however many tickets say it. */
export function oneWord(word: string): string {
  const held = words.get(word);
  if (held !== undefined) return held;
  if (words.size >= HELD_MAX) words.clear();
  words.set(word, word);
  return word;
}

/** An equal list, held once. */
export function oneList(list: readonly string[]): readonly string[] {
  const key = list.length === 1 ? list[0]! : list.join("\n");
  const held = lists.get(key);
  // A word may have a line break in it, so equal keys are no proof.
  if (held?.length === list.length && held.every((word, i) => word === list[i])) return held;
  if (lists.size >= HELD_MAX) lists.clear();
  const made = list.map(oneWord);
  lists.set(key, made);
  return made;
}

/** A player in little memory: hundreds of thousands wait at once, and say much the same. */
export function onePlayer(player: TicketPlayer): TicketPlayer {
  const { id, joinJson, attributes } = player;
  return {
    id,
    joinJson: joinJson.length <= 2 ? oneWord(joinJson) : joinJson,
    attributes: attributes.length === 0 ? NO_ATTRIBUTES : attributes.map(oneAttribute),
    latencies: player.latencies.length === 0 ? NO_LATENCIES : player.latencies.map(oneLatency),
  };
}

function oneLatency({ region, ms }: Latency): Latency {
  if (ms > HELD_LATENCY_MS_MAX) return { region: oneWord(region), ms };
  let held = latencies.get(region);
  if (!held) {
    if (latencies.size >= HELD_MAX / HELD_LATENCY_MS_MAX) latencies.clear();
    held = [];
    latencies.set(region, held);
  }
  held[ms] ??= { region: oneWord(region), ms };
  return held[ms];
}

function oneAttribute({ name, value, sigma }: Attribute): Attribute {
  if (typeof value === "number") return { name: oneWord(name), value, sigma };
  return {
    name: oneWord(name),
    value: typeof value === "string" ? oneWord(value) : oneList(value),
    sigma,
  };
}
