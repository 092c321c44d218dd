import type { Benchmark, Ratio, Workload } from "./benchmark.ts";
import { figure, goalText, range, table, verdict } from "./format.ts";
import type { Mode } from "./machine-mode.ts";
import type { Result, Summary } from "./summary.ts";

export const MODES: Readonly<Record<Mode, string>> = {
  fast: "the machine's fast mode",
  slow: "the machine's slow mode",
  busy: "a machine that was busy with something else: do not trust these times",
  mixed: "a machine that changed its speed all the time: do not trust these times",
  unknown: "unknown circumstances",
};

/** The summary for a person: a table for each workload, then the ratios. */
export function summaryText(benchmark: Benchmark, workloads: readonly Workload[], summary: Summary): string {
  const lines = [benchmark.question, ""];
  for (const { name: workload } of workloads) {
    const of = summary.results.filter((result) => result.workload === workload);
    if (of.length === 0) {
      lines.push(`${workload}: no round of it counts; the machine was never in that mode long enough`, "");
      continue;
    }
    lines.push(...workloadTable(benchmark, workload, of), "");
  }
  const ratios = Object.entries(summary.ratios);
  if (ratios.length > 0) {
    const choosing = benchmark.ratios.some(({ theirs }) => Array.isArray(theirs));
    const heading = [headingOf(benchmark.ratios), "median", "range", "goal"];
    const rows = [choosing ? [...heading, "theirs"] : heading];
    for (const [key, value] of ratios) {
      const goal = summary.goals[key];
      const row = [
        key,
        figure(value),
        range(summary.ratioRanges[key]!),
        goal === undefined ? "" : `${goalText(goal)}  ${verdict(value, goal)}`,
      ];
      rows.push(choosing ? [...row, summary.against[key] ?? ""] : row);
    }
    lines.push(...table(rows, [0, 3, 4]), "");
  }
  for (const { who, metric, value, about } of summary.published)
    lines.push(`Published by ${who}: ${metric} ${figure(value)}, ${about}.`);
  if (summary.published.length > 0) lines.push("");
  const counted = Math.min(...summary.results.map(({ n }) => n));
  const all = Object.entries(summary.rounds).map(([mode, count]) => `${count} ${mode}`);
  lines.push(
    `Medians of ${counted} or more rounds in ${MODES[summary.mode]} (of ${all.join(", ")}), ${summary.seconds.toFixed(0)} s.`,
    `${summary.machine}; ${Object.entries(summary.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}`,
  );
  return `${lines.join("\n")}\n`;
}

/** Subjects down and metrics across; of a single subject its metrics down, for there may be many. */
function workloadTable(
  { subjects, metrics }: Benchmark,
  workload: string,
  results: readonly Result[],
): string[] {
  const ids = subjects.map(({ id }) => id).filter((id) => results.some(({ subject }) => subject === id));
  const shown = metrics.filter(({ name }) => results.some(({ metric }) => metric === name));
  const of = (id: string, name: string) =>
    figure(results.find(({ subject, metric }) => subject === id && metric === name)?.median);
  if (ids.length === 1)
    return [
      `${workload}: ${ids[0]}`,
      ...table(
        shown.map(({ name, unit }) => [`  ${name}`, of(ids[0]!, name), unit]),
        [0, 2],
      ),
    ];
  return table([
    [workload, ...shown.map(({ name }) => name)],
    ["", ...shown.map(({ unit }) => unit)],
    ...ids.map((id) => [id, ...shown.map(({ name }) => of(id, name))]),
  ]);
}

function headingOf(ratios: readonly Ratio[]): string {
  const comparing = ratios.filter(({ theirs }) => theirs !== undefined).length;
  if (comparing === 0) return "figure";
  return comparing === ratios.length ? "ours ÷ theirs" : "ours ÷ theirs, or figure";
}
