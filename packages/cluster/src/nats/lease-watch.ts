import { LEASE_TTL_MS, type LeaseKind } from "../lease.ts";
import { sameBytes } from "../same-bytes.ts";
import { type Bucket, isGone } from "./bucket.ts";
import type { Link } from "./link.ts";
import { LostRecords, readStream, retryPause } from "./read-stream.ts";

/** The server tells of an expiry within this; later we ask, since a restart or a long cut can swallow its word. */
const EXPIRY_SLACK_MS = 1_500;
const OVERDUE_CHECK_MS = 500;

/**
 * Follows a bucket of leases. While NATS cannot be reached nothing is called gone: that nobody can renew
 * says nothing about who lives.
 */
export async function watchLeases(
  link: Link,
  bucket: Bucket,
  kind: LeaseKind,
  onChange: (key: string, value: Uint8Array | undefined) => void,
): Promise<() => void> {
  const stopping = new AbortController();
  const ended = AbortSignal.any([stopping.signal, link.closed]);
  const known = new Map<string, { value: Uint8Array; seenAtMs: number }>();
  const tell = (key: string, value: Uint8Array | undefined) => {
    if (ended.aborted) return;
    const before = known.get(key)?.value;
    if (value) known.set(key, { value, seenAtMs: performance.now() });
    else known.delete(key);
    if (sameBytes(before, value)) return;
    try {
      onChange(key, value);
    } catch (error) {
      link.onEvent("lease watcher failed", { kind, key, error });
    }
  };

  const askAboutOverdue = async () => {
    const oldestMs = performance.now() - LEASE_TTL_MS[kind] - EXPIRY_SLACK_MS;
    for (const [key, { seenAtMs }] of [...known]) {
      if (seenAtMs > oldestMs || !link.connected) continue;
      const entry = await bucket.get(key);
      // Only if no word came while we asked: it is newer than our answer.
      if (known.get(key)?.seenAtMs === seenAtMs) tell(key, entry && !entry.gone ? entry.value : undefined);
    }
  };
  let asking = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    askAboutOverdue()
      .catch((error: unknown) => link.onEvent("lease check failed; trying again", { kind, error }))
      .finally(() => {
        asking = false;
      });
  }, OVERDUE_CHECK_MS);
  timer.unref();

  await new Promise<void>((resolve) => {
    ended.addEventListener("abort", () => resolve());
    const follow = async () => {
      const onOpen = (pending: number) => {
        if (pending === 0) resolve();
      };
      const { stream, filter } = bucket;
      for await (const message of readStream(link, { stream, filter, signal: ended, onOpen })) {
        tell(bucket.keyOf(message.subject), isGone(message.headers) ? undefined : message.data);
        if (message.info.pending === 0) resolve();
      }
    };
    const keepFollowing = async () => {
      while (!ended.aborted) {
        try {
          await follow();
        } catch (error) {
          // Its disk went back in time. Leases are not history: look at what there is now.
          if (!(error instanceof LostRecords)) throw error;
          link.onEvent("leases start anew", { kind, error });
          await retryPause(ended);
        }
      }
    };
    keepFollowing().catch((error: unknown) => link.onEvent("lease watch ended", { kind, error }));
  });
  return () => {
    stopping.abort();
    clearInterval(timer);
  };
}
