// `pnpm check`: everything CI runs, on a machine that is set up (`npm test` sets it up first).
// Prints the time of each part and ends with the line `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ROOT } from "./setup.mjs";

const BIN = join(ROOT, "node_modules", ".bin");
const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const STATIC = [
  ["format and lint", "biome", ["check", "--error-on-warnings", "."]],
  ["types", "tsc", ["-b"]],
  ["types of tests", "tsc", ["-p", "tsconfig.test.json"]],
  ["types of pages", "tsc", ["-p", "apps/arena/web/tsconfig.json"]],
  [
    "layers",
    "npm",
    ["exec", "--yes", `--package=${packageManager}`, "--", "node", "scripts/check-layers.mjs"],
  ],
  ["dead code", "knip", []],
  ["proto lint", "buf", ["lint"]],
  ["proto format", "buf", ["format", "--diff", "--exit-code"]],
  ["generated files", "node", ["scripts/check-generated.mjs"]],
];
const PROJECTS = ["unit", "sim", "int", "e2e"];

const rows = [];
let passed = 0;
let failed = 0;

const only = process.argv.slice(2);
const wanted = (name) => only.length === 0 || only.includes(name);

for (const [name, command, args] of STATIC) if (wanted("static")) runStatic(name, command, args);
for (const project of PROJECTS) if (wanted(project)) runTests(project);

process.stdout.write(
  `\n${rows.map(([name, seconds, result]) => `${seconds.padStart(7)} s  ${name.padEnd(18)} ${result}`).join("\n")}\n`,
);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

function run(command, args, options) {
  const startedMs = performance.now();
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      PATH: `${BIN}${delimiter}${process.env.PATH}`,
      TURBO_TELEMETRY_DISABLED: "1",
      FORCE_COLOR: "0",
    },
    maxBuffer: 256 * 1024 * 1024,
    ...options,
  });
  return { ...result, seconds: ((performance.now() - startedMs) / 1000).toFixed(1) };
}

function runStatic(name, command, args) {
  const { status, stdout, stderr, seconds } = run(command, args, { encoding: "utf8" });
  const ok = status === 0;
  if (ok) passed++;
  else {
    failed++;
    process.stdout.write(`\n--- ${name} ---\n${stdout}${stderr}\n`);
  }
  rows.push([name, seconds, ok ? "ok" : "FAILED"]);
}

function runTests(project) {
  const folder = mkdtempSync(join(tmpdir(), "warren-check-"));
  const report = join(folder, "report.json");
  const args = [
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const { status, seconds } = run("vitest", args, { stdio: "inherit" });
  let good = 0;
  let bad = status === 0 ? 0 : 1;
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    good = numPassedTests;
    // A skipped test is a part that is missing, and a run without tests proves nothing.
    bad = Math.max(
      bad,
      numFailedTests + numPendingTests,
      numFailedTestSuites > 0 ? 1 : 0,
      good === 0 ? 1 : 0,
    );
  } catch {
    bad = Math.max(bad, 1);
  }
  rmSync(folder, { recursive: true, force: true });
  passed += good;
  failed += bad;
  rows.push([`tests: ${project}`, seconds, `${good} passed, ${bad} failed`]);
}
