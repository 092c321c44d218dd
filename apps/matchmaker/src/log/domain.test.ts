import { memoryCluster } from "@warren/cluster/memory";
import { systemClock } from "@warren/kernel";
import { defineQueue, type QueueConfig } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry } from "@warren/protocol/services";
import { createLogger } from "@warren/service";
import { expect, it } from "vitest";
import { Domain } from "./domain.ts";

const logger = createLogger({ name: "test", level: "silent", format: "json" });
const queue = (version: number) => defineQueue({ room: "arena", size: 2, version });
const configure = (domain: Domain, config: QueueConfig) =>
  domain.append(domain.ticketSubject, {
    $case: "queuesConfigured",
    value: {
      queues: [
        { name: "duel", version: config.version, fingerprint: "f", configJson: JSON.stringify(config) },
      ],
    },
  });

it("the game's queues hold until the log has them, also after a start from a snapshot", async () => {
  const { log, close } = memoryCluster(systemClock);
  const open = () =>
    new Domain({ name: "main", queues: { duel: queue(1), solo: queue(1) }, log, clock: systemClock, logger });
  const first = open();
  await first.start();
  const own = first.queues;
  expect(own.get("duel")?.version).toBe(1);
  const seen: number[] = [];
  first.onChanges(({ queues }) => {
    if (queues.length > 0) seen.push(first.queues.get("duel")?.version ?? 0);
  });
  await configure(first, queue(2));
  await configure(first, queue(2));
  await configure(first, queue(1));
  expect([first.queues.get("duel"), first.queues.get("solo")]).toEqual([queue(2), queue(1)]);
  // Whoever is told of the change sees the new map.
  expect([seen, own.get("duel")?.version]).toEqual([[2], 1]);
  await first.snapshots.write(first.fold, { tickets: "mm.main.t", decider: "mm.main.d" }, 0);
  const second = open();
  await second.start();
  expect(second.queues.get("duel")).toEqual(queue(2));
  for (const domain of [first, second]) domain.close();
  await close();
});

it.each([
  ["older", RECORD_VERSION - 1],
  ["newer", RECORD_VERSION + 1],
])("a replica that meets a record of an %s version leaves, and says so", async (_title, version) => {
  const { log, close } = memoryCluster(systemClock);
  const errors: string[] = [];
  const said = createLogger({ name: "test", level: "silent", format: "json" });
  said.error = (_fields: unknown, text?: unknown) => void errors.push(String(text));
  const domain = new Domain({ name: "main", queues: {}, log, clock: systemClock, logger: said });
  await domain.start();
  const left = new Promise<void>((resolve) => domain.onLeft(resolve));
  // What follows the version is of no kind this build could read.
  const head = LogEntry.encode({ version, body: undefined }).finish();
  await log.append("mm.main.t", Uint8Array.of(...head, 0x12, 0xff));
  await left;
  expect(errors).toEqual([expect.stringMatching(`record 1 has version ${version}, and this build reads`)]);
  await expect(domain.barrier()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  domain.close();
  await close();
});

it("a replica whose log began anew leaves: what it knows is of another one", async () => {
  const { log, close } = memoryCluster(systemClock);
  const other = memoryCluster(systemClock);
  let isLost = false;
  const domain = new Domain({
    name: "main",
    queues: {},
    log: {
      append: (...args) => (isLost ? other.log : log).append(...args),
      read: (options) => log.read(options),
      last: (filter) => log.last(filter),
      trim: (filter, belowSeq) => log.trim(filter, belowSeq),
      fill: () => log.fill(),
    },
    clock: systemClock,
    logger,
  });
  await domain.start();
  for (const version of [1, 2, 3]) await configure(domain, queue(version));
  const left = new Promise<void>((resolve) => domain.onLeft(resolve));
  isLost = true;
  await expect(configure(domain, queue(4))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await left;
  domain.close();
  await close();
  await other.close();
});
