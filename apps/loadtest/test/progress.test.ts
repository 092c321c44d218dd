import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { Progress } from "../src/show/progress.ts";
import { runReport } from "./run-report.ts";

class Written {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly chunks: string[] = [];

  constructor({ isTTY = true, columns = 60, rows = 40 } = {}) {
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.chunks.push(text);
  }
}

const ERRORS = { RATE_LIMITED: 12, ROOM_FULL: 3 };

function shown(output: Written, env: Record<string, string> = {}): string[] {
  const { about, seconds } = runReport("ugly");
  const progress = new Progress(output, env);
  progress.start({ ...about, durationSeconds: 85 });
  for (const second of seconds) progress.second(second, ERRORS);
  progress.end();
  return output.chunks;
}

/** What is on a terminal's screen in the end, by the two sequences that are used. */
function screen(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  for (const chunk of chunks) {
    const [before, text = chunk] = chunk.split("F\u001b[J");
    if (text !== chunk) lines.splice(lines.length - Number(before!.slice("\u001b[".length)));
    lines.push(...stripVTControlCharacters(text).split("\n").slice(0, -1));
  }
  return lines;
}

it.each([60, 80, 120])("a terminal of %i columns is painted over in place", (columns) => {
  const lines = screen(shown(new Written({ columns })));
  for (const line of lines) expect(line.length).toBeLessThan(columns);
  for (const label of ["run", "players", "joins/s", "join", "rtt", "states", "errors", "generator"])
    expect(lines.filter((line) => line.startsWith(`  ${label} `))).toHaveLength(1);
  expect(lines.join("\n")).toContain("RATE_LIMITED 12");
});

it("a terminal with few rows never scrolls: what was painted could not be painted over", () => {
  for (const chunk of shown(new Written({ rows: 6 })).slice(1, -1))
    expect(chunk.split("\n").length).toBeLessThanOrEqual(6);
});

it("a busy generator is red", () => {
  const chunks = shown(new Written());
  expect(chunks.some((chunk) => chunk.includes("\u001b[31msaturated: it is the limit"))).toBe(true);
  expect(chunks[2]).not.toContain("saturated");
});

it.each([
  ["a file", new Written({ isTTY: false }), {}],
  ["NO_COLOR", new Written(), { NO_COLOR: "1" }],
] as const)("%s gets a plain line every 5 s", (_, output, env) => {
  const chunks = shown(output, env);
  expect(chunks.join("")).not.toContain("\u001b");
  expect(chunks).toHaveLength(1 + 90 / 5 + 1);
  expect(chunks[1]).toMatch(/^ {4}5 s: \d+ playing/);
});

it("the last line of a file is of a second in which people played", () => {
  const output = new Written({ isTTY: false });
  const { about, seconds } = runReport("crossed");
  const progress = new Progress(output, {});
  progress.start({ ...about, durationSeconds: 4 });
  // The fifth is of those who leave.
  for (const second of seconds.slice(0, 4)) progress.second(second, {});
  progress.second({ ...seconds[4]!, second: 4 }, {});
  progress.end();
  expect(output.chunks.filter((chunk) => chunk.includes("playing"))).toHaveLength(2);
  expect(output.chunks.at(-2)).toMatch(/^ {4}4 s: [1-9]\d* playing/);
});
