import { memoryCluster } from "@warren/cluster/memory";
import { systemClock } from "@warren/kernel";
import { defineQueue, type QueueSource } from "@warren/matchmaking";
import { afterEach, expect, it } from "vitest";
import { silent } from "../../test/decider-harness.ts";
import { Domain } from "./domain.ts";
import { configureQueues, QueueVersionConflict } from "./queue-versions.ts";

const cluster = memoryCluster(systemClock);
const opened: Domain[] = [];
afterEach(() => {
  for (const domain of opened.splice(0)) domain.close();
});
let domains = 0;

/** A replica that starts with these queues. */
async function boot(name: string, sources: Record<string, QueueSource>): Promise<Domain> {
  const queues = Object.fromEntries(
    Object.entries(sources).map(([queue, source]) => [queue, defineQueue(source)]),
  );
  const domain = new Domain({ name, queues, log: cluster.log, clock: systemClock, logger: silent });
  opened.push(domain);
  await domain.start();
  await configureQueues({ domain, queues, log: silent });
  return domain;
}

const name = () => `d${++domains}`;
const seqOf = async (domain: string) => (await cluster.log.last(`mm.${domain}.>`))?.seq;

it("the first replica tells the log of the game's queues, the next has nothing to add", async () => {
  const domain = name();
  const first = await boot(domain, { duel: { room: "arena", size: 2, options: { map: "a", mode: "b" } } });
  expect(first.fold.queues.get("duel")).toMatchObject({ version: 1 });
  const seq = await seqOf(domain);
  await boot(domain, { duel: { options: { mode: "b", map: "a" }, size: 2, room: "arena" } });
  expect(await seqOf(domain)).toBe(seq);
});

it("a higher version holds on every replica, and for one that comes with the old one", async () => {
  const domain = name();
  const first = await boot(domain, { duel: { room: "arena", size: 2 } });
  const second = await boot(domain, { duel: { room: "arena", size: 3, version: 2 } });
  await first.barrier();
  for (const replica of [first, second, await boot(domain, { duel: { room: "arena", size: 2 } })])
    expect(replica.queues.get("duel")).toMatchObject({ version: 2, size: 3 });
});

it("one version with two contents stops the replica, with queue, version and both fingerprints", async () => {
  const domain = name();
  const first = await boot(domain, { duel: { room: "arena", size: 2, version: 7 } });
  const known = first.fold.queues.get("duel")?.fingerprint ?? "";
  const failed = boot(domain, { duel: { room: "arena", size: 4, version: 7 } });
  await expect(failed).rejects.toBeInstanceOf(QueueVersionConflict);
  await expect(failed).rejects.toThrow(
    new RegExp(`queue duel version 7 has the fingerprint [0-9a-f]{16} in this game and ${known} in the log`),
  );
});

it("of two replicas that start at once with different contents one stops", async () => {
  const domain = name();
  const outcomes = await Promise.allSettled([
    boot(domain, { duel: { room: "arena", size: 2 } }),
    boot(domain, { duel: { room: "arena", size: 4 } }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});
