import type { Cluster } from "@warren/cluster";
import { type Clock, InputError } from "@warren/kernel";
import { isLoopback, type Logger } from "@warren/service";
import type { MatchmakerConfig } from "../config.ts";
import type { Decider } from "../decider/decider.ts";
import type { Domain } from "../log/domain.ts";
import type { MatchmakerMetrics } from "../metrics.ts";
import { Rater } from "./rater.ts";
import { Settlement } from "./settlement.ts";
import { Webhook } from "./webhook.ts";

/** How often the decider looks at results that are not settled: for webhooks that are due. */
const LOOK_MS = 100;
/** When there are none, in case one was there before this replica decided; or after a failure: the log or the bucket cannot be reached, or is full. */
const REST_MS = 1_000;

type WebhookConfig = Pick<MatchmakerConfig, "webhookUrl" | "webhookSecret" | "insecure">;

/** Settles results while this replica decides. The answer stops it. Throws InputError when the settings do not fit. */
export function settleResults(parts: {
  config: WebhookConfig;
  cluster: Pick<Cluster, "directory">;
  domain: Domain;
  decider: Pick<Decider, "isDeciding" | "write">;
  clock: Clock;
  log: Logger;
  metrics: MatchmakerMetrics;
}): () => Promise<void> {
  const { config, cluster, domain, decider, clock, log, metrics } = parts;
  checkWebhook(config);
  const { webhookUrl: url, webhookSecret: secret } = config;
  const webhook = url === "" ? undefined : new Webhook({ url, secret, clock, log, metrics });
  const settlement = new Settlement({
    rater: new Rater(cluster.directory),
    ...(webhook ? { webhook } : {}),
    results: () => domain.fold.results.values(),
    queues: () => domain.queues,
    nowMs: () => domain.nowMs,
    settle: (settled) => decider.write({ $case: "resultsSettled", value: settled }),
    log,
    metrics,
  });
  let closed = false;
  let working = Promise.resolve(true);
  let isResting = false;
  let cancel = () => {};
  const lookIn = (ms: number) => {
    if (!closed) cancel = clock.after(ms, look);
  };
  const look = () => {
    const pending = decider.isDeciding ? domain.fold.results.size : 0;
    metrics.resultsPending.set(pending);
    isResting = pending === 0;
    if (isResting) return lookIn(REST_MS);
    working = settlement.work();
    void working.then((isWell) => lookIn(isWell ? LOOK_MS : REST_MS));
  };
  look();
  domain.onChanges(() => {
    if (!isResting || closed || !decider.isDeciding || domain.fold.results.size === 0) return;
    cancel();
    look();
  });
  return async () => {
    closed = true;
    cancel();
    webhook?.close();
    await working;
  };
}

function checkWebhook({ webhookUrl, webhookSecret, insecure }: WebhookConfig): void {
  if (webhookUrl === "") return;
  const url = URL.canParse(webhookUrl) ? new URL(webhookUrl) : undefined;
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && (insecure || isLoopback(url.hostname)));
  // A request to one with a password is refused by fetch, with the password in the error.
  const hasPassword = url !== undefined && url.username + url.password !== "";
  if (!isSafe || hasPassword)
    throw new InputError(
      "WARREN_WEBHOOK_URL",
      // It may carry a password.
      url ? `${url.protocol}//${hasPassword ? "…@" : ""}${url.host}` : "no URL",
      "without name and password: an https:// URL, http:// on loopback, or any http:// with --insecure on a network you trust",
    );
  if (webhookSecret.length < 32)
    throw new InputError(
      "WARREN_WEBHOOK_SECRET",
      webhookSecret === "" ? undefined : `${webhookSecret.length} characters`,
      "32 or more, when WARREN_WEBHOOK_URL is set",
    );
}
