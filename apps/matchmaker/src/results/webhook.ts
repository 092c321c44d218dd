import { createHmac } from "node:crypto";
import type { Clock, MatchId } from "@warren/kernel";
import type { Logger } from "@warren/service";
import type { MatchmakerMetrics } from "../metrics.ts";
import type { PendingResult, RatingChange } from "./rater.ts";

/** An endpoint that has not answered by then has failed. */
const ANSWER_MS = 5_000;
/** The wait after a failure, doubled with each one up to the second. */
const BACKOFF_MS = 1_000;
const BACKOFF_MS_MAX = 300_000;
/** After this long without success a result is given up. */
const GIVE_UP_MS = 24 * 3_600_000;
/** Requests under way at one time. */
const REQUESTS_MAX = 16;
/** Results that wait for the endpoint; beyond, the oldest are given up: they fill the log's state on every replica. */
export const UNDELIVERED_MAX = 10_000;

/** A result to be told, and what it did to ratings. */
export interface Telling {
  readonly entry: PendingResult;
  changes(): Promise<readonly RatingChange[]>;
}

interface Delivery {
  tries: number;
  /** Monotonic. */
  dueMs: number;
  body: string | undefined;
  /** `ended`: told, or given up. */
  state: "waiting" | "sending" | "ended";
}

/**
 * Tells the studio's backend of results by POST, at least once each and in no order.
 *
 *   waiting ──due──▶ sending ──2xx──▶ ended          waiting ──a day, or too many──▶ ended (given up)
 *      ▲──── back-off ────┘
 */
export class Webhook {
  readonly #url: string;
  readonly #secret: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: Pick<MatchmakerMetrics, "webhooks">;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #stop = new AbortController();
  #requests = 0;
  /** In a row. While the endpoint fails it is asked for one result at a time. */
  #failures = 0;

  constructor(options: {
    url: string;
    secret: string;
    clock: Clock;
    log: Logger;
    metrics: Pick<MatchmakerMetrics, "webhooks">;
  }) {
    this.#url = options.url;
    this.#secret = options.secret;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#metrics = options.metrics;
  }

  /**
   * Takes all results that are to be told, oldest first, and the decider's time; answers with those that need no more
   * telling. Never waits.
   */
  follow(tellings: readonly Telling[], foldNowMs: number): MatchId[] {
    const nowMs = this.#clock.monotonicMs();
    const ended: MatchId[] = [];
    const wanted = new Set<string>();
    for (const [i, telling] of tellings.entries()) {
      const { matchId } = telling.entry.result;
      wanted.add(matchId);
      const delivery = this.#deliveries.get(matchId) ?? newDelivery(nowMs);
      this.#deliveries.set(matchId, delivery);
      if (delivery.state === "waiting") {
        if (foldNowMs - telling.entry.reportedAtMs >= GIVE_UP_MS)
          this.#giveUp(delivery, matchId, "for a day");
        else if (tellings.length - i > UNDELIVERED_MAX)
          this.#giveUp(delivery, matchId, `and more than ${UNDELIVERED_MAX} results wait`);
        else if (delivery.dueMs <= nowMs && this.#requests < (this.#failures === 0 ? REQUESTS_MAX : 1))
          void this.#try(delivery, telling);
      }
      if (delivery.state === "ended") ended.push(matchId as MatchId);
    }
    // Settled, here or by another decider.
    for (const matchId of this.#deliveries.keys()) if (!wanted.has(matchId)) this.#deliveries.delete(matchId);
    return ended;
  }

  close(): void {
    this.#stop.abort();
  }

  #giveUp(delivery: Delivery, matchId: string, why: string): void {
    delivery.state = "ended";
    this.#metrics.webhooks.inc({ outcome: "given_up" });
    this.#log.error(
      { event: "webhook.given_up", matchId, tries: delivery.tries },
      `the webhook was not told of a result: it has failed ${why}`,
    );
  }

  async #try(delivery: Delivery, { entry, changes }: Telling): Promise<void> {
    const { matchId } = entry.result;
    delivery.state = "sending";
    delivery.tries++;
    this.#requests++;
    try {
      delivery.body ??= bodyOf(entry, await changes());
      await this.#post(matchId, delivery.body);
      delivery.state = "ended";
      this.#failures = 0;
      this.#metrics.webhooks.inc({ outcome: "delivered" });
    } catch (error) {
      const waitMs = Math.min(BACKOFF_MS * 2 ** (delivery.tries - 1), BACKOFF_MS_MAX);
      delivery.state = "waiting";
      delivery.dueMs = this.#clock.monotonicMs() + waitMs;
      if (this.#stop.signal.aborted) return;
      this.#metrics.webhooks.inc({ outcome: "failed" });
      this.#log[this.#failures++ === 0 ? "warn" : "debug"](
        { event: "webhook.failed", matchId, tries: delivery.tries, waitMs, err: error },
        "the webhook was not told of a result; trying again",
      );
    } finally {
      this.#requests--;
    }
  }

  async #post(matchId: string, body: string): Promise<void> {
    const deadline = new AbortController();
    const cancel = this.#clock.after(ANSWER_MS, () =>
      deadline.abort(new Error(`no answer in ${ANSWER_MS} ms`)),
    );
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        redirect: "manual",
        headers: {
          "content-type": "application/json",
          "idempotency-key": matchId,
          "warren-signature": signatureOf(this.#secret, Math.floor(this.#clock.wallMs() / 1_000), body),
        },
        body,
        signal: AbortSignal.any([deadline.signal, this.#stop.signal]),
      });
      // Only the status says something; the rest is not waited for.
      void response.body?.cancel().catch(() => {});
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    } finally {
      cancel();
    }
  }
}

const newDelivery = (nowMs: number): Delivery => ({
  tries: 0,
  dueMs: nowMs,
  body: undefined,
  state: "waiting",
});

/** The header `warren-signature`: seconds since 1970, and HMAC-SHA-256 over them, a dot and the body. */
function signatureOf(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

function bodyOf({ queue, result }: PendingResult, ratings: readonly RatingChange[]): string {
  const { matchId, roomId, teams, reportJson } = result;
  return JSON.stringify({
    matchId,
    roomId,
    queue,
    teams,
    ratings,
    report: reportJson === "" ? null : parsed(reportJson),
  });
}

/** A room's own report may be anything; what is no JSON goes as text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
