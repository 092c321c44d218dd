import type { Directory, DirectoryEntry, DirectoryKind } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { type PlayerId, Prng } from "@warren/kernel";
import { defineQueue, type QueueConfig } from "@warren/matchmaking";
import { rateTeams } from "@warren/matchmaking/rating";
import type { ResultsSettled } from "@warren/protocol/services";
import { createLogger, createRegistry } from "@warren/service";
import { seeds, VirtualClock } from "@warren/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { matchmakerMetrics } from "../metrics.ts";
import { type PendingResult, Rater, teamsOf } from "./rater.ts";
import { decodeRatingRecord, type PlayerRating, ratingKey } from "./rating-record.ts";
import { Settlement } from "./settlement.ts";

const RUNS = 300;
const RATING = { name: "arena", mu: 1_500, sigma: 500 } as const;
const queues: ReadonlyMap<string, QueueConfig> = new Map([
  ["duel", defineQueue({ room: "arena", size: 2, rating: { ...RATING, model: "plackettLuce" } })],
  ["team", defineQueue({ room: "arena", size: 4, rating: { ...RATING, model: "bradleyTerryFull" } })],
  ["fun", defineQueue({ room: "arena", size: 2 })],
]);
const log = createLogger({ name: "test", level: "silent", format: "json" });
const metrics = matchmakerMetrics(createRegistry("matchmaker"));

/** Whatever waits for its turn; the seed says whose it is. */
class Turns {
  readonly #waiting: { readonly owner: Replica; readonly run: () => void }[] = [];
  readonly #prng: Prng;
  constructor(prng: Prng) {
    this.#prng = prng;
  }
  get busy(): boolean {
    return this.#waiting.length > 0;
  }
  /** Resolves at its turn, or never: whoever waits may die. */
  wait(owner: Replica): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ owner, run: resolve }));
  }
  async next(): Promise<void> {
    const [picked] = this.#waiting.splice(this.#prng.int(0, this.#waiting.length - 1), 1);
    if (picked?.owner.dead === false || picked?.owner.lasting) picked.run();
    // Everything that follows from it, up to the next wait.
    await settled();
  }
}

/** Long enough for all that follows without a wait. */
async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await undefined;
}

/** A replica that may die at any wait, with what it was about to send, or after that was done. */
interface Replica {
  dead: boolean;
  /** It is only thought dead, and goes on beside the one in its place. */
  lasting: boolean;
  work(): Promise<boolean>;
}

/** The directory over a network: the request takes its time, and so does the answer. */
class FarDirectory implements Directory {
  readonly #inner: Directory;
  readonly #pause: () => Promise<void>;
  constructor(inner: Directory, pause: () => Promise<void>) {
    this.#inner = inner;
    this.#pause = pause;
  }
  async claim(kind: DirectoryKind, key: string, value: Uint8Array, replaces?: number) {
    await this.#pause();
    const answer = await this.#inner.claim(kind, key, value, replaces);
    await this.#pause();
    return answer;
  }
  async get(kind: DirectoryKind, key: string): Promise<DirectoryEntry | undefined> {
    await this.#pause();
    const answer = await this.#inner.get(kind, key);
    await this.#pause();
    return answer;
  }
  async remove(): Promise<boolean> {
    throw new Error("ratings are never removed");
  }
}

/** Results of few players, so that they meet again and again. */
function newResults(prng: Prng): PendingResult[] {
  const players = Array.from({ length: prng.int(3, 6) }, (_, i) => `p${i}`);
  return Array.from({ length: prng.int(2, 12) }, (_, i) => {
    const queue = prng.pick(["duel", "duel", "team", "team", "fun"]);
    const left = [...players];
    const take = () => left.splice(prng.int(0, left.length - 1), 1)[0]!;
    const size = queue === "team" && players.length >= 4 ? 2 : 1;
    const teams = [1, prng.int(1, 2)].map((rank) => ({
      rank,
      players: Array.from({ length: size }, () => ({ playerId: take(), left: prng.int(0, 5) === 0 })),
    }));
    const result = { matchId: `m_main_1_${i}`, roomId: `r_main_1_${i}`, teams, reportJson: "" };
    return { seq: 10 * (i + 1), queue, result, reportedAtMs: 0, rated: false, delivered: false };
  });
}

/** What everybody has to arrive at. */
function straight(results: readonly PendingResult[]): Map<PlayerId, PlayerRating> {
  const ratings = new Map<PlayerId, PlayerRating>();
  for (const { queue, result } of results) {
    const config = queues.get(queue)?.rating;
    if (!config) continue;
    for (const [id, rating] of rateTeams(teamsOf(result), ratings, config))
      ratings.set(id, { ...rating, games: (ratings.get(id)?.games ?? 0) + 1 });
  }
  return ratings;
}

async function run(seed: number, options: { readonly crashes: boolean }): Promise<void> {
  const prng = new Prng(seed);
  const turns = new Turns(prng);
  const { directory } = memoryCluster(new VirtualClock());
  const results = newResults(prng);
  const settledLog: ResultsSettled[] = [];

  const newReplica = (): Replica => {
    // It may be behind: it knows this many of the results, and of the records that settle them.
    let known = prng.int(0, results.length);
    let folded = prng.int(0, settledLog.length);
    const replica: Replica = { dead: false, lasting: false, work: () => settlement.work() };
    const settlement = new Settlement({
      rater: new Rater(new FarDirectory(directory, () => turns.wait(replica))),
      results: () => {
        known = prng.int(known, results.length);
        folded = prng.int(folded, settledLog.length);
        const rated = new Set(settledLog.slice(0, folded).flatMap((settled) => settled.rated));
        return results.slice(0, known).filter(({ result }) => !rated.has(result.matchId));
      },
      queues: () => queues,
      nowMs: () => 0,
      settle: async (settled) => {
        await turns.wait(replica);
        settledLog.push(settled);
        await turns.wait(replica);
      },
      log,
      metrics,
    });
    return replica;
  };

  const replicas = [newReplica(), newReplica()];
  const isDone = () => new Set(settledLog.flatMap(({ rated }) => rated)).size === results.length;
  for (let step = 0; !isDone(); step++) {
    if (step > 100_000) throw new Error("it does not come to an end");
    const at = prng.int(0, 1);
    if (options.crashes && step < 400 && prng.int(0, 14) === 0) {
      Object.assign(replicas[at]!, { dead: true, lasting: prng.int(0, 1) === 0 });
      replicas[at] = newReplica();
    }
    if (!turns.busy || prng.int(0, 3) === 0) void replicas[at]!.work();
    if (turns.busy) await turns.next();
    else await settled();
  }
  while (turns.busy) await turns.next();

  for (const [id, wanted] of straight(results)) {
    const entry = await directory.get("rating", ratingKey(RATING.name, id));
    const { mu, sigma, games } = decodeRatingRecord(entry!.value);
    expect({ id, mu, sigma, games }).toEqual({ id, ...wanted });
  }
}

describe("settling results", () => {
  // The models are loaded with the first result.
  beforeAll(async () => {
    const { directory } = memoryCluster(new VirtualClock());
    const result = { matchId: "m_main_1_1", roomId: "r_main_1_1", teams: [], reportJson: "" };
    const first = { seq: 1, queue: "duel", result, reportedAtMs: 0, rated: false, delivered: false };
    await new Rater(directory).apply(first, queues.get("duel")!.rating!);
  });

  it(`[X1] whatever dies when, every result counts exactly once, in the order of the log: ${RUNS} runs`, async () => {
    for (const seed of seeds(RUNS)) {
      await run(seed, { crashes: true }).catch((error: unknown) => {
        throw new Error(`SEED=${seed} replays this: ${(error as Error).message}`, { cause: error });
      });
    }
  }, 60_000);

  it("[X2] two replicas that both believe to decide come to the same", async () => {
    for (const seed of seeds(100)) await run(seed, { crashes: false });
  }, 60_000);
});
