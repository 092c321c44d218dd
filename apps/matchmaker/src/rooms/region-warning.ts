import type { NodeSpace, QueueConfig } from "@warren/matchmaking";
import type { Logger } from "@warren/service";

/** Says once when nodes are up and none names its region, though a queue matches by latency: its rule then holds for all. */
export function warnWithoutRegions({
  nodes,
  queues,
  log,
}: {
  readonly nodes: { spaces(): readonly NodeSpace[]; onChange(listener: () => void): void };
  readonly queues: () => ReadonlyMap<string, QueueConfig>;
  readonly log: Pick<Logger, "warn">;
}): void {
  let isSaid = false;
  nodes.onChange(() => {
    if (isSaid) return;
    const byLatency = [...queues()].filter(([, { latency }]) => latency).map(([name]) => name);
    if (byLatency.length === 0) return;
    const spaces = nodes.spaces();
    if (spaces.length === 0 || spaces.some(({ region }) => region !== "")) return;
    isSaid = true;
    log.warn(
      { event: "nodes.no_region", queues: byLatency },
      "queues match by latency, and no room-server names its region (WARREN_REGION): all count as near",
    );
  });
}
