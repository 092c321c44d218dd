import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BENCHMARKS } from "../benchmarks.ts";
import { dayOf, page, type Run } from "./page.ts";
import { withFigures } from "./readme.ts";
import { store, stored } from "./stored.ts";

/** Of whole runs on this machine; not committed. */
export const RESULTS = "apps/bench/results";
/** Of the runs that the page and README.md tell of. */
const DATA = "docs/benchmarks/data";
const README = "README.md";

/**
 * Writes the page and README's figures, of the last whole run of each benchmark, on this machine or already told of.
 * Returns which files were written.
 */
export function writeReport(root: string): string[] {
  const before = stored(join(root, DATA));
  for (const summary of stored(join(root, RESULTS)).values())
    if (summary.startedAt > (before.get(summary.name)?.startedAt ?? "")) store(join(root, DATA), summary);
  const files = reported(root);
  for (const [file, text] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return [...files.keys()];
}

/** Benchmarks of which the page has nothing to tell. */
export function unmeasured(root: string): string[] {
  const summaries = stored(join(root, DATA));
  return BENCHMARKS.map(({ name }) => name).filter((name) => !summaries.has(name));
}

/** Which files are not what the kept figures say. */
export function staleFiles(root: string): string[] {
  return [...reported(root)]
    .filter(
      ([file, text]) => !existsSync(join(root, file)) || readFileSync(join(root, file), "utf8") !== text,
    )
    .map(([file]) => file);
}

/** Files and what should be in them. */
function reported(root: string): Map<string, string> {
  const runs = runsIn(root);
  if (runs.length === 0) throw new Error("nothing was measured yet; run: pnpm bench all");
  return new Map([
    [`docs/benchmarks/${dayOf(runs)}.md`, page(runs)],
    [README, withFigures(readFileSync(join(root, README), "utf8"), runs)],
  ]);
}

/** In the order of the benchmarks. */
function runsIn(root: string): Run[] {
  const summaries = stored(join(root, DATA));
  const runs = BENCHMARKS.flatMap((benchmark) => {
    const summary = summaries.get(benchmark.name);
    if (summary === undefined) return [];
    const remarks = join(root, DATA, `${benchmark.name}.md`);
    return [{ benchmark, summary, remarks: existsSync(remarks) ? readFileSync(remarks, "utf8") : "" }];
  });
  const unknown = [...summaries.keys()].find((name) => BENCHMARKS.every((known) => known.name !== name));
  if (unknown !== undefined) throw new Error(`${DATA}/${unknown}.json is of no benchmark that there is`);
  return runs;
}
