import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { type DirectoryKind, PRESENCE_TTL_MS } from "../directory.ts";
import { LEASE_TTL_MS, type LeaseKind } from "../lease.ts";
import { DUPLICATE_WINDOW_MS, type LogRoot, RECORD_BYTES_MAX, VALUE_BYTES_MAX } from "../limits.ts";

export type Replicas = 1 | 3;
export type LogName = LogRoot;
export type BucketName = DirectoryKind | LeaseKind;

const MiB = 1024 * 1024;
/** Room for headers beside the largest record or value. */
const HEADERS_BYTES_MAX = 4_096;

/**
 * Everything that is kept on NATS, one row each. `bytesMax` is where a log or bucket begins to refuse, and what the
 * server sets aside for it. `ttlMs` is how long a value lives.
 */
const TABLE: readonly Row[] = [
  { name: "mm", kind: "log", bytesMax: 1_024 * MiB },
  { name: "own", kind: "bucket", bytesMax: 256 * MiB },
  { name: "code", kind: "bucket", bytesMax: 64 * MiB },
  { name: "rating", kind: "bucket", bytesMax: 512 * MiB }, // about 400 B a player and rating
  { name: "presence", kind: "bucket", bytesMax: 512 * MiB, ttlMs: PRESENCE_TTL_MS }, // about 200 B a player
  { name: "decider", kind: "bucket", bytesMax: 16 * MiB, ttlMs: LEASE_TTL_MS.decider },
  { name: "node", kind: "bucket", bytesMax: 64 * MiB, ttlMs: LEASE_TTL_MS.node },
];
type Row =
  | { readonly name: LogName; readonly kind: "log"; readonly bytesMax: number }
  | {
      readonly name: BucketName;
      readonly kind: "bucket";
      readonly bytesMax: number;
      readonly ttlMs?: number;
    };

/**
 * How long the sign of a removed or expired key stays, so that watchers see it. After that nothing is left
 * of the key: rooms come and go for ever, and every sign costs memory.
 */
export const MARKER_TTL_MS = 60_000;

/** Slugs have no underscore, so names of two clusters never meet. */
export const logStream = (cluster: string, name: LogName) => `warren_${cluster}_${name}`;
/** The layout of NATS's own key-value buckets, so that its tools show ours. */
export const bucketStream = (cluster: string, name: BucketName) => `KV_warren_${cluster}_${name}`;
export const bucketPrefix = (cluster: string, name: BucketName) => `$KV.warren_${cluster}_${name}.`;
export const subjectPrefix = (cluster: string) => `warren.${cluster}.`;

export type WantedStream = Partial<StreamConfig> & Pick<StreamConfig, "name" | "max_bytes" | "num_replicas">;

export function streamConfigs(cluster: string, replicas: Replicas): WantedStream[] {
  return TABLE.map((row) => {
    const shared = {
      max_bytes: row.bytesMax,
      num_replicas: replicas,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New, // full refuses; it never forgets
      allow_direct: false, // a direct read may come from a replica that is behind
    };
    if (row.kind === "log") {
      return {
        ...shared,
        name: logStream(cluster, row.name),
        subjects: [`${subjectPrefix(cluster)}${row.name}.>`],
        max_msg_size: RECORD_BYTES_MAX + HEADERS_BYTES_MAX,
        duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      };
    }
    return {
      ...shared,
      name: bucketStream(cluster, row.name),
      subjects: [`${bucketPrefix(cluster, row.name)}>`],
      max_msgs_per_subject: 1,
      max_msg_size: VALUE_BYTES_MAX + HEADERS_BYTES_MAX,
      allow_rollup_hdrs: true,
      deny_delete: true,
      allow_msg_ttl: true,
      ...(row.ttlMs && {
        max_age: nanos(row.ttlMs),
        duplicate_window: nanos(Math.min(row.ttlMs, DUPLICATE_WINDOW_MS)), // no longer than max_age; ids are not used here
        subject_delete_marker_ttl: nanos(MARKER_TTL_MS),
      }),
    };
  });
}
