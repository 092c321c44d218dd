import { access, constants, stat, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { InputError } from "@warren/kernel";
import {
  type Arrivals,
  htmlReport,
  isScenario,
  Progress,
  parseThreshold,
  runLoadTest,
  SCENARIOS,
  type ScenarioSource,
  screenOf,
  terminalReport,
} from "@warren/loadtest";
import { ConfigError, duration, flag, int, list, optional, readConfig, text } from "@warren/service";
import type { Command } from "../command.ts";
import { EXIT_FOR_THRESHOLD } from "../exit-code.ts";
import { type BundledModule, bundled, importedFrom, loadGame } from "../load-game.ts";
import { complain, say } from "../terminal.ts";

const HOUR_MS = 3_600_000;
const GENERATORS_MAX = 256;
const PLAYERS_MAX = 1_000_000;
const RATE_MAX = 100_000;
const NO_REPORT = "none";
const DURATION_MIN_MS = 1_000;
/** Of players or a rate that are given; a scenario may say its own for those that it has. */
const RAMP = "10s";
const RAMP_MS = 10_000;

const options = {
  game: text(
    "",
    { text: "The game that is played, for what its rooms ask of players; empty: the arena" },
    "a file",
  ),
  url: text("http://127.0.0.1:8080", { text: "Where a matchmaker is" }, "a URL"),
  players: int(0, 0, PLAYERS_MAX, {
    text: "Players at one time, each who leaves replaced; beside --rate: all that come; 0: as the scenario has it",
  }),
  rate: text(
    "",
    { text: "Players that come, whatever becomes of those before" },
    "players a second, such as 50/s",
  ),
  ramp: optional(
    duration(RAMP, 24 * HOUR_MS, {
      text: `How long until all players are there, or the rate is reached, at most --duration; empty: as the scenario has it, else ${RAMP}, and in a short run half of it`,
    }),
  ),
  duration: duration("30s", 24 * HOUR_MS, { text: "How long it runs, with the ramp; at least 1s" }),
  seed: int(1, 0, 2 ** 31 - 1, { text: "The same seed gives the same players" }),
  generators: text(
    "auto",
    { text: "Processes with players; auto: one for each core but one" },
    `auto, or 1 to ${GENERATORS_MAX}`,
  ),
  threshold: list(
    [],
    { text: "What has to hold, or it ends with exit code 99; may be said several times" },
    "such as joinMs.p99<500 or errors.total<=0",
  ),
  report: text(
    "warren-loadtest.html",
    { text: "Where the report with charts is written; none: nowhere" },
    "a file",
  ),
  json: flag({ text: "Prints the figures as the last line of stdout; all else goes to stderr" }),
} as const;

export const loadtest: Command = {
  name: "loadtest",
  args: "[scenario]",
  text: `Load by virtual players: ${Object.keys(SCENARIOS).join(", ")} or a file`,
  options,
  async run({ argv, env }) {
    const { config, rest } = readConfig(options, env, argv, ["scenario"]);
    const [scenarioName = "arena"] = rest;
    const problems: InputError[] = [];
    const checked = <T>(read: () => T): T | undefined => {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(error);
        return undefined;
      }
    };
    const url = checked(() => urlOf(config.url)) ?? "";
    const generators = checked(() => generatorsOf(config.generators)) ?? 1;
    const thresholds = config.threshold.flatMap(
      (one) => checked(() => parseThreshold(one, "--threshold")) ?? [],
    );
    checked(() => checkTimes(config));
    const arrivals = checked(() => arrivalsOf(config));
    if (config.report !== NO_REPORT) {
      const problem = await unwritable(config.report);
      if (problem) problems.push(problem);
    }
    if (problems.length > 0) throw new ConfigError(problems.map(({ message }) => message));

    const { file } = await loadGame(config.game || undefined);
    const modules: BundledModule[] = [];
    const module = async (path: string): Promise<string> => {
      const found = await bundled(path);
      modules.push(found);
      return found.path;
    };
    // What is for people goes to stderr when stdout is for a program.
    const screen = config.json ? process.stderr : process.stdout;
    const progress = new Progress(process.stderr, env);
    const ctrlC = new AbortController();
    const stop = () => ctrlC.abort();
    try {
      const scenario = await sourceOf(scenarioName, module);
      const gamePath = await module(file);
      process.on("SIGINT", stop).on("SIGTERM", stop);
      const report = await runLoadTest(
        {
          url,
          scenario,
          scenarioName,
          gamePath,
          arrivals,
          rampMs: config.ramp,
          durationMs: config.duration,
          seed: config.seed,
          generators,
          thresholds,
          command: ["warren loadtest", ...argv.map(typed)].join(" "),
        },
        {
          onStart: () =>
            progress.start({
              scenario: scenarioName,
              url,
              seed: config.seed,
              generators,
              durationSeconds: config.duration / 1_000,
            }),
          onSecond: (second, errors) => progress.second(second, errors),
          onTrouble: complain,
        },
        ctrlC.signal,
      );
      progress.end();
      screen.write(`${terminalReport(report, screenOf(screen, env)).join("\n")}\n`);
      if (config.report !== NO_REPORT) {
        const trouble = await writeFile(config.report, htmlReport(report)).then(
          () => undefined,
          (error: Error) => error.message,
        );
        if (trouble) complain(`the report could not be written: ${trouble}`);
        else screen.write(`\nThe report with charts: ${resolve(config.report)}\n`);
        if (trouble) process.exitCode = 1;
      }
      if (config.json) say(JSON.stringify(report.result));
      if (report.thresholds.some(({ holds }) => !holds)) process.exitCode = EXIT_FOR_THRESHOLD;
    } finally {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      await Promise.all(modules.map(({ remove }) => remove()));
    }
  },
};

/** A built-in by its name, else a file: those have a dot or a slash in their names. */
async function sourceOf(name: string, module: (file: string) => Promise<string>): Promise<ScenarioSource> {
  if (Object.hasOwn(SCENARIOS, name)) return { name };
  const file = resolve(name);
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile)
    throw new InputError("scenario", name, `${Object.keys(SCENARIOS).join(", ")}, or a file with a scenario`);
  const modulePath = await module(file);
  if (!isScenario(await importedFrom(modulePath, file)))
    throw new InputError(
      "scenario",
      name,
      "a file whose default export is made by defineScenario or defineMix",
    );
  return { modulePath };
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ["http:", "https:"].includes(url.protocol) && url.pathname === "/") return url.origin;
  throw new InputError("--url", text, "a URL such as http://127.0.0.1:8080, without a path");
}

function generatorsOf(text: string): number {
  if (text === "auto") return Math.max(1, availableParallelism() - 1);
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= GENERATORS_MAX) return count;
  throw new InputError("--generators", text, options.generators.accepted);
}

function checkTimes(config: { readonly ramp: number | undefined; readonly duration: number }): void {
  const { ramp = 0, duration: durationMs } = config;
  if (durationMs < DURATION_MIN_MS) throw new InputError("--duration", `${durationMs}ms`, "at least 1s");
  if (ramp > durationMs)
    throw new InputError(
      "--ramp",
      `${ramp / 1_000}s`,
      `at most --duration, which is ${durationMs / 1_000}s: else not all players come`,
    );
}

/** As many players, or players at a rate; undefined: as the scenario has it. */
function arrivalsOf(config: {
  readonly players: number;
  readonly rate: string;
  readonly ramp: number | undefined;
  readonly duration: number;
}): Arrivals | undefined {
  const { players, rate } = config;
  const rampMs = config.ramp ?? Math.min(RAMP_MS, config.duration / 2);
  if (rate === "") return players > 0 ? { players, rampMs } : undefined;
  const [, amount] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(rate) ?? [];
  const toPerSecond = Number(amount);
  if (!(toPerSecond > 0 && toPerSecond <= RATE_MAX))
    throw new InputError("--rate", rate, `players a second up to ${RATE_MAX}, such as 50/s`);
  return { stages: [{ forMs: rampMs, toPerSecond }], ...(players > 0 && { playersMax: players }) };
}

/** Found before a run and not after it. */
async function unwritable(report: string): Promise<InputError | undefined> {
  const found = await stat(report).catch(() => undefined);
  const isFree = await access(found ? report : dirname(resolve(report)), constants.W_OK).then(
    () => report !== "" && !found?.isDirectory(),
    () => false,
  );
  const accepted = `a file that can be written, in a folder that is there, or ${NO_REPORT}`;
  return isFree ? undefined : new InputError("--report", report, accepted);
}

/** An argument as a shell takes it: a threshold has a `<`. */
function typed(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
