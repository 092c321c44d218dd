import { arch, cpus, platform, release, totalmem } from "node:os";
import { InputError } from "@warren/kernel";
import { PROTOCOL_VERSION } from "@warren/protocol";
import type { RunReport, RunSecond } from "../result.ts";
import type { Arrivals } from "../scenario.ts";
import { judge, type Threshold } from "../threshold.ts";
import { ramped } from "./arrivals.ts";
import { GeneratorProcess } from "./generator-process.ts";
import { loadGame, loadScenario } from "./load-module.ts";
import { Merge } from "./merge.ts";
import type { RunPlan, ScenarioSource } from "./run-plan.ts";

/** From the last one's being ready to the first player, so that all begin at one time. */
const START_DELAY_MS = 300;
const QUEUES_TIMEOUT_MS = 5_000;
const GB = 2 ** 30;

/** Players of a run of which nothing is said, and how fast they come. */
const DEFAULT_ARRIVALS: Arrivals = { players: 200, rampMs: 10_000 };

export interface RunOptions {
  readonly url: string;
  readonly scenario: ScenarioSource;
  /** As people know it. */
  readonly scenarioName: string;
  /** A module whose default export is the game. */
  readonly gamePath: string;
  /** Undefined: as the scenario has it, else 200 players. */
  readonly arrivals: Arrivals | undefined;
  /** Undefined: as the arrivals have it, and a population is whole by half of the run. */
  readonly rampMs: number | undefined;
  readonly durationMs: number;
  readonly seed: number;
  /** Processes with players. */
  readonly generators: number;
  readonly thresholds: readonly Threshold[];
  /** As it was typed. */
  readonly command: string;
}

export interface RunHandlers {
  /** All can be had that it needs. */
  onStart(): void;
  /** `errors`: all so far, by code. */
  onSecond(second: RunSecond, errors: Readonly<Record<string, number>>): void;
  /** Something a person should know while it runs. */
  onTrouble(message: string): void;
}

/**
 * A whole run: generators, their players, and what they measured. When `signal` aborts, players leave, and the report is
 * of what there is. Rejects with InputError when nothing answers at the URL, or the scenario or the game cannot be used.
 */
export async function runLoadTest(
  options: RunOptions,
  handlers: RunHandlers,
  signal?: AbortSignal,
): Promise<RunReport> {
  const scenario = await loadScenario(options.scenario);
  const { url, gamePath, durationMs, seed, generators: count } = options;
  const { queues, regions } = await clusterAt(url);
  const played = Object.keys((await loadGame(gamePath)).queues);
  if (!played.some((name) => queues.includes(name)))
    throw new InputError(
      "--game",
      `queues ${played.join(", ") || "(none)"}`,
      `the file of the game that runs at ${url}, which has the queues ${queues.join(", ") || "(none)"}`,
    );
  const asked = options.arrivals ?? scenario.arrivals ?? DEFAULT_ARRIVALS;
  const arrivals = ramped(asked, options.rampMs, durationMs);
  const plan: RunPlan = {
    url,
    scenario: options.scenario,
    gamePath,
    queues,
    regions,
    arrivals,
    durationMs,
    seed,
  };
  const merge = new Merge(count, arrivals, durationMs);
  const tell = (seconds: readonly RunSecond[]) => {
    for (const second of seconds) handlers.onSecond(second, merge.errors);
  };
  let hasTrouble = false;
  const generators = Array.from(
    { length: count },
    (_, index) =>
      new GeneratorProcess(
        plan,
        { index, count },
        {
          onPart: (part) => tell(merge.add(part)),
          onScenarioError: (message) => {
            if (!hasTrouble) handlers.onTrouble(`the scenario threw an error of its own: ${message}`);
            hasTrouble = true;
          },
        },
      ),
  );
  const stop = () => {
    for (const generator of generators) generator.stop();
  };
  try {
    await Promise.all(generators.map(({ ready }) => ready));
    handlers.onStart();
    const startAtMs = performance.timeOrigin + performance.now() + START_DELAY_MS;
    for (const generator of generators) generator.start(startAtMs);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    await Promise.all(
      generators.map(async ({ done }, index) => {
        const { lagMsP99 } = await done;
        tell(merge.ended(index, lagMsP99));
      }),
    );
    const result = merge.result();
    return {
      result,
      seconds: merge.seconds(),
      histograms: merge.histograms(),
      thresholds: options.thresholds.map((threshold) => judge(threshold, result)),
      about: {
        startedAt: new Date(startAtMs).toISOString(),
        isCutShort: signal?.aborted ?? false,
        command: options.command,
        url,
        scenario: options.scenarioName,
        seed,
        generators: count,
        versions: { node: process.versions.node, protocol: String(PROTOCOL_VERSION) },
        machine: machine(),
      },
    };
  } finally {
    signal?.removeEventListener("abort", stop);
    await Promise.all(generators.map((generator) => generator.end()));
  }
}

async function clusterAt(url: string): Promise<{ queues: string[]; regions: string[] }> {
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(QUEUES_TIMEOUT_MS) });
    const text = await response.text();
    if (!response.ok || !text.startsWith("{"))
      throw new Error(`what answers there is no matchmaker: ${response.status} to GET ${path}`);
    return JSON.parse(text) as T;
  };
  const accepted = "the URL of a matchmaker that runs, as `npm start` or `warren dev` prints it";
  try {
    const { queues } = await ask<{ queues: string[] }>("/v1/queues");
    const { regions } = await ask<{ regions: { region: string }[] }>("/v1/regions");
    return { queues, regions: [...new Set(regions.map(({ region }) => region))] };
  } catch (error) {
    const { cause, message } = error as Error;
    throw new InputError(
      "--url",
      url,
      `${accepted} (${cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message})`,
    );
  }
}

function machine(): string {
  const { length, 0: first } = cpus();
  return `${length} × ${first?.model.trim() ?? "CPU"}, ${Math.round(totalmem() / GB)} GB, ${platform()} ${release()} ${arch()}`;
}
