import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Summary } from "../summary.ts";

/** Measured to no more digits than that, and easier to read. */
const DIGITS = 5;

/** Keeps the summary of a whole run, instead of an older one of the same benchmark. */
export function store(folder: string, summary: Summary): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${summary.name}.json`), storedText(summary));
}

/** A summary as it is kept: a line for each result, so that it can be read and compared. */
function storedText(summary: Summary): string {
  const short = (value: unknown) =>
    JSON.stringify(value, (_, v: unknown) => (typeof v === "number" ? Number(v.toPrecision(DIGITS)) : v));
  const lines = Object.entries(summary).map(([key, value]) =>
    key === "results"
      ? `  "results": [\n${(value as unknown[]).map((result) => `    ${short(result)}`).join(",\n")}\n  ]`
      : `  ${JSON.stringify(key)}: ${short(value)}`,
  );
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** What is kept in a folder, by the benchmark's name. */
export function stored(folder: string): Map<string, Summary> {
  const summaries = new Map<string, Summary>();
  if (!existsSync(folder)) return summaries;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const summary = JSON.parse(readFileSync(join(folder, file), "utf8")) as Summary;
    summaries.set(summary.name, summary);
  }
  return summaries;
}
