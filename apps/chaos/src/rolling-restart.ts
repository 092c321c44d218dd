import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type ClientRoom, memoryStorage, Warren } from "@warren/client";
import { Prng } from "@warren/kernel";
import { Testbed } from "@warren/testbed";
import { RequestBook } from "./judges/request-book.ts";
import type game from "./rolling-game.ts";
import type { Verdict } from "./scenario.ts";

const GAME = fileURLToPath(new URL("./rolling-game.js", import.meta.url));
/** Of one player in a room. */
const INPUT_EVERY_MS = 200;
const ACT_EVERY_MS = 1_000;
const STAY_MS = [500, 3_000] as const;
/** Between two restarts, so that every one meets a cluster at work. */
const SETTLE_MS = 1_000;
/** What a request may take. */
export const TRIES_MAX = 3;
export const REQUEST_MS_MAX = 10_000;

export interface RollingRestartOptions {
  readonly seed: number;
  readonly bots: number;
  say(line: string): void;
}

export interface RollingRestartReport {
  readonly seed: number;
  readonly seconds: number;
  readonly bots: number;
  readonly restarts: { readonly matchmakers: number; readonly natsServers: number };
  /** Rooms that were played in, once for each player. */
  readonly plays: number;
  readonly requests: number;
  /** Requests that took more than one try. */
  readonly repeated: number;
  readonly triesMax: number;
  /** How often a try that had to be repeated came to what. */
  readonly failedTries: Readonly<Record<string, number>>;
  readonly requestMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Requests that took more than {@link TRIES_MAX} tries or {@link REQUEST_MS_MAX}, or got no answer. */
  readonly failed: number;
  readonly socketsDropped: number;
  readonly actions: number;
  /** Answered with another number than theirs, or never. */
  readonly actionsWrong: number;
  /** Heard out of their order, twice, or not at all. */
  readonly eventsWrong: number;
  readonly problems: readonly string[];
}

/**
 * Every matchmaker and every NATS server is stopped by SIGTERM and started again, one after the other, while bots queue
 * and play.
 */
export async function rollingRestart(options: RollingRestartOptions): Promise<RollingRestartReport> {
  const { seed, say } = options;
  const startedAtMs = performance.now();
  const testbed = await Testbed.start({
    matchmakers: 3,
    rooms: 2,
    nats: 3,
    game: GAME,
    env: { WARREN_ROOMS_MAX: "20000" },
  });
  const book = new RequestBook();
  book.open();
  try {
    const urls = testbed.matchmakers.map(({ url }) => url);
    const bots = Array.from({ length: options.bots }, (_, i) => {
      const at = i % urls.length;
      return new Bot([...urls.slice(at), ...urls.slice(0, at)], new Prng(seed + i), i % 3 === 0);
    });
    const living = bots.map((bot) => book.of(() => bot.live()));
    while (bots.some((bot) => bot.plays === 0)) await pause(100);
    say(`${bots.length} bots play; the first matchmaker is stopped`);
    for (const [role, members] of [
      ["matchmaker", testbed.matchmakers],
      ["NATS server", testbed.nats],
    ] as const)
      for (const [i, member] of members.entries()) {
        await pause(SETTLE_MS);
        const stoppedAtMs = performance.now();
        await member.restart("SIGTERM");
        say(
          `${role} ${i + 1} of ${members.length} is back after ${Math.round(performance.now() - stoppedAtMs)} ms`,
        );
      }
    await pause(SETTLE_MS);
    for (const bot of bots) bot.stop();
    await Promise.all(living);
    return reportOf(options, testbed, bots, book, (performance.now() - startedAtMs) / 1000);
  } finally {
    book.close();
    await testbed.close();
  }
}

/** Queues, plays for a while, leaves and queues again; or stays in its first room to the end. */
class Bot {
  plays = 0;
  drops = 0;
  actions = 0;
  actionsWrong = 0;
  eventsWrong = 0;
  readonly problems: string[] = [];
  readonly #warren: Warren<typeof game>;
  readonly #prng: Prng;
  readonly #stays: boolean;
  readonly #stopping = new AbortController();

  constructor(urls: readonly string[], prng: Prng, stays: boolean) {
    this.#warren = new Warren<typeof game>(urls, { storage: memoryStorage() });
    this.#prng = prng;
    this.#stays = stays;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async live(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const room = await this.#warren.play("duel", { queue: "duel", signal });
        this.plays++;
        await this.#play(room);
      } catch (error) {
        if (!signal.aborted) this.problems.push(String(error));
      }
    }
  }

  async #play(room: ClientRoom<typeof game, "duel">): Promise<void> {
    let heard = 0;
    room.on("added", ({ total }) => {
      // Who comes second hears only what is said from then on.
      if (heard > 0 && total !== heard + 1) this.eventsWrong++;
      heard = total;
    });
    room.onStatus((status, why) => {
      if (status === "offline") this.drops++;
      if (status === "ended" && why) this.problems.push(`the room ended: ${why}`);
    });
    const untilMs = this.#stays ? Number.POSITIVE_INFINITY : performance.now() + this.#prng.int(...STAY_MS);
    const holding = setInterval(() => room.send({ dx: 1 }), INPUT_EVERY_MS);
    try {
      for (let mine = 1; performance.now() < untilMs && !this.#stopping.signal.aborted; mine++) {
        this.actions++;
        const answer = await room.act("add", {});
        if (answer.mine !== mine) this.actionsWrong++;
        await pause(ACT_EVERY_MS);
      }
    } finally {
      clearInterval(holding);
      await room.leave();
    }
  }
}

function reportOf(
  { seed, bots: count }: RollingRestartOptions,
  testbed: Testbed,
  bots: readonly Bot[],
  book: RequestBook,
  seconds: number,
): RollingRestartReport {
  const sum = (of: (bot: Bot) => number) => bots.reduce((total, bot) => total + of(bot), 0);
  const tookMs = book.answered.map((request) => request.tookMs).sort((a, b) => a - b);
  const quantile = (share: number) =>
    Math.round(tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? 0);
  const tooLong = book.answered.filter(({ tries, tookMs }) => tries > TRIES_MAX || tookMs > REQUEST_MS_MAX);
  const problems = [...book.problems, ...bots.flatMap((bot) => bot.problems)];
  return {
    seed,
    seconds: Math.round(seconds),
    bots: count,
    restarts: { matchmakers: testbed.matchmakers.length, natsServers: testbed.nats.length },
    plays: sum((bot) => bot.plays),
    requests: book.answered.length,
    repeated: book.answered.filter(({ tries }) => tries > 1).length,
    triesMax: book.answered.reduce((most, { tries }) => Math.max(most, tries), 0),
    failedTries: Object.fromEntries(book.failedTries),
    requestMs: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
    failed: tooLong.length + book.problems.length,
    socketsDropped: sum((bot) => bot.drops),
    actions: sum((bot) => bot.actions),
    actionsWrong: sum((bot) => bot.actionsWrong),
    eventsWrong: sum((bot) => bot.eventsWrong),
    problems: problems.slice(0, 20),
  };
}

export function verdictOnRollingRestart(report: RollingRestartReport): Verdict {
  const { restarts, requestMs, failed, socketsDropped, actionsWrong, eventsWrong, problems } = report;
  return {
    report,
    isWell: failed + socketsDropped + actionsWrong + eventsWrong + problems.length === 0,
    lines: [
      `${restarts.matchmakers} matchmakers and ${restarts.natsServers} NATS servers restarted in ${report.seconds} s under ${report.bots} bots, who played ${report.plays} times`,
      `${report.requests} requests: ${failed} failed, ${report.repeated} repeated, at most ${report.triesMax} tries`,
      ...Object.entries(report.failedTries).map(([said, times]) => `  ${times} × ${said}`),
      `answered in p50 ${requestMs.p50} ms, p99 ${requestMs.p99} ms, most ${requestMs.max} ms`,
      `${socketsDropped} sockets dropped; of ${report.actions} actions ${actionsWrong} were answered wrongly, ${eventsWrong} events were out of order`,
      ...problems,
    ],
  };
}
