import type { Benchmark, Workload } from "./benchmark.ts";
import type { Mode } from "./machine-mode.ts";
import { type Goal, isMet, type Summary } from "./summary.ts";

const MODES: Readonly<Record<Mode, string>> = {
  fast: "the machine's fast mode",
  slow: "the machine's slow mode",
  busy: "a machine that was busy with something else: do not trust these times",
  mixed: "a machine that changed its speed all the time: do not trust these times",
  unknown: "unknown circumstances",
};

/** The summary for a person: a table for each workload, then the ratios. */
export function report(benchmark: Benchmark, workloads: readonly Workload[], summary: Summary): string {
  const lines = [benchmark.question, ""];
  for (const { name: workload } of workloads) {
    const of = summary.results.filter((result) => result.workload === workload);
    if (of.length === 0) {
      lines.push(`${workload}: no round of it counts; the machine was never in that mode long enough`, "");
      continue;
    }
    const metrics = benchmark.metrics.filter(({ name }) => of.some(({ metric }) => metric === name));
    const rows = [[workload, ...metrics.map(({ name, unit }) => `${name}, ${unit}`)]];
    for (const { id } of benchmark.subjects) {
      const mine = of.filter(({ subject }) => subject === id);
      if (mine.length === 0) continue;
      rows.push([
        id,
        ...metrics.map(({ name }) => figure(mine.find(({ metric }) => metric === name)?.median)),
      ]);
    }
    lines.push(...table(rows), "");
  }
  const ratios = Object.entries(summary.ratios);
  if (ratios.length > 0) {
    const comparing = benchmark.ratios.some(({ theirs }) => theirs !== undefined);
    const choosing = benchmark.ratios.some(({ theirs }) => Array.isArray(theirs));
    const heading = [comparing ? "ours ÷ theirs" : "figure", "median", "range", "goal"];
    const rows = [choosing ? [...heading, "theirs"] : heading];
    for (const [key, value] of ratios) {
      const [min, max] = summary.ratioRanges[key]!;
      const goal = summary.goals[key];
      const row = [key, ratio(value), `${ratio(min)} to ${ratio(max)}`, verdict(value, goal)];
      rows.push(choosing ? [...row, summary.against[key] ?? ""] : row);
    }
    lines.push(...table(rows), "");
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

/** Columns as wide as they must be; the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("   ")
      .trimEnd(),
  );
}

function figure(value: number | undefined): string {
  if (value === undefined) return "–";
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en-GB");
}

function verdict(value: number, goal: Goal | undefined): string {
  if (goal === undefined) return "";
  const wanted = "atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
  return `${wanted}  ${isMet(value, goal) ? "met" : "missed"}`;
}

function ratio(value: number): string {
  return value < 10 ? value.toFixed(3) : value.toFixed(1);
}
