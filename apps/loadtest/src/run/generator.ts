import { fileURLToPath } from "node:url";
import type { Game } from "@warren/game";
import { Prng, weighted } from "@warren/kernel";
import { Http2Client } from "@warren/testkit/http2-client";
import { GeneratorLoad } from "../measure/generator-load.ts";
import { Measures } from "../measure/measures.ts";
import type { Part } from "../measure/part.ts";
import { MadeUp } from "../player/made-up.ts";
import { Parties } from "../player/parties.ts";
import { type Place, Player } from "../player/player.ts";
import { Rest } from "../player/rest.ts";
import { RoomWires } from "../player/room-wires.ts";
import { OWN_CODES, StepError } from "../player/step-error.ts";
import type { World } from "../player/world.ts";
import type { Mix, Scenario } from "../scenario.ts";
import { seedOf } from "../seed.ts";
import { type Arrival, arrivalsOf, intendedBetween } from "./arrivals.ts";
import type { RunPlan, Share } from "./run-plan.ts";
import { TimerWheel } from "./timer-wheel.ts";

const SECOND_MS = 1_000;
/** Before whoever takes the place of a player who failed comes, so that a server that is gone is not hammered. */
const AFTER_FAILURE_MS = 1_000;
/** So long players may take to leave when the run is over. */
const GOING_MS = 8_000;

const PART = 3;

export interface GeneratorOptions {
  readonly plan: RunPlan;
  readonly share: Share;
  readonly scenario: Scenario | Mix;
  readonly game: Game;
  /** When the run begins, in milliseconds of `performance.now()`. */
  readonly startMs: number;
  readonly onPart: (part: Part) => void;
  /** The first error of its own that the scenario threw. */
  readonly onScenarioError: (message: string) => void;
}

/** The part of a run's players that live in one process. */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #measures = new Measures();
  readonly #wheel = new TimerWheel();
  readonly #load = new GeneratorLoad();
  readonly #http: Http2Client;
  readonly #world: World;
  readonly #players = new Set<Player>();
  #arrivals: Iterator<Arrival>;
  /** Players of each part of a mix so far. */
  readonly #counts = new Map<number, number>();
  #secondsTaken = 0;
  #intendedToMs = 0;
  #isOver = false;
  #hasScenarioError = false;
  #onEmpty: () => void = () => {};
  readonly #over: Promise<void>;
  #end: () => void = () => {};

  constructor(options: GeneratorOptions) {
    const { plan, share, game } = options;
    this.#options = options;
    this.#http = new Http2Client(plan.url);
    this.#world = {
      url: new URL(plan.url),
      game,
      queues: plan.queues,
      seed: plan.seed,
      rest: new Rest(this.#http, this.#wheel),
      wheel: this.#wheel,
      measures: this.#measures,
      wires: new RoomWires(plan.seed),
      parties: new Parties({
        after: (delayMs, fn) => {
          const timer = this.#wheel.at(performance.now() + delayMs, fn);
          return () => timer.stop();
        },
        seed: plan.seed,
        onTimeout: () => new StepError(OWN_CODES.TIMEOUT, "the party was told nothing"),
      }),
      madeUp: new MadeUp(game, plan.regions),
    };
    this.#arrivals = arrivalsOf(plan.arrivals, plan.durationMs, share);
    this.#over = new Promise((resolve) => (this.#end = resolve));
  }

  /** Resolves when all players are gone, with how late the event loop was over the whole run. */
  async run(): Promise<{ lagMsP99: number }> {
    const { startMs, plan } = this.#options;
    const seconds = this.#wheel.every(startMs + SECOND_MS, SECOND_MS, () => this.#take());
    const last = this.#wheel.at(startMs + plan.durationMs, () => this.stop());
    this.#comeInTime();
    await this.#over;
    last.stop();
    const gone = new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.#wheel.at(performance.now() + GOING_MS, () => this.#onEmpty());
    if (this.#players.size > 0) await gone;
    seconds.stop();
    this.#take(1);
    this.#wheel.end();
    this.#load.end();
    this.#http.destroy();
    return { lagMsP99: this.#load.lagMsP99() };
  }

  /** Nobody comes any more, and all leave. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const player of this.#players) player.end();
    this.#end();
  }

  /** All whose time has come, each with its own time, and a timer for the next. */
  #comeInTime(): void {
    for (let next = this.#arrivals.next(); !next.done; next = this.#arrivals.next()) {
      const { number, atMs } = next.value;
      const dueMs = this.#options.startMs + atMs;
      if (dueMs > performance.now()) {
        this.#wheel.at(dueMs, (intendedMs) => {
          if (this.#isOver) return;
          void this.#arrive(number, this.#placeOf(number), intendedMs);
          this.#comeInTime();
        });
        return;
      }
      void this.#arrive(number, this.#placeOf(number), dueMs);
    }
  }

  /** One player's life, and, in a population, that of whoever comes in its place. */
  async #arrive(number: number, place: Place, wantedMs: number): Promise<void> {
    const { arrivals } = this.#options.plan;
    const player = new Player(this.#world, number, place, wantedMs);
    this.#measures.counts.arrived++;
    this.#players.add(player);
    const hasFailed = await this.#live(player);
    this.#players.delete(player);
    if (this.#isOver) {
      if (this.#players.size === 0) this.#onEmpty();
      return;
    }
    if (!("players" in arrivals)) return;
    const dueMs = performance.now() + (hasFailed ? AFTER_FAILURE_MS : 0);
    this.#wheel.at(dueMs, (intendedMs) => {
      if (!this.#isOver) void this.#arrive(number + arrivals.players, place, intendedMs);
    });
  }

  /** Answers whether it failed. */
  async #live(player: Player): Promise<boolean> {
    try {
      await player.place.scenario.player(player);
      return false;
    } catch (error) {
      if (!(error instanceof StepError)) this.#measures.error(OWN_CODES.SCENARIO);
      if (!(error instanceof StepError) || error.code === OWN_CODES.SCENARIO) this.#complain(error);
      return true;
    } finally {
      await player.goAway();
    }
  }

  /** By random numbers of its own, so that who does what is the same in every run. */
  #placeOf(number: number): Place {
    const { scenario, plan } = this.#options;
    const parts = "parts" in scenario ? scenario.parts : [{ scenario, weight: 1 }];
    const weights = parts.map(({ weight }) => weight);
    const at = weighted(new Prng(seedOf(plan.seed, number, PART)), weights);
    const nth = this.#counts.get(at) ?? 0;
    this.#counts.set(at, nth + 1);
    return { scenario: parts[at]!.scenario, part: String(at), nth };
  }

  #complain(error: unknown): void {
    if (this.#hasScenarioError) return;
    this.#hasScenarioError = true;
    this.#options.onScenarioError(error instanceof Error ? withoutOurs(error) : String(error));
  }

  /** Held up for seconds, it answers for all of them at once. */
  #take(rest = 0): void {
    const { plan, share, startMs, onPart } = this.#options;
    const elapsedMs = performance.now() - startMs;
    const second = Math.floor(elapsedMs / SECOND_MS) + rest - 1;
    if (second < this.#secondsTaken) return;
    this.#secondsTaken = second + 1;
    const toMs = Math.min(this.#secondsTaken * SECOND_MS, plan.durationMs);
    // Of all generators together; one of them says it.
    if (share.index === 0)
      this.#measures.counts.intended = intendedBetween(plan.arrivals, this.#intendedToMs, toMs);
    this.#intendedToMs = toMs;
    onPart(this.#measures.take(second, share.index, this.#load.take()));
  }
}

/** Our own calls, and Node's, around a scenario are no help to its author. */
const OURS = fileURLToPath(new URL("../..", import.meta.url));

function withoutOurs({ name, message, stack = "" }: Error): string {
  const own = stack.split("\n").filter((line) => /^\s+at /.test(line) && !line.includes(OURS));
  return [`${name}: ${message}`, ...own.filter((line) => !line.includes("node:"))].join("\n");
}
