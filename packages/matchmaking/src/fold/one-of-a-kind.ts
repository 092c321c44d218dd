import type { Attribute, Latency } from "./ticket.ts";

// Hundreds of thousands wait at once and say much the same: what is equal is held once.

/** Words, lists and so on held; then it begins anew, for nobody promises that they are few. */
const HELD_MAX = 10_000;
const words = new Map<string, string>();
const lists = new Map<string, readonly string[]>();
/** Lists of one attribute, by its name and its value, which is a number, a word or a list of {@link lists}. */
const attributes = new Map<string, Map<Attribute["value"], readonly [Attribute]>>();
let attributesHeld = 0;
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

/** What a player is matched by. A list of one, of which there are most, is held once as a whole. */
export function oneAttributes(said: readonly Attribute[]): readonly Attribute[] {
  if (said.length === 0) return NO_ATTRIBUTES;
  return said.length === 1 ? alone(said[0]!) : said.map((each) => alone(each)[0]);
}

function alone({ name, value: said, sigma }: Attribute): readonly [Attribute] {
  const value = typeof said === "object" ? oneList(said) : said;
  const held = sigma === 0 ? attributes.get(name)?.get(value) : undefined;
  if (held) return held;
  const made: readonly [Attribute] = [
    { name: oneWord(name), value: typeof value === "string" ? oneWord(value) : value, sigma },
  ];
  // A measured number is nobody else's.
  if (sigma === 0 && (typeof value !== "number" || Number.isInteger(value))) hold(made);
  return made;
}

function hold(made: readonly [Attribute]): void {
  if (attributesHeld++ >= HELD_MAX) {
    attributes.clear();
    attributesHeld = 1;
  }
  const [{ name, value }] = made;
  const byValue = attributes.get(name) ?? new Map();
  attributes.set(name, byValue.set(value, made));
}

export function oneLatencies(said: readonly Latency[]): readonly Latency[] {
  return said.length === 0 ? NO_LATENCIES : said.map(oneLatency);
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
