import { expect, it } from "vitest";
import { screenOf } from "../src/show/screen.ts";
import { terminalReport } from "../src/show/terminal-report.ts";
import { REPORT_KINDS, runReport } from "./run-report.ts";

// What a person reads. When it changes on purpose: `vitest run --project unit apps/loadtest -u`.

const plain = (columns: number) => screenOf({ isTTY: true, columns }, { NO_COLOR: "1" });

it.each(REPORT_KINDS)("the table of a run: %s", async (kind) => {
  const report = runReport(kind);
  const [narrow, wide] = [60, 100].map((columns) => {
    const lines = terminalReport(report, plain(columns));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    return lines.join("\n");
  });
  await expect(`${narrow}\n\n${"-".repeat(100)}\n${wide}\n`).toMatchFileSnapshot(`terminal/${kind}.txt`);
});

it("a run in which the generator was the limit says so in red", () => {
  const lines = terminalReport(runReport("ugly"), screenOf({ isTTY: true, columns: 100 }, {}));
  expect(lines).toContain(
    "  \u001b[31mThe generator was the limit: this run does not measure the server\u001b[39m",
  );
});

it("a generator that was late without being busy is not told to take more processes", () => {
  const report = runReport("ugly");
  report.result.generator.cpu = 0.1;
  const text = terminalReport(report, plain(100)).join("\n");
  expect(text).toContain("something else had the processor");
  expect(text).not.toContain("--generators");
});

it("a run that was stopped says so", () => {
  const report = runReport("fine");
  expect(terminalReport(report, plain(100)).join("\n")).not.toContain("stopped");
  report.about.isCutShort = true;
  expect(terminalReport(report, plain(100)).join("\n")).toContain("It was stopped before its time.");
});

it("where nobody joined that comes first", () => {
  const report = runReport("nobody");
  report.result.generator.saturated = true;
  expect(terminalReport(report, plain(100))[1]).toContain("Nobody joined");
});
