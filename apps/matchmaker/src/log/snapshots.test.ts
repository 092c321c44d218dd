import type { Log } from "@warren/cluster";
import { memoryCluster } from "@warren/cluster/memory";
import { type Clock, systemClock } from "@warren/kernel";
import { Fold } from "@warren/matchmaking";
import { stateOf } from "@warren/matchmaking/testing";
import { RECORD_VERSION } from "@warren/protocol";
import { SnapshotPart } from "@warren/protocol/services";
import { createLogger } from "@warren/service";
import { expect, it } from "vitest";
import { Domain } from "./domain.ts";
import { Snapshots } from "./snapshots.ts";

const logger = createLogger({ name: "test", level: "silent", format: "json" });
const open = (log: ReturnType<typeof memoryCluster>["log"], clock: Clock = systemClock) =>
  new Domain({ name: "main", queues: {}, log, clock, logger });

async function post(domain: Domain, id: number): Promise<void> {
  await domain.append(domain.ticketSubject, {
    $case: "ticketPosted",
    value: {
      ticketId: `t_main_${String(id).padStart(26, "0")}`,
      players: [
        {
          playerId: `player-${id}`,
          // Long, so that the snapshot is more than one part.
          joinJson: JSON.stringify({ name: "x".repeat(5_000) }),
          attributes: [{ name: "mmr", value: { $case: "number", value: id }, sigma: 0 }],
          latencies: [],
        },
      ],
      queues: ["duel"],
      replace: false,
      lobbyId: "",
    },
  });
}

it("a replica that starts after a trim has the same fold as one that read everything", async () => {
  const { log, close } = memoryCluster(systemClock);
  const first = open(log);
  await first.start();
  const subjects = { tickets: first.ticketSubject, decider: first.deciderSubject };
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 150; i++) await post(first, round * 1_000 + i);
    await first.append(first.deciderSubject, {
      $case: "epochStarted",
      value: { epoch: round + 1, replicaId: "mm_a" },
    });
    await first.snapshots.write(first.fold, subjects, 0);
    await first.barrier();
  }
  await post(first, 9_999);

  const oldest = await log
    .read({ fromSeq: 1, filter: "mm.main.t", signal: new AbortController().signal })
    [Symbol.asyncIterator]()
    .next();
  expect(oldest.value?.seq).toBeGreaterThan(150);

  const second = open(log);
  await second.start();
  expect(second.fold.tickets.size).toBe(451);
  expect(stateOf(second.fold)).toBe(stateOf(first.fold));
  // And it goes on from there, fenced by the same record.
  await second.append(
    second.deciderSubject,
    { $case: "epochStarted", value: { epoch: 4, replicaId: "mm_b" } },
    { expectLastSubjectSeq: second.fold.deciderSeq },
  );
  await first.barrier();
  expect([first.fold.epoch, second.fold.epoch]).toEqual([4, 4]);
  first.close();
  second.close();
  await close();
});

it("a snapshot that was not finished is passed over", async () => {
  const { log, close } = memoryCluster(systemClock);
  const first = open(log);
  await first.start();
  for (let i = 0; i < 300; i++) await post(first, i);
  await first.snapshots.write(first.fold, { tickets: first.ticketSubject, decider: first.deciderSubject }, 0);
  await post(first, 300);
  let parts = 0;
  const dying = {
    ...log,
    append: (...args: Parameters<typeof log.append>) =>
      ++parts > 1 ? Promise.reject(new Error("killed")) : log.append(...args),
  };
  const other = open({
    ...dying,
    read: log.read.bind(log),
    last: log.last.bind(log),
    trim: log.trim.bind(log),
    fill: log.fill.bind(log),
  });
  await other.start();
  await expect(
    other.snapshots.write(other.fold, { tickets: other.ticketSubject, decider: other.deciderSubject }, 0),
  ).rejects.toThrow("killed");

  const third = open(log);
  await third.start();
  expect(third.fold.tickets.size).toBe(301);
  for (const domain of [first, other, third]) domain.close();
  await close();
});

it("one is of the moment it was asked for, whatever is folded while it is written", async () => {
  const { log, close } = memoryCluster(systemClock);
  const domain = open(log);
  await domain.start();
  for (let i = 0; i < 300; i++) await post(domain, i);
  const before = stateOf(domain.fold);
  const written = domain.snapshots.write(
    domain.fold,
    { tickets: domain.ticketSubject, decider: domain.deciderSubject },
    0,
  );
  const posted = Promise.all(Array.from({ length: 50 }, (_, i) => post(domain, 1_000 + i)));
  // Another one meanwhile is none.
  expect(domain.snapshots.isDue(domain.fold, 1e9)).toBe(false);
  await domain.snapshots.write(domain.fold, { tickets: "mm.main.t", decider: "mm.main.d" }, 0);
  await Promise.all([written, posted]);
  const parts: SnapshotPart[] = [];
  const last = await log.last("mm.main.s");
  for await (const { seq, bytes } of log.read({
    fromSeq: 1,
    filter: "mm.main.s",
    signal: new AbortController().signal,
  })) {
    parts.push(SnapshotPart.decode(bytes));
    if (seq === last?.seq) break;
  }
  expect(parts.map(({ part, parts: all }) => [part, all])).toEqual(
    parts.map((_, i) => [i, i === parts.length - 1 ? parts.length : 0]),
  );
  expect(parts.length).toBeGreaterThan(1);
  expect(stateOf(await domain.snapshots.load())).toBe(before);
  domain.close();
  await close();
});

it("one of another version is not passed over: the records before it may be gone", async () => {
  const { log, close } = memoryCluster(systemClock);
  const state = Buffer.from("{}");
  const part = { version: RECORD_VERSION - 1, seq: 7n, part: 0, parts: 1, state };
  await log.append("mm.main.s", SnapshotPart.encode(part).finish());
  await expect(open(log).start()).rejects.toThrow(/snapshot at 1 has version \d.*older Warren/);
  await close();
});

it("nothing is trimmed before there are two snapshots, also after a restart on the first", async () => {
  const { log, close } = memoryCluster(systemClock);
  const first = open(log);
  await first.start();
  const subjects = { tickets: first.ticketSubject, decider: first.deciderSubject };
  for (let i = 0; i < 3; i++) await post(first, i);
  await first.snapshots.write(first.fold, subjects, 0);
  await first.barrier();
  first.close();

  const snapshots = new Snapshots(log, "main", systemClock);
  const fold = await snapshots.load();
  // What was loaded is met again as the log is followed; what is written next is not met yet.
  const last = await log.last(snapshots.subject);
  snapshots.passing(last!.seq, last!.bytes);
  fold.skip(last!.seq);
  await snapshots.write(fold, subjects, 0);
  expect(await firstSeq(log)).toBe(1);
  const written = await log.last(snapshots.subject);
  snapshots.passing(written!.seq, written!.bytes);
  await snapshots.write(fold, subjects, 0);
  expect(await firstSeq(log)).toBeGreaterThan(1);
  await close();
});

async function firstSeq(log: Log): Promise<number> {
  const signal = new AbortController().signal;
  const { value } = await log
    .read({ fromSeq: 1, filter: "mm.main.>", signal })
    [Symbol.asyncIterator]()
    .next();
  return value!.seq;
}

it("a snapshot of many parts is no news by itself", async () => {
  const { log, close } = memoryCluster(systemClock);
  const { snapshots } = open(log);
  const fold = new Fold();
  const parts = 200;
  for (let part = 0; part < parts; part++) {
    const all = part === parts - 1 ? parts : 0;
    const bytes = SnapshotPart.encode({
      version: RECORD_VERSION,
      seq: 50n,
      part,
      parts: all,
      state: Buffer.of(),
    });
    snapshots.passing(51 + part, bytes.finish());
  }
  fold.skip(50 + parts + 100);
  expect([snapshots.isDue(fold, 0), snapshots.isDue(fold, 60_000)]).toEqual([false, false]);
  fold.skip(50 + parts + 101);
  expect(snapshots.isDue(fold, 60_000)).toBe(true);
  await close();
});

it("one that failed is not tried again at once, however long the log is", async () => {
  const { log, close } = memoryCluster(systemClock);
  const domain = open(log);
  await domain.start();
  domain.fold.skip(60_000);
  expect(domain.snapshots.isDue(domain.fold, 0)).toBe(false);
  expect(domain.snapshots.isDue(domain.fold, 5_000)).toBe(true);
  const full = { tickets: domain.ticketSubject, decider: domain.deciderSubject };
  const failing = open({
    ...log,
    last: log.last.bind(log),
    read: log.read.bind(log),
    trim: log.trim.bind(log),
    fill: log.fill.bind(log),
    append: () => Promise.reject(new Error("full")),
  });
  await expect(failing.snapshots.write(domain.fold, full, 5_000)).rejects.toThrow("full");
  expect(failing.snapshots.isDue(domain.fold, 9_000)).toBe(false);
  expect(failing.snapshots.isDue(domain.fold, 10_000)).toBe(true);
  domain.close();
  await close();
});
