import { NAME_LENGTH_MAX } from "./rules.ts";

// What grows around a warren.
const BOT_NAMES = [
  "Bramble",
  "Burdock",
  "Clover",
  "Fern",
  "Hazel",
  "Juniper",
  "Nettle",
  "Sorrel",
  "Tansy",
  "Teasel",
  "Thistle",
  "Vetch",
  "Yarrow",
];

/** A bot's name that nobody has; `random` from 0 (included) to 1 (excluded). */
export function botName(taken: ReadonlySet<string>, random: number): string {
  const first = Math.floor(random * BOT_NAMES.length);
  const rotated = [...BOT_NAMES.slice(first), ...BOT_NAMES.slice(0, first)];
  return rotated.find((name) => !taken.has(name)) ?? unlike(taken, rotated[0]!);
}

/** What a player typed as a name that can be shown: without control characters, not too long, and nobody else's. */
export function playerName(typed: string, taken: ReadonlySet<string>): string {
  const shown = [...typed.replace(/\p{C}/gu, "").trim()].slice(0, NAME_LENGTH_MAX).join("");
  return unlike(taken, shown || "Pilot");
}

function unlike(taken: ReadonlySet<string>, name: string): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} ${n}`;
  return free;
}
