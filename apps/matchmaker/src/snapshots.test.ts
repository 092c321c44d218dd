import { memoryCluster } from "@warren/cluster/memory";
import { type Clock, systemClock } from "@warren/kernel";
import { decodeFold, encodeFold } from "@warren/matchmaking";
import { createLogger } from "@warren/service";
import { expect, it } from "vitest";
import { Domain } from "./domain.ts";

const logger = createLogger({ name: "test", level: "silent", format: "json" });
const open = (log: ReturnType<typeof memoryCluster>["log"], clock: Clock = systemClock) =>
  new Domain({ name: "main", log, clock, logger });

async function post(domain: Domain, id: number): Promise<void> {
  await domain.append(domain.ticketSubject, {
    $case: "ticketPosted",
    value: {
      ticketId: `t_main_${String(id).padStart(26, "0")}`,
      playerId: `player-${id}`,
      queues: ["duel"],
      attributes: new Map([["mmr", id]]),
      // Long, so that the snapshot is more than one part.
      joinJson: JSON.stringify({ name: "x".repeat(5_000) }),
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
  expect(second.fold).toEqual(first.fold);
  // And it goes on from there, fenced by the same record.
  await second.append(
    second.deciderSubject,
    { $case: "epochStarted", value: { epoch: 4, replicaId: "mm_b" } },
    { expectLastSubjectSeq: second.fold.deciderSeq },
  );
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

it("a fold comes back equal from its bytes", async () => {
  const { log, close } = memoryCluster(systemClock);
  const domain = open(log);
  await domain.start();
  for (let i = 0; i < 3; i++) await post(domain, i);
  const [one = "", two = ""] = domain.fold.tickets.keys();
  await domain.append(domain.deciderSubject, {
    $case: "epochStarted",
    value: { epoch: 1, replicaId: "mm_a" },
  });
  const match = {
    matchId: "m_main_1_1",
    queue: "duel",
    ticketIds: [one],
    nodeId: "n_1",
    roomId: "r_main_1_1",
    backfill: false,
    fillTo: 0,
  };
  await domain.append(domain.deciderSubject, {
    $case: "matchesDecided",
    value: {
      epoch: 1,
      matches: [match, { ...match, matchId: "m_main_1_2", ticketIds: [two], roomId: "r_main_1_2" }],
    },
  });
  await domain.append(domain.deciderSubject, {
    $case: "matchPlaced",
    value: { matchId: "m_main_1_1", ok: true, roomEpoch: 1, errorCode: "" },
  });
  const copy = decodeFold(encodeFold(domain.fold));
  expect(copy).toEqual(domain.fold);
  expect([
    copy.open.size,
    copy.openOf.size,
    copy.placing.size,
    copy.rooms.size,
    copy.seatOf.size,
    copy.finals.length,
  ]).toEqual([1, 2, 1, 1, 1, 1]);
  domain.close();
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

  // It loads the snapshot, and meets it again as it follows the log.
  const second = open(log);
  await second.start();
  await post(second, 3);
  await second.snapshots.write(second.fold, subjects, 0);
  await second.barrier();
  const reading = new AbortController();
  for await (const { seq } of log.read({ fromSeq: 1, filter: "mm.main.>", signal: reading.signal })) {
    expect(seq).toBe(1);
    break;
  }
  reading.abort();
  second.close();
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
    append: () => Promise.reject(new Error("full")),
  });
  await expect(failing.snapshots.write(domain.fold, full, 5_000)).rejects.toThrow("full");
  expect(failing.snapshots.isDue(domain.fold, 9_000)).toBe(false);
  expect(failing.snapshots.isDue(domain.fold, 10_000)).toBe(true);
  domain.close();
  await close();
});
