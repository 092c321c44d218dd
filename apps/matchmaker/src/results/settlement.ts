import type { MatchId, PlayerId } from "@warren/kernel";
import { InputError } from "@warren/kernel";
import type { QueueConfig } from "@warren/matchmaking";
import type { ResultsSettled } from "@warren/protocol/services";
import type { Logger } from "@warren/service";
import type { MatchmakerMetrics } from "../metrics.ts";
import type { PendingResult, Rater, RatingChange } from "./rater.ts";
import type { Webhook } from "./webhook.ts";

/** Results rated in one pass. */
const BATCH_MAX = 64;

export interface SettlementPorts {
  readonly rater: Rater;
  /** Absent: the studio's backend wants to know nothing. */
  readonly webhook?: Webhook;
  /** What is not settled, in the order of the log. */
  results(): Iterable<PendingResult>;
  queues(): ReadonlyMap<string, QueueConfig>;
  /** Decider's time. */
  nowMs(): number;
  /** Writes it into the log, fenced as the decider's records are. When it is not written, all is done once more. */
  settle(settled: ResultsSettled): Promise<void>;
  readonly log: Logger;
  readonly metrics: Pick<MatchmakerMetrics, "resultsRated">;
}

/** What the decider does about results: ratings, and the word to the studio's backend. Crashing anywhere is safe. */
export class Settlement {
  readonly #ports: SettlementPorts;
  #working = false;

  constructor(ports: SettlementPorts) {
    this.#ports = ports;
  }

  /**
   * One pass. Does nothing while one is under way, and never rejects: what failed is tried again in the next, which
   * should not come at once. Answers whether all went well.
   */
  async work(): Promise<boolean> {
    if (this.#working) return true;
    this.#working = true;
    try {
      await this.#pass();
      return true;
    } catch (error) {
      this.#ports.log.warn(
        { event: "results.failed", err: error },
        "results could not be settled; trying again",
      );
      return false;
    } finally {
      this.#working = false;
    }
  }

  async #pass(): Promise<void> {
    const { webhook, settle } = this.#ports;
    const pending = [...this.#ports.results()];
    const { changes, failures } = await this.#rate(pending.filter(({ rated }) => !rated).slice(0, BATCH_MAX));
    const undelivered = pending.filter(
      ({ rated, delivered, result }) => !delivered && (rated || changes.has(result.matchId as MatchId)),
    );
    const delivered = webhook
      ? webhook.follow(
          undelivered.map((entry) => ({
            entry,
            changes: async () => changes.get(entry.result.matchId as MatchId) ?? this.#apply(entry),
          })),
          this.#ports.nowMs(),
        )
      : undelivered.map(({ result }) => result.matchId);
    if (changes.size + delivered.length > 0) await settle({ rated: [...changes.keys()], delivered });
    if (failures.length > 0) throw failures[0];
  }

  /** Results without players in common at the same time; those of one player in the order of the log. */
  async #rate(batch: readonly PendingResult[]) {
    const lastOf = new Map<PlayerId | string, Promise<unknown>>();
    const rating = batch.map((entry) => {
      const players = entry.result.teams.flatMap((team) => team.players.map(({ playerId }) => playerId));
      const run = Promise.all(players.map((player) => lastOf.get(player))).then(() => this.#apply(entry));
      for (const player of players) lastOf.set(player, run);
      return run;
    });
    const changes = new Map<MatchId, RatingChange[]>();
    const failures: unknown[] = [];
    for (const [i, outcome] of (await Promise.allSettled(rating)).entries()) {
      const { result, queue } = batch[i]!;
      if (outcome.status === "fulfilled") {
        changes.set(result.matchId as MatchId, outcome.value);
        if (outcome.value.length > 0) this.#ports.metrics.resultsRated.inc({ queue });
      } else failures.push(outcome.reason);
    }
    return { changes, failures };
  }

  /** Nothing for a queue without ratings, and for a result that cannot be right. */
  async #apply(entry: PendingResult): Promise<RatingChange[]> {
    const config = this.#ports.queues().get(entry.queue)?.rating;
    if (!config) return [];
    try {
      return await this.#ports.rater.apply(entry, config);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#ports.log.error(
        { event: "result.bad", matchId: entry.result.matchId, err: error },
        "a result changes no rating, because it cannot be right",
      );
      return [];
    }
  }
}
