import { wrapped } from "@warren/service";
import type { Quantiles, RunReport } from "../result.ts";
import { byCount, meaningOf } from "./error-meaning.ts";
import { bytesText, countText, numberText, percentText, secondsText } from "./number-text.ts";
import { INDENT } from "./row-lines.ts";
import type { Screen, Style } from "./screen.ts";
import { LATENCIES, STAGES } from "./terms.ts";
import { arrivedOf, type Tone, verdictOf } from "./verdict.ts";

const LABEL_COLUMNS = 13;
const CELL_COLUMNS = 9;
const TONES: Readonly<Record<Tone, Style>> = { good: "green", bad: "red", open: "bold" };
const QUANTILES = ["p50", "p95", "p99", "max", "count"] as const satisfies (keyof Quantiles)[];

/** What a run came to, for a person at a terminal. */
export function terminalReport(report: RunReport, screen: Screen): string[] {
  const { result, about } = report;
  const seconds = Math.max(1, report.seconds.length);
  const counts = { arrived: arrivedOf(report), ...result.stages };
  return [
    screen.paint(
      "bold",
      `${about.scenario} against ${about.url}, ${secondsText(report.seconds.length)}, seed ${about.seed}`,
    ),
    ...verdictLines(report, screen),
    "",
    ...table(
      "players",
      ["count", "share", "per s"],
      STAGES.map(({ name }) => [
        name,
        [
          countText(counts[name]),
          percentText(counts[name] / counts.arrived),
          numberText(counts[name] / seconds),
        ],
      ]),
      screen,
    ),
    "",
    ...table(
      "ms",
      QUANTILES,
      LATENCIES.map(({ key, name }) => [
        name,
        QUANTILES.map((of) => (result[key].count === 0 ? "–" : numberText(result[key][of]))),
      ]),
      screen,
    ),
    "",
    ...wrapped(
      `${numberText(result.statesPerSecond)} states/s, ${bytesText(result.bytesPerPlayerPerSecond)} per player and second`,
      screen.columns - INDENT.length,
    ).map((line) => INDENT + line),
    ...errorLines(report, screen),
    ...thresholdLines(report, screen),
  ];
}

function verdictLines(report: RunReport, screen: Screen): string[] {
  const { tone, headline, details } = verdictOf(report);
  const columns = screen.columns - INDENT.length;
  return [
    ...wrapped(headline, columns).map((line) => INDENT + screen.paint(TONES[tone], line)),
    ...details.flatMap((text) => wrapped(`${text}.`, columns).map((line) => INDENT + line)),
  ];
}

type Row = readonly [label: string, cells: readonly string[], style?: Style | undefined];

function table(title: string, heads: readonly string[], rows: readonly Row[], screen: Screen): string[] {
  const line = (label: string, cells: readonly string[]) =>
    `${INDENT}${label.padEnd(LABEL_COLUMNS)}${cells.map((text) => text.padStart(CELL_COLUMNS)).join("")}`;
  return [
    screen.paint("bold", line(title, heads)),
    ...rows.map(([label, cells, style]) => {
      const text = line(label, cells);
      return style ? screen.paint(style, text) : text;
    }),
  ];
}

function errorLines({ result }: RunReport, screen: Screen): string[] {
  const errors = byCount(result.errors);
  if (errors.length === 0) return ["", `${INDENT}no errors`];
  const columns = screen.columns - 2 * INDENT.length;
  return [
    "",
    screen.paint("bold", `${INDENT}errors`),
    ...errors.flatMap(([code, count]) => [
      `${INDENT}${screen.paint("red", `${code} ${countText(count)}`)}`,
      ...wrapped(meaningOf(code), columns).map((line) => INDENT + INDENT + line),
    ]),
  ];
}

function thresholdLines({ thresholds }: RunReport, screen: Screen): string[] {
  if (thresholds.length === 0) return [];
  return [
    "",
    screen.paint("bold", `${INDENT}thresholds`),
    ...thresholds.map(({ text, value, holds }) => {
      const line = `${holds ? "✓" : "✗"} ${text}`.padEnd(LABEL_COLUMNS + CELL_COLUMNS);
      return `${INDENT}${screen.paint(holds ? "green" : "red", `${line}  ${numberText(value)}`)}`;
    }),
  ];
}
