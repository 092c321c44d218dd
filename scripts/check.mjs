// `pnpm check`: everything CI runs, on a machine that is set up (`npm test` sets it up first).
// Prints the time of each part, then everything that failed, and ends with the line `N passed, N failed`.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
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

/** So long may what a program started take to end after it, ms. */
const GROUP_GRACE_MS = 5_000;

const rows = [];
/** What failed and why, told once more at the end: who sees only that should know. */
const failures = [];
let passed = 0;
let failed = 0;
/** What runs now; undefined between two. */
let running;
let stoppedBy;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => {
    // The second time nobody is asked.
    signalGroup(running?.pid, stoppedBy ? "SIGKILL" : "SIGINT");
    stoppedBy ??= signal;
  });

const only = process.argv.slice(2);
const wanted = (name) => only.length === 0 || only.includes(name);

for (const [name, command, args] of STATIC) if (wanted("static")) await runStatic(name, command, args);
for (const project of PROJECTS) if (wanted(project)) await runTests(project);

process.stdout.write(
  `\n${rows.map(([name, seconds, result]) => `${seconds.padStart(7)} s  ${name.padEnd(18)} ${result}`).join("\n")}\n`,
);
for (const { what, why } of failures) process.stdout.write(`\n--- ${what} ---\n${why}\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

/** Runs a program in a process group of its own: when we are told to stop, all of it is told, and we stop after it. */
async function run(command, args, { stdio = "pipe", env = {} } = {}) {
  const startedMs = performance.now();
  running = spawn(command, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      PATH: `${BIN}${delimiter}${process.env.PATH}`,
      TURBO_TELEMETRY_DISABLED: "1",
      // A log is read as text.
      ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
      ...env,
    },
    stdio: ["ignore", stdio, stdio],
    detached: true,
  });
  const { pid } = running;
  let output = "";
  for (const stream of [running.stdout, running.stderr])
    stream?.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  const status = await new Promise((resolve) => {
    running.once("error", (error) => {
      output += error.message;
      resolve(1);
    });
    running.once("close", resolve);
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (stoppedBy) await endGroup(pid);
  running = undefined;
  return { pid, status, output, seconds };
}

/** Waits for what a program left running, and ends what stays. Answers with their command lines. */
async function endGroup(pid) {
  for (const untilMs = performance.now() + GROUP_GRACE_MS; signalGroup(pid, 0); ) {
    if (performance.now() > untilMs) {
      const left = commandsOf(pid);
      signalGroup(pid, "SIGKILL");
      return left;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [];
}

function commandsOf(group) {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pgid=,stat=,args="], { encoding: "utf8" });
  return [...(stdout ?? "").matchAll(/^ *(\d+) +(\S+) +(.*)$/gm)]
    .filter(([, pgid, stat]) => Number(pgid) === group && !stat.startsWith("Z"))
    .map(([, , , command]) => command);
}

/** False when nobody is in the group any more. */
function signalGroup(pid, signal) {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch {
    return false;
  }
}

function exitIfStopped() {
  if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
}

async function runStatic(name, command, args) {
  const { status, output, seconds } = await run(command, args);
  exitIfStopped();
  const ok = status === 0;
  if (ok) passed++;
  else {
    failed++;
    process.stdout.write(`\n--- ${name} ---\n${output}\n`);
    failures.push({ what: name, why: shortened(output) });
  }
  rows.push([name, seconds, ok ? "ok" : "FAILED"]);
}

async function runTests(project) {
  const folder = mkdtempSync(join(tmpdir(), "warren-check-"));
  const report = join(folder, "report.json");
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const args = [
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  // Whatever ends how, nothing of it stays: tests find their temporary folder in ours.
  const { pid, status, seconds } = await run("vitest", args, {
    stdio: "inherit",
    env: { TMPDIR: temporary },
  });
  const left = stoppedBy ? [] : await endGroup(pid);
  const files = readdirSync(temporary);
  let good = 0;
  let bad = status === 0 ? 0 : 1;
  const failuresBefore = failures.length;
  try {
    const results = JSON.parse(readFileSync(report, "utf8"));
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = results;
    failures.push(...failuresOf(results));
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
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  exitIfStopped();
  if (left.length > 0)
    process.stdout.write(`\n${project} left processes behind, which were ended:\n${left.join("\n")}\n`);
  if (files.length > 0) process.stdout.write(`\n${project} left files behind: ${files.join(" ")}\n`);
  if (bad > 0 && failures.length === failuresBefore)
    failures.push({ what: `tests: ${project}`, why: `vitest ended with ${status}; its own output says why` });
  passed += good;
  failed += bad;
  rows.push([`tests: ${project}`, seconds, `${good} passed, ${bad} failed`]);
}

/** Every test that did not pass, and every file that did not load, from vitest's JSON report. */
function failuresOf({ testResults }) {
  return testResults.flatMap(({ name: path, message, status, assertionResults }) => {
    const file = relative(ROOT, path);
    const tests = assertionResults
      .filter(({ status }) => status !== "passed")
      .map(({ fullName, status, failureMessages }) => ({
        what: `${file} > ${fullName}`,
        // A time-out has no message of its own there.
        why: shortened(failureMessages.join("\n")).replace("STACK_TRACE_ERROR", "timed out") || status,
      }));
    return tests.length > 0 || status === "passed" ? tests : [{ what: file, why: shortened(message) }];
  });
}

/** A long text's first and last lines. */
function shortened(text, lines = 20) {
  const all = text.trimEnd().split("\n");
  return (all.length <= 2 * lines ? all : [...all.slice(0, lines), "…", ...all.slice(-lines)]).join("\n");
}
