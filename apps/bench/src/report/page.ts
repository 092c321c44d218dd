import type { Benchmark, Ratio } from "../benchmark.ts";
import { figure, goalText, range, verdict } from "../format.ts";
import { isMet, type Summary } from "../summary.ts";
import { MODES } from "../summary-text.ts";

/** A benchmark that was run, and what is to be said of it in words. */
export interface Run {
  readonly benchmark: Benchmark;
  readonly summary: Summary;
  /** Markdown: what was tried, what a goal was missed by and why. */
  readonly remarks: string;
}

/** The day of the latest run, of which the page has its name. */
export const dayOf = (runs: readonly Run[]): string =>
  runs
    .map(({ summary }) => summary.startedAt.slice(0, 10))
    .sort()
    .at(-1) ?? "";

/** All runs as one page: the goals on top, then a section for each benchmark. */
export function page(runs: readonly Run[]): string {
  const goals = runs.flatMap(goalsOf);
  const met = goals.filter(({ value, goal }) => isMet(value, goal)).length;
  const versions = Object.assign({}, ...runs.map(({ summary }) => summary.versions)) as Summary["versions"];
  const machines = [...new Set(runs.map(({ summary }) => summary.machine))];
  return [
    `# Benchmarks of ${dayOf(runs)}`,
    "<!-- Written by `pnpm bench report`; figures are in data/*.json, remarks in data/*.md. -->",
    `${machines.join("; ")}. ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    "Medians of rounds in which all subjects took turns; ratios are Warren ÷ the other, medians of the rounds' own ratios, with their range. Read the ratios: times of another machine, or of this one at another time, are others. All of it again: `pnpm bench all`. What each subject does, how it is measured and what is not: [apps/bench/README.md](../../apps/bench/README.md).",
    ...(goals.length === 0
      ? []
      : [
          `## Goals: ${met} of ${goals.length} met`,
          rows([
            ["", "Warren", "best peer", "limit", "ratio", "goal", ""],
            ["---", "---", "---", "---", "---", "---", "---"],
            ...goals.map(goalRow),
          ]),
        ]),
    ...runs.flatMap(section),
  ]
    .join("\n\n")
    .concat("\n");
}

interface GoalOf {
  readonly run: Run;
  readonly ratio: Ratio;
  readonly value: number;
  readonly goal: Summary["goals"][string];
}

function goalsOf(run: Run): GoalOf[] {
  const { benchmark, summary } = run;
  return benchmark.ratios.flatMap((ratio) => {
    const goal = summary.goals[ratio.key];
    const value = summary.ratios[ratio.key];
    return goal === undefined || value === undefined ? [] : [{ run, ratio, value, goal }];
  });
}

function goalRow({ run: { benchmark, summary }, ratio, value, goal }: GoalOf): string[] {
  const { ours, peer, limit } = compared(benchmark, summary, ratio);
  return [
    `[${benchmark.name}](#${benchmark.name}) \`${nameOf(ratio)}\`, ${ratio.workload ?? benchmark.headline}`,
    ours,
    peer,
    limit,
    ratio.theirs === undefined ? "" : `${figure(value)} (${range(summary.ratioRanges[ratio.key]!)})`,
    goalText(goal),
    isMet(value, goal) ? "met" : "**missed**",
  ];
}

/** Of a key that says its workload, which is told beside it. */
const nameOf = ({ key }: Ratio): string => key.split(" @ ")[0]!;

/** The figures that a ratio of the headline, or of its own workload, is taken from; what it is not compared with is empty. */
export function compared(
  { subjects, headline, metrics }: Benchmark,
  { results, against }: Summary,
  { key, metric, ours, workload = headline }: Ratio,
): { ours: string; peer: string; limit: string } {
  const unit = metrics.find(({ name }) => name === metric)?.unit.split(",")[0] ?? "";
  const of = (id: string) => {
    const found = results.find((r) => r.subject === id && r.metric === metric && r.workload === workload);
    return `${figure(found?.median)} ${unit}`;
  };
  const theirs = against[key];
  const isLimit = subjects.find(({ id }) => id === theirs)?.isLimit === true;
  const other = theirs === undefined ? "" : `${of(theirs)}, ${theirs}`;
  return { ours: of(ours), peer: isLimit ? "" : other, limit: isLimit ? other : "" };
}

function section({ benchmark, summary, remarks }: Run): string[] {
  const { name, question, headline } = benchmark;
  const measured = [...new Set(summary.results.map(({ workload }) => workload))];
  const first = measured.includes(headline) ? headline : measured[0]!;
  const others = measured.filter((workload) => workload !== first);
  const rounds = Object.entries(summary.rounds).map(([mode, count]) => `${count} ${mode}`);
  const counted = Math.min(...summary.results.map(({ n }) => n));
  const ratios = ratioTable(benchmark, summary);
  return [
    `## ${name}`,
    question,
    `\`${summary.command}\`, ${summary.startedAt.slice(0, 10)}: ${counted} or more rounds of a workload in ${MODES[summary.mode]} (of ${rounds.join(", ")}), ${summary.seconds.toFixed(0)} s.`,
    workloadTable(benchmark, summary, first),
    ...(ratios === undefined ? [] : [ratios]),
    ...(others.length === 0
      ? []
      : [
          `<details><summary>Other workloads: ${others.join(" · ")}</summary>`,
          ...others.map((workload) => workloadTable(benchmark, summary, workload)),
          ...otherRatios(summary, others),
          "</details>",
        ]),
    ...(summary.published.length === 0
      ? []
      : [
          summary.published
            .map(
              ({ who, metric, value, about }) =>
                `- Published by ${who}: ${metric} ${figure(value)}, ${about}.`,
            )
            .join("\n"),
        ]),
    ...(remarks === "" ? [] : [remarks.trim()]),
  ];
}

/** Subjects down and metrics across; of a single subject its metrics down. */
function workloadTable({ subjects, metrics }: Benchmark, { results }: Summary, workload: string): string {
  const mine = results.filter((result) => result.workload === workload);
  const shown = metrics.filter(({ name }) => mine.some(({ metric }) => metric === name));
  const ids = subjects.map(({ id }) => id).filter((id) => mine.some(({ subject }) => subject === id));
  const of = (id: string, name: string) =>
    mine.find(({ subject, metric }) => subject === id && metric === name);
  const across = ids.length > 1;
  return rows(
    across
      ? [
          [workload, ...shown.map(({ name, unit }) => (unit.startsWith(name) ? unit : `${name}, ${unit}`))],
          ["---", ...shown.map(() => "--:")],
          ...ids.map((id) => [id, ...shown.map(({ name }) => figure(of(id, name)?.median))]),
        ]
      : [
          [workload, ids[0] ?? "", "range", ""],
          ["---", "--:", "--:", "---"],
          ...shown.map(({ name, unit }) => {
            const { median, min, max } = of(ids[0]!, name)!;
            return [name, figure(median), range([min, max]), unit];
          }),
        ],
  );
}

/** Of the headline, or a ratio's own workload. Figures without a goal are in the tables above already. */
function ratioTable(benchmark: Benchmark, summary: Summary): string | undefined {
  const { ratios, ratioRanges, goals, against } = summary;
  const keys = benchmark.ratios
    .map(({ key }) => key)
    .filter((key) => ratios[key] !== undefined && (against[key] !== undefined || goals[key] !== undefined));
  if (keys.length === 0) return undefined;
  return rows([
    ["", "median", "range", "against", "goal"],
    ["---", "--:", "--:", "---", "---"],
    ...keys.map((key) => {
      const goal = goals[key];
      const value = ratios[key]!;
      return [
        `\`${key}\``,
        figure(value),
        range(ratioRanges[key]!),
        against[key] ?? "",
        goal === undefined ? "" : `${goalText(goal)}, ${verdict(value, goal)}`,
      ];
    }),
  ]);
}

/** On other workloads, what has a goal on the headline's but none there. */
function otherRatios({ ratios, goals }: Summary, workloads: readonly string[]): string[] {
  const of = (key: string, workload: string) => {
    const there = `${key} @ ${workload}`;
    return goals[there] === undefined ? ratios[there] : undefined;
  };
  const keys = Object.keys(goals).filter((key) => workloads.some((w) => of(key, w) !== undefined));
  const shown = workloads.filter((workload) => keys.some((key) => of(key, workload) !== undefined));
  if (shown.length === 0) return [];
  return [
    rows([
      ["ratios", ...keys.map((key) => `\`${key}\``)],
      ["---", ...keys.map(() => "--:")],
      ...shown.map((workload) => [workload, ...keys.map((key) => figure(of(key, workload)))]),
    ]),
  ];
}

export const rows = (cells: readonly (readonly string[])[]): string =>
  cells.map((row) => `| ${row.join(" | ")} |`).join("\n");
