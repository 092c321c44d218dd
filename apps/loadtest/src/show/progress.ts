import { GENERATOR_CPU_MAX, GENERATOR_LAG_MS_MAX, isSaturated } from "../measure/generator-load.ts";
import type { Quantiles, RunSecond } from "../result.ts";
import { byCount, errorsTotal } from "./error-meaning.ts";
import {
  bytesText,
  counted,
  countText,
  msText,
  numberText,
  percentText,
  secondsText,
} from "./number-text.ts";
import { INDENT, type Part, rowColumns, rowLines } from "./row-lines.ts";
import { type Output, type Screen, screenOf } from "./screen.ts";
import { sparkline } from "./sparkline.ts";

/** A line this often where nothing can be painted over. */
const PLAIN_EVERY_SECONDS = 5;

/** What is known before the first player. */
export interface ProgressPlan {
  readonly scenario: string;
  readonly url: string;
  readonly seed: number;
  readonly generators: number;
  readonly durationSeconds: number;
}

export interface ProgressOutput extends Output {
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * What a run looks like while it runs: painted over in place on a terminal, else a line every 5 s. It goes to stderr, so
 * that stdout has results only.
 */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #seconds: RunSecond[] = [];
  #plan: ProgressPlan | undefined;
  #errors: Readonly<Record<string, number>> = {};
  #linesPainted = 0;

  constructor(output: ProgressOutput, env: Readonly<Record<string, string | undefined>>) {
    this.#output = output;
    this.#env = env;
  }

  start(plan: ProgressPlan): void {
    this.#plan = plan;
    const screen = this.#screen();
    const title = screen.paint("bold", `${plan.scenario} against ${plan.url}`);
    const how = `${secondsText(plan.durationSeconds)}, seed ${plan.seed}, ${counted(plan.generators, "generator")}`;
    this.#output.write(`${title}\n${INDENT}${how}\n`);
  }

  /** `errors`: all so far, by code. */
  second(second: RunSecond, errors: Readonly<Record<string, number>>): void {
    this.#seconds.push(second);
    this.#errors = errors;
    const screen = this.#screen();
    if (screen.isLive) this.#paint(screen);
    else if (this.#seconds.length % PLAIN_EVERY_SECONDS === 0)
      this.#output.write(`${plainLine(second, this.#errors)}\n`);
  }

  /** Leaves what was painted, or says the last second in which people played if its turn had not come. */
  end(): void {
    const planned = this.#plan?.durationSeconds ?? 0;
    const last = this.#seconds.findLast(({ second }) => second < planned);
    if (last && !this.#screen().isLive && (last.second + 1) % PLAIN_EVERY_SECONDS !== 0)
      this.#output.write(`${plainLine(last, this.#errors)}\n`);
    this.#output.write("\n");
  }

  #screen(): Screen {
    return screenOf(this.#output, this.#env);
  }

  #paint(screen: Screen): void {
    // The last column stays free: a terminal that wraps there would count another line.
    const lines = liveLines(this.#seconds, this.#errors, this.#plan?.durationSeconds ?? 0, {
      ...screen,
      columns: screen.columns - 1,
    }).slice(0, Math.max(1, (this.#output.rows ?? 24) - 1));
    const back = this.#linesPainted > 0 ? `\u001b[${this.#linesPainted}F\u001b[J` : "";
    this.#linesPainted = lines.length;
    this.#output.write(`${back}${lines.join("\n")}\n`);
  }
}

function plainLine(second: RunSecond, errors: Readonly<Record<string, number>>): string {
  const { players, rttMs, generator } = second;
  const worst = byCount(errors)[0];
  return [
    `${INDENT}${secondsText(second.second + 1).padStart(5)}: ${players.playing} playing, ${players.queueing} queueing, ${players.joining} joining`,
    `joins/s ${joinsText(second)}`,
    ...(rttMs.count > 0 ? [`rtt p50 ${msText(rttMs.p50)}, p99 ${msText(rttMs.p99)}`] : []),
    `${counted(errorsTotal(errors), "error")}${worst ? ` (most: ${worst[0]})` : ""}`,
    `generator CPU ${percentText(generator.cpu)}, lag p99 ${msText(generator.lagMsP99)}${isSaturated(generator) ? ": SATURATED" : ""}`,
  ].join("; ");
}

function liveLines(
  seconds: readonly RunSecond[],
  errors: Readonly<Record<string, number>>,
  durationSeconds: number,
  screen: Screen,
): string[] {
  const last = seconds.at(-1);
  if (!last) return [];
  const { players, rttMs, generator } = last;
  const sum = (read: (second: RunSecond) => number) =>
    seconds.reduce((total, second) => total + read(second), 0);
  const chart = (read: (second: RunSecond) => number): Part => [
    sparkline(seconds.map(read), rowColumns(screen), durationSeconds),
    "cyan",
  ];
  const total = errorsTotal(errors);
  const rows: [label: string, parts: Part[]][] = [
    ["run", [[elapsedText(last.second + 1, durationSeconds)]]],
    [
      "players",
      [
        [`${countText(players.playing)} playing`, "bold"],
        [`${countText(sum((second) => second.players.arrived))} arrived`],
        [`${countText(players.queueing)} queueing`],
        [`${countText(players.joining)} joining`],
        [`${countText(sum((second) => second.players.left))} left`],
      ],
    ],
    ["", [chart((second) => second.players.playing)]],
    ["joins/s", [[joinsText(last), "bold"]]],
    ["", [chart((second) => second.joinsPerSecond)]],
    ["join", quantileParts(last.joinMs)],
    ["rtt", quantileParts(rttMs)],
    ["states", [[`${numberText(last.statesPerSecond)} /s`], [`${bytesText(last.bytesPerSecond)}/s`]]],
    [
      "errors",
      [
        [countText(total), total > 0 ? "red" : undefined],
        ...byCount(errors).map(([code, count]): Part => [`${code} ${countText(count)}`, "red"]),
      ],
    ],
    [
      "generator",
      [
        [`CPU ${percentText(generator.cpu)}`, generator.cpu > GENERATOR_CPU_MAX ? "red" : undefined],
        [
          `lag p99 ${msText(generator.lagMsP99)}`,
          generator.lagMsP99 > GENERATOR_LAG_MS_MAX ? "red" : undefined,
        ],
        ...(isSaturated(generator) ? [["saturated: it is the limit, not the server", "red"] as Part] : []),
      ],
    ],
  ];
  return rows.flatMap(([label, parts]) => rowLines(label, parts, screen));
}

function quantileParts({ p50, p99, count }: Quantiles): Part[] {
  return count === 0 ? [["–"]] : [[`p50 ${msText(p50)}`], [`p99 ${msText(p99)}`]];
}

/** Players who take the place of others are not in the schedule. */
function joinsText({ joinsPerSecond, intendedPerSecond }: RunSecond): string {
  const joined = numberText(joinsPerSecond);
  return intendedPerSecond > 0 ? `${joined} of ${numberText(intendedPerSecond)} intended` : joined;
}

function elapsedText(seconds: number, of: number): string {
  if (seconds < of) return `${secondsText(seconds)} of ${secondsText(of)}`;
  return `${secondsText(seconds)}: the last players leave`;
}
