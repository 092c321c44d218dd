import type { QueueConfig } from "@warren/matchmaking";
import { wrapped } from "@warren/service";
import { durationText } from "./duration-text.ts";
import type { Screen } from "./terminal.ts";

const INDENT = "  ";
const LABEL_COLUMNS = 13;

/** A queue in words, for who designed it: who meets whom, and what changes while somebody waits. */
export function queueLines(name: string, config: QueueConfig, screen: Screen): string[] {
  const rows: [label: string, text: string | undefined][] = [
    ["match", matchText(config)],
    ["parties", partyText(config)],
    ["only with", equalText(config)],
    ["skill", skillText(config)],
    [
      "latency",
      config.latency
        ? `${schedule(config.latency.maxMs, (ms) => `up to ${ms} ms`)}, for all in a match`
        : undefined,
    ],
    [
      "quality",
      config.quality ? schedule(config.quality.accept, (value) => `${value} or better`) : undefined,
    ],
    ["fewer", relaxText(config)],
    ["gathers", config.gatherMs > 0 ? `${durationText(config.gatherMs)} before the first match` : undefined],
    [
      "later",
      config.backfill === "none"
        ? undefined
        : `players take free seats and those of bots (priority ${config.backfill})`,
    ],
    ["acceptance", acceptanceText(config)],
    ["first", priorityText(config)],
    [
      "rating",
      config.rating
        ? `${config.rating.name}: ${config.rating.mu} ± ${config.rating.sigma} for a new player, by ${config.rating.model}`
        : undefined,
    ],
    [
      "expires",
      `after ${durationText(config.expireMs)}, or ${durationText(config.orphanGraceMs)} after nobody follows it any more`,
    ],
  ];
  return [
    screen.heading(name),
    ...rows.flatMap(([label, text]) => (text === undefined ? [] : rowLines(label, text, screen))),
  ];
}

/** A label and what it is about, as wide as the screen. */
export function rowLines(label: string, text: string, screen: Screen): string[] {
  return wrapped(text, screen.columns - INDENT.length - LABEL_COLUMNS).map(
    (line, i) => `${INDENT}${(i === 0 ? label : "").padEnd(LABEL_COLUMNS)}${line}`,
  );
}

function matchText({ room, options, version, size, teams }: QueueConfig): string {
  const roles = Object.entries(teams.roles).map(
    ([role, [min, max]]) => `${min === max ? min : `${min}–${max}`} ${role}`,
  );
  const group =
    teams.count > 1 ? `${teams.count} teams of ${teams.size}` : size === 1 ? "1 player" : `${size} players`;
  const given = Object.keys(options).length > 0 ? ` ${JSON.stringify(options)}` : "";
  return `${group}${roles.length > 0 ? `, each of ${roles.join(", ")}` : ""}, in ${room}${given}; version ${version}`;
}

function partyText({ party, teams, skill }: QueueConfig): string | undefined {
  if (teams.size === 1) return undefined;
  if (party.max === 1) return "none: everybody comes alone";
  const parts = [`up to ${party.max}, in one team`];
  if (skill) {
    parts.push(`as good as their mean and ${Math.round(party.best * 100)} % of the way to their best`);
    if (party.sizeBonus.some((bonus) => bonus !== 0))
      parts.push(`and ${party.sizeBonus.join(", ")} by their number`);
  }
  if (party.mirrorUntilMs > 0)
    parts.push(`for ${durationText(party.mirrorUntilMs)} only against a party of the same size`);
  return parts.join("; ");
}

function equalText({ equal, share }: QueueConfig): string | undefined {
  const parts = [
    ...equal.map((name) => `the same ${name}`),
    ...share.map(({ attribute, min }) => `${min} or more of ${attribute} in common`),
  ];
  return parts.length > 0 ? parts.join(", ") : undefined;
}

function skillText({ skill }: QueueConfig): string | undefined {
  if (!skill) return undefined;
  const { attribute, windows, interpolate, ageRule, sigma } = skill;
  const who = { max: "who waits longer", min: "who waits shorter", mean: "the mean of both" }[ageRule];
  const parts = [`${attribute} ${schedule(windows, (value) => `within ${value}`)}`];
  if (windows.length > 1) {
    if (interpolate === "linear") parts.push("in between it widens evenly");
    parts.push(`${who} decides`);
  }
  if (sigma > 0) parts.push(`${sigma} standard deviations wider`);
  return parts.join("; ");
}

function relaxText({ relax }: QueueConfig): string | undefined {
  if (relax.length === 0) return undefined;
  return relax
    .map(({ atMs, min, fillTo, multipleOf }) => {
      const twos = multipleOf > 1 ? `, in multiples of ${multipleOf}` : "";
      const bots = fillTo > min ? `, bots up to ${fillTo}` : "";
      return `${age(atMs)} ${min} ${min === 1 ? "is" : "are"} enough${twos}${bots}`;
    })
    .join("; ");
}

function acceptanceText({ acceptance }: QueueConfig): string | undefined {
  if (!acceptance) return undefined;
  const { timeoutMs, declineMs, missMs } = acceptance;
  return `${durationText(timeoutMs)} for all to accept; who declines may not queue for ${durationText(declineMs)}, who says nothing for ${durationText(missMs)}`;
}

function priorityText({ priority }: QueueConfig): string | undefined {
  if (priority.length === 0) return undefined;
  return priority
    .map(
      (row) =>
        `${"returned" in row ? "who a room refused" : `${row.attribute} ${row.value}`}, as if ${durationText(row.ageMs)} older`,
    )
    .join("; ");
}

/** `within 100 at once, within 400 after 20 s`. */
function schedule(
  steps: readonly { readonly atMs: number; readonly value: number }[],
  text: (value: number) => string,
): string {
  return steps
    .map(({ atMs, value }) => (steps.length === 1 ? text(value) : `${text(value)} ${age(atMs)}`))
    .join(", ");
}

function age(atMs: number): string {
  return atMs === 0 ? "at once" : `after ${durationText(atMs)}`;
}
