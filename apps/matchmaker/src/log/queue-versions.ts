import { fingerprint } from "@warren/kernel";
import type { QueueConfig } from "@warren/matchmaking";
import type { QueueVersion } from "@warren/protocol/services";
import type { Logger } from "@warren/service";
import type { Domain } from "./domain.ts";

/** A game's queue has the version of the log's and another content: nobody could say which of the two holds. */
export class QueueVersionConflict extends Error {
  override readonly name = "QueueVersionConflict";

  constructor(mine: QueueVersion, known: QueueVersion) {
    super(
      `queue ${mine.name} version ${mine.version} has the fingerprint ${mine.fingerprint} in this game and ` +
        `${known.fingerprint} in the log; raise its version with every change (to ${known.version + 1} or more)`,
    );
  }
}

/**
 * Tells the log of the game's queues as far as it does not know them, once the fold has caught up: all replicas switch
 * at that record. Throws QueueVersionConflict; a replica with older queues works with the log's.
 */
export async function configureQueues(options: {
  domain: Domain;
  queues: Readonly<Record<string, QueueConfig>>;
  log: Logger;
}): Promise<void> {
  const { domain, log } = options;
  const versions = Object.entries(options.queues).map(([name, config]) => versionOf(name, config));
  const news = versions.filter((mine) => isNews(mine, domain.fold.queues.get(mine.name)));
  if (news.length > 0) {
    const id = `q-${fingerprint(canonicalJson(news.map((mine) => [mine.name, mine.version, mine.fingerprint])))}`;
    await domain.append(
      domain.ticketSubject,
      { $case: "queuesConfigured", value: { queues: news } },
      { id: `${domain.name}-${id}` },
    );
  }
  for (const mine of versions) {
    const known = domain.fold.queues.get(mine.name);
    // Another replica may have been quicker, with another content.
    if (!known || isNews(mine, known) || known.version === mine.version) continue;
    log.warn(
      { event: "queue.older", queue: mine.name, version: mine.version, known: known.version },
      `queue ${mine.name} is version ${mine.version} in this game; the log's version ${known.version} is used`,
    );
  }
}

/** Throws QueueVersionConflict when the same version has another content. */
function isNews(mine: QueueVersion, known: QueueVersion | undefined): boolean {
  if (known?.version === mine.version && known.fingerprint !== mine.fingerprint)
    throw new QueueVersionConflict(mine, known);
  return !known || known.version < mine.version;
}

/** The log keeps the content as the studio ordered it; for the fingerprint the order does not matter. */
function versionOf(name: string, config: QueueConfig): QueueVersion {
  const { version } = config;
  return {
    name,
    version,
    fingerprint: fingerprint(canonicalJson(config)),
    configJson: JSON.stringify(config),
  };
}

/** JSON with the keys of every object in order: equal contents have equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
