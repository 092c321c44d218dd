/** Oldest nats-server that Warren runs on. */
export const NATS_SERVER_MIN = "2.12.0";

const WHY =
  "in older servers several writers can win one compare-and-set on a replicated stream, and leases do not tell that they expired";

/** `2.15.1`, from `nats-server: v2.15.1`, `2.15.1-beta.2` and the like; undefined when there is none. */
export function parseServerVersion(text: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Below 0 when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isNewEnough(version: string | undefined): version is string {
  return version !== undefined && compareVersions(version, NATS_SERVER_MIN) >= 0;
}

/** What is wrong with a server of this version, or undefined when nothing is. */
export function serverVersionProblem(text: string): string | undefined {
  const version = parseServerVersion(text);
  if (isNewEnough(version)) return undefined;
  return `nats-server is ${version ?? `of an unknown version (${text})`}; Warren needs ${NATS_SERVER_MIN} or newer: ${WHY}`;
}
