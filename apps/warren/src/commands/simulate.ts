import { readFile } from "node:fs/promises";
import type { Game } from "@warren/game";
import { InputError, Prng } from "@warren/kernel";
import type { QueueConfig } from "@warren/matchmaking";
import {
  type Posting,
  postingsOf,
  recordedPostings,
  recordedRegions,
  type SimulationFigures,
  simulate as simulateQueue,
  WORKLOADS,
  type Workload,
} from "@warren/matchmaking/simulation";
import { ConfigError, flag, flagName, int, number, oneOf, readConfig, text } from "@warren/service";
import type { Command } from "../command.ts";
import { durationText } from "../duration-text.ts";
import { GameError, loadGame } from "../load-game.ts";
import { simulationLines } from "../simulation-lines.ts";
import { say, screenOf } from "../terminal.ts";

type WorkloadName = keyof typeof WORKLOADS;
const NAMES = Object.keys(WORKLOADS) as WorkloadName[];

const options = {
  workload: oneOf<WorkloadName>("w2", NAMES, { text: "Who comes; without a queue each brings its own" }),
  replay: text("", { text: "Who came: a file of `warren record`, instead of a workload" }, "a file"),
  seed: int(1, 0, 2 ** 31 - 1, { text: "The same seed gives the same figures, but for what a look costs" }),
  rate: number(0, 0, 100_000, { text: "Tickets a second; 0: as the workload has it" }),
  minutes: number(0, 0, 24 * 60, { text: "How long tickets come; 0: as the workload has it" }),
  json: flag({ text: "Prints { queue, workload, seed, tickets, waitMs, matches, cost } for programs" }),
} as const;

const MINUTE_MS = 60_000;

/** A queue, who comes to it, and how that is told. */
interface Plan {
  readonly queue: string;
  readonly config: QueueConfig;
  readonly workload: string;
  readonly about: string;
  readonly postings: Iterable<Posting>;
  readonly killEveryMs: number;
  readonly regions?: readonly string[];
  readonly rooms: { readonly count: number; readonly free: number };
}

export const simulate: Command = {
  name: "simulate",
  args: "[game] [queue]",
  text: "Runs a queue in virtual time: waits, quality and what had to relax",
  options,
  async run({ argv, env }) {
    const { config, rest } = readConfig(options, env, argv, ["game", "queue"]);
    if (config.replay !== "") refuseBeside("replay", ["workload", "rate", "minutes"], argv);
    const target = await queueOf(rest);
    const plan = config.replay === "" ? planned(config, target) : await replayed(config.replay, target);
    const figures: SimulationFigures = simulateQueue({
      ...plan,
      seed: config.seed,
      realMs: () => performance.now(),
    });
    const { queue, workload, about } = plan;
    if (config.json) return say(JSON.stringify({ queue, workload, seed: config.seed, ...figures }, null, 2));
    say(
      simulationLines(
        { title: `${workload} on ${queue}, seed ${config.seed}`, about, figures },
        screenOf(process.stdout, env),
      ).join("\n"),
    );
  },
};

/** What a recording says by itself. */
function refuseBeside(option: string, others: readonly string[], argv: readonly string[]): void {
  const given = others.map(flagName).filter((flag) => argv.some((arg) => arg.split("=")[0] === flag));
  if (given.length === 0) return;
  throw new ConfigError(
    given.map((flag) => `${flag} has no effect beside ${flagName(option)}; leave it out`),
  );
}

interface Target {
  readonly queue: string;
  readonly config: QueueConfig;
}

/** The game's queue that is meant; undefined: none, so that a workload brings its own. */
async function queueOf(rest: readonly string[]): Promise<Target | undefined> {
  const [first, second] = rest;
  if (first === undefined) return undefined;
  // A file has a dot or a slash in its name, a queue has not.
  const isFile = second !== undefined || /[./\\]/.test(first);
  const { game, file } = await loadGame(isFile ? first : undefined);
  const queue = isFile ? (second ?? onlyQueue(game, file)) : first;
  const config = Object.hasOwn(game.queues, queue) ? game.queues[queue] : undefined;
  if (!config)
    throw new InputError(
      "queue",
      queue,
      (Object.keys(game.queues).join(", ") || "nothing: the game has no queues") +
        (isFile ? "" : "; without a game file these are the arena's"),
    );
  return { queue, config };
}

function onlyQueue({ queues }: Game, file: string): string {
  const names = Object.keys(queues);
  if (names.length === 1) return names[0]!;
  throw new GameError(`${file} has ${names.length} queues; name one of them: ${names.join(", ")}`);
}

function planned(
  {
    workload: name,
    seed,
    rate,
    minutes,
  }: { workload: WorkloadName; seed: number; rate: number; minutes: number },
  target: Target | undefined,
): Plan {
  const workload: Workload = WORKLOADS[name];
  if (target && !workload.isGeneral)
    throw new InputError(
      "workload",
      name,
      `without a queue, or ${NAMES.filter((each) => WORKLOADS[each].isGeneral).join(", ")}`,
    );
  const { queue, config } = target ?? { queue: "built-in", config: workload.queue };
  const perSecond = rate || workload.perSecond;
  const durationMs = (minutes || workload.minutes) * MINUTE_MS;
  return {
    queue,
    config,
    workload: name,
    about: `${target ? `players as ${queue} describes them` : workload.text}; ${mannersOf(workload)}${perSecond} tickets/s for ${durationMs / MINUTE_MS} min${Number.isFinite(workload.ticketsMax) ? `, ${workload.ticketsMax} at the most` : ""}`,
    // Whoever comes to a game's own queue is made by that queue's rules.
    postings: postingsOf(target ? { ...workload, crowd: {} } : workload, {
      prng: new Prng(seed),
      queue,
      config,
      perSecond,
      durationMs,
    }),
    killEveryMs: workload.killEveryMs,
    rooms: workload.rooms,
  };
}

/** What sets a workload apart, whoever comes. */
function mannersOf({ rampMs, patienceMs, isHostile, killEveryMs }: Workload): string {
  const manners = [
    ...(Number.isFinite(patienceMs) ? [`patience ${durationText(patienceMs)} on average`] : []),
    ...(rampMs > 0 ? [`from 0 within ${durationText(rampMs)}`] : []),
    ...(isHostile ? ["30 % cancel within 2 s, one in ten posts twice, 20 % decline"] : []),
    ...(killEveryMs > 0 ? [`the decider is killed every ${durationText(killEveryMs)}`] : []),
  ];
  return manners.map((text) => `${text}; `).join("");
}

async function replayed(path: string, target: Target | undefined): Promise<Plan> {
  if (!target)
    throw new InputError(
      "queue",
      undefined,
      "the queue to replay: warren simulate [game] <queue> --replay <file>",
    );
  const lines = await readFile(path, "utf8").catch((error: Error) => {
    throw new InputError("replay", path, `a file that can be read; ${error.message}`);
  });
  const postings = recordedPostings(lines.split("\n"), target.queue);
  if (postings.length === 0)
    throw new InputError("replay", path, `a recording with tickets of ${target.queue}; there are none in it`);
  return {
    ...target,
    workload: "replay",
    about: `${path}: ${postings.length} tickets as they came`,
    postings,
    regions: recordedRegions(postings),
    killEveryMs: 0,
    rooms: { count: 0, free: 0 },
  };
}
