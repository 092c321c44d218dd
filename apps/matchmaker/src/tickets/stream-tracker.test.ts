import { memoryCluster } from "@warren/cluster/memory";
import type { ReplicaId, TicketId } from "@warren/kernel";
import { type LogEntry, TicketsClosed_Cause } from "@warren/protocol/services";
import { createLogger } from "@warren/service";
import { VirtualClock } from "@warren/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { Domain } from "../log/domain.ts";
import { StreamTracker } from "./stream-tracker.ts";

const logger = createLogger({ name: "test", level: "silent", format: "json" });
const REPLICA = "mm_a" as ReplicaId;

let clock: VirtualClock;
let domain: Domain;
let tracker: StreamTracker;
let told: { atMs: number; opened: string[]; closed: string[] }[];
let a: TicketId;
let b: TicketId;

beforeEach(async () => {
  clock = new VirtualClock(1_000);
  const cluster = memoryCluster(clock);
  domain = new Domain({ name: "main", queues: {}, log: cluster.log, clock, logger });
  await domain.start();
  const append = domain.append.bind(domain);
  told = [];
  domain.append = (subject, body, options) => {
    if (body.$case === "streamsChanged") {
      const { opened, closed } = body.value;
      told.push({ atMs: clock.monotonicMs(), opened: [...opened], closed: [...closed] });
    }
    return append(subject, body, options);
  };
  tracker = new StreamTracker({ domain, replicaId: REPLICA, clock, log: logger });
  a = await post("a");
  b = await post("b");
});

async function post(player: string): Promise<TicketId> {
  const ticketId = `t_main_${player}` as TicketId;
  await write({
    $case: "ticketPosted",
    value: {
      ticketId,
      players: [{ playerId: player, joinJson: "", attributes: [], latencies: [] }],
      queues: ["duel"],
      replace: false,
      lobbyId: "",
    },
  });
  return ticketId;
}

const write = (body: NonNullable<LogEntry["body"]>) => domain.append(domain.ticketSubject, body);

/** Time passes step by step, and what is written on the way is folded. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    clock.advance(250);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

const watchers = (id: TicketId) => domain.fold.tickets.get(id)?.watchers;

describe("streams of tickets in the log", () => {
  it("at most one record a second, and one in ten as long as there are streams", async () => {
    tracker.opened(a);
    await pass(500);
    expect(told).toMatchObject([{ opened: [a], closed: [] }]);
    tracker.opened(b);
    await pass(500);
    expect(told).toHaveLength(1);
    await pass(500);
    expect(told.slice(1)).toMatchObject([{ opened: [b], closed: [] }]);
    expect([watchers(a), watchers(b)]).toEqual([[REPLICA], [REPLICA]]);
    await pass(21_000);
    expect(told.slice(2)).toMatchObject([
      { opened: [], closed: [] },
      { opened: [], closed: [] },
    ]);
    expect(told.slice(1).map(({ atMs }, i) => atMs - told[i]!.atMs)).toEqual([1_000, 10_000, 10_000]);
    tracker.closed(a);
    tracker.closed(b);
    await pass(60_000);
    expect(told.slice(4)).toMatchObject([{ opened: [], closed: [a, b] }]);
    expect(domain.fold.tickets.get(a)?.unwatchedAtMs).toBeGreaterThan(0);
  });

  it("a second stream of a ticket, and one that comes back within the second, say nothing", async () => {
    tracker.opened(a);
    await pass(1_500);
    tracker.opened(a);
    tracker.closed(a);
    await pass(5_000);
    expect(told).toHaveLength(1);
    tracker.closed(a);
    tracker.opened(a);
    await pass(2_000);
    expect(told.flatMap(({ closed }) => closed)).toEqual([]);
    expect(watchers(a)).toEqual([REPLICA]);
  });

  it("one that opened and closed within the second is told of: it was followed, and is not any more", async () => {
    tracker.opened(b);
    await pass(250);
    tracker.opened(a);
    tracker.closed(a);
    await pass(1_500);
    expect(told.at(-1)).toMatchObject({ opened: [a], closed: [a] });
    expect(watchers(a)).toEqual([]);
    expect(domain.fold.tickets.get(a)?.unwatchedAtMs).toBeGreaterThan(0);
  });

  it("those of a ticket that ended are not told of", async () => {
    tracker.opened(a);
    await pass(1_500);
    await write({ $case: "ticketsClosed", value: { ticketIds: [a], cause: TicketsClosed_Cause.CANCELLED } });
    tracker.closed(a);
    await pass(30_000);
    expect(told).toHaveLength(1);
  });

  it("what could not be told is told later", async () => {
    const append = domain.append;
    domain.append = () => Promise.reject(new Error("no log"));
    tracker.opened(a);
    await pass(2_500);
    domain.append = append;
    await pass(1_500);
    expect(told).toMatchObject([{ opened: [a] }]);
    expect(watchers(a)).toEqual([REPLICA]);
  });

  it("a replica that was silent for 30 s tells of all its streams again", async () => {
    tracker.opened(a);
    await pass(1_500);
    const append = domain.append;
    domain.append = () => Promise.reject(new Error("no log"));
    // Others write on.
    for (let i = 0; i < 8; i++) {
      await pass(5_000);
      await append.call(domain, domain.ticketSubject, {
        $case: "streamsChanged",
        value: { replicaId: "mm_b", opened: [b], closed: [] },
      });
    }
    expect(watchers(a)).toEqual([]);
    domain.append = append;
    await pass(3_000);
    expect(watchers(a)).toEqual([REPLICA]);
  });

  it("closing tells that all are closed", async () => {
    tracker.opened(a);
    await pass(1_500);
    await tracker.close();
    expect(told.at(-1)).toMatchObject({ closed: [a] });
    expect(watchers(a)).toEqual([]);
  });
});
