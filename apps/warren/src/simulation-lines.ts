import type { Distribution, SimulationFigures, Waits } from "@warren/matchmaking/simulation";
import { wrapped } from "@warren/service";
import { rowLines } from "./queue-lines.ts";
import type { Screen } from "./terminal.ts";

const COLUMNS = ["mean", "p50", "p95", "p99", "max"] as const;
const COLUMN_CHARS = 8;

/** What a simulation tells, for a person. */
export function simulationLines(
  { title, about, figures }: { title: string; about: string; figures: SimulationFigures },
  screen: Screen,
): string[] {
  const { tickets, waitMs, matches, cost } = figures;
  const deciles = waitMs.byDecile.map((each, i): Row => [tenth(i), each]);
  const sizes = Object.entries(waitMs.byPartySize);
  return [
    screen.heading(title),
    ...wrapped(about, screen.columns - 2).map((line) => `  ${line}`),
    "",
    ...rowLines("tickets", ticketsText(tickets), screen),
    ...rowLines("matches", matchesText(matches), screen),
    ...rowLines("limits", relaxedText(matches.relaxed), screen),
    ...rowLines(
      "look",
      `p50 ${shown(cost.lookMs.p50)} ms, p99 ${shown(cost.lookMs.p99)} ms, longest ${shown(cost.lookMs.max)} ms`,
      screen,
    ),
    "",
    ...table(
      "wait, s",
      [
        ["all", waitMs],
        ...deciles,
        ...(sizes.length > 1 ? sizes.map(([size, each]): Row => [`party of ${size}`, each]) : []),
      ],
      1_000,
      screen,
    ),
    `  equality ${shown(waitMs.jain)} (1: all wait as long)`,
    ...(matches.spread.count > 0
      ? [
          "",
          ...table(
            "match, skill",
            [
              ["best to worst", matches.spread],
              ...(matches.imbalance.count > 0 ? [["team to team", matches.imbalance] as Row] : []),
            ],
            1,
            screen,
          ),
        ]
      : []),
  ];
}

type Row = readonly [label: string, of: Distribution | Waits];

function table(title: string, rows: readonly Row[], unit: number, screen: Screen): string[] {
  const line = (label: string, cells: readonly string[]) =>
    `  ${label.padEnd(16)}${cells.map((text) => text.padStart(COLUMN_CHARS)).join("")}`;
  const hasShares = rows.some(([, of]) => "matched" in of);
  return [
    screen.heading(line(title, [...(hasShares ? ["matched"] : []), "count", ...COLUMNS])),
    ...rows.map(([label, of]) =>
      line(label, [
        ...("matched" in of ? [percent(of.matched)] : []),
        String(of.count),
        ...COLUMNS.map((name) => shown(of[name], unit)),
      ]),
    ),
  ];
}

function percent(share: number | null): string {
  return share === null ? "–" : `${shown(100 * share)} %`;
}

function ticketsText({
  posted,
  players,
  assigned,
  abandoned,
  declined,
  expired,
  waiting,
  refused,
}: SimulationFigures["tickets"]): string {
  const share = (count: number) => `${shown((100 * count) / Math.max(1, posted))} %`;
  return [
    `${posted} with ${players} players: ${share(assigned)} matched`,
    `${share(abandoned)} gave up`,
    `${share(expired)} expired`,
    ...(declined > 0 ? [`${share(declined)} declined or missed`] : []),
    ...(waiting > 0 ? [`${share(waiting)} still wait`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ].join(", ");
}

function matchesText({
  count,
  backfills,
  perSecond,
  players,
  quality,
}: SimulationFigures["matches"]): string {
  return [
    `${count}, ${shown(perSecond)} a second, ${shown(players)} players each`,
    ...(backfills > 0 ? [`${backfills} into rooms that ran`] : []),
    `quality ${shown(quality.mean)}`,
  ].join(", ");
}

/** How many matches are within all of the queue's first limits, and what the others are beyond. */
function relaxedText(relaxed: SimulationFigures["matches"]["relaxed"]): string {
  const names = {
    none: "of the matches within the first",
    skill: "beyond the first window",
    latency: "beyond the first latency",
    size: "not full",
    quality: "beyond the first quality",
  };
  return Object.entries(relaxed)
    .filter(([rule, share]) => rule === "none" || share > 0)
    .map(([rule, share]) => `${shown(100 * share)} % ${names[rule as keyof typeof names]}`)
    .join(", ");
}

function tenth(i: number): string {
  if (i === 0) return "lowest tenth";
  return i === 9 ? "highest tenth" : `${i + 1}${["", "nd", "rd"][i] ?? "th"} tenth`;
}

/** Three digits are what an eye compares. */
function shown(value: number | null, unit = 1): string {
  if (value === null) return "–";
  const scaled = value / unit;
  return Math.abs(scaled) >= 100 ? String(Math.round(scaled)) : String(Number(scaled.toPrecision(3)));
}
