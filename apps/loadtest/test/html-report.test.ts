import { describe, expect, it } from "vitest";
import { htmlReport } from "../src/show/html-report.ts";
import { REPORT_KINDS, runReport } from "./run-report.ts";

const BYTES_MAX = 300_000;

describe.each(REPORT_KINDS)("the page of a run: %s", (kind) => {
  const page = htmlReport(runReport(kind));
  const withoutScript = page.slice(0, page.lastIndexOf("<script>"));

  it("loads nothing", () => {
    expect(page).not.toMatch(
      /<(?:link|img|iframe|object|embed|base|form|audio|video)\b|\s(?:src|href|srcset|action)\s*=/i,
    );
    expect(page).not.toMatch(/url\(|@import|fetch\(|XMLHttpRequest|import\(/);
  });

  it("has no value that is none", () => {
    expect(withoutScript).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it("is small enough to be sent", () => {
    expect(Buffer.byteLength(page)).toBeLessThan(BYTES_MAX);
  });
});

it("what comes from outside is text, wherever it is", () => {
  const hostile = `</script><script>alert(1)</script><img src=x onerror="alert('2')">`;
  const report = runReport("crossed");
  report.result.errors = { [hostile]: 3 };
  report.thresholds = [{ text: hostile, value: 1, holds: false }];
  for (const name of ["startedAt", "command", "url", "scenario", "machine"] as const)
    report.about[name] = hostile;
  report.about.versions = { [hostile]: hostile };
  const page = htmlReport(report);
  expect(page).not.toContain("<img");
  expect(page).not.toContain("<script>alert");
  expect(page.match(/<script\b/g)).toHaveLength(2);
  expect(page).toContain("&lt;/script&gt;&lt;script&gt;alert(1)");
});

it("errors are said in the words of the error table", () => {
  const report = runReport("fine");
  report.result.errors = { ROOM_FULL: 2, constructor: 1 };
  const page = htmlReport(report);
  expect(page).toContain("All seats of the room are taken.");
  expect(page).toContain("Not a code of Warren&#39;s error table.");
});
