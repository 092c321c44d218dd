import { defineQueue } from "@warren/matchmaking";
import { Match } from "@warren/protocol/services";
import { afterEach, expect, it } from "vitest";
import { DeciderHarness, reply } from "../../test/decider-harness.ts";

let running: DeciderHarness | undefined;
afterEach(async () => {
  await running?.close();
});

async function start(...args: ConstructorParameters<typeof DeciderHarness>): Promise<DeciderHarness> {
  running = new DeciderHarness(...args);
  await running.start();
  return running;
}

it("a post is enough to be matched: no time has to pass", async () => {
  const replica = await start();
  const tickets = [await replica.post("a"), await replica.post("b")];
  await replica.settled();
  expect(tickets.map((id) => replica.status(id))).toEqual(["assigned", "assigned"]);
});

it("with nothing to do it does nothing but its beat", async () => {
  const replica = await start();
  await replica.post("a");
  await replica.settled();
  const before = replica.turns;
  for (let i = 0; i < 30; i++) await replica.pass(100);
  expect(replica.turns - before).toBeLessThanOrEqual(6);
});

it("a log short of room takes no new tickets, is trimmed, and takes them again", async () => {
  const harness = await start();
  const kept = await harness.post("A");
  harness.fill = 0.7;
  await harness.pass(6_000);
  await expect(harness.post("B")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  // What ends something is still written: it expired.
  expect(harness.status(kept)).toBe("expired");
  const first = async () => (await harness.records("ticketPosted")).length;
  expect(await first()).toBe(1);
  await harness.pass(70_000);
  expect(await first()).toBe(0);
  harness.fill = 0.1;
  await harness.pass(6_000);
  expect(harness.status(await harness.post("B"))).toBe("open");
});

it("a ticket expires when its time is over, not before and not much later", async () => {
  const replica = await start();
  const ticket = await replica.post("a");
  await replica.pass(4_990);
  expect(replica.status(ticket)).toBe("open");
  await replica.pass(20);
  expect(replica.status(ticket)).toBe("expired");
});

it("tickets that expire together end in one record", async () => {
  const replica = await start({ solo: defineQueue({ room: "arena", size: 9, expireMs: 2_000 }) });
  for (let i = 0; i < 5; i++) await replica.post(`p${i}`);
  await replica.pass(2_010);
  expect((await replica.records("ticketsClosed")).map(({ ticketIds }) => ticketIds.length)).toEqual([5]);
});

it("answers that come while an append is under way are written together", async () => {
  const replica = await start();
  const answers: (() => void)[] = [];
  replica.reserve = () => new Promise((resolve) => answers.push(() => resolve(reply())));
  for (let i = 0; i < 12; i++) await replica.post(`p${i}`);
  await replica.settled();
  expect(answers).toHaveLength(6);
  let go: () => void = () => {};
  replica.onAppended = (kind) =>
    kind === "matchesPlaced" && answers.length > 0
      ? new Promise((resolve) => {
          go = resolve;
        })
      : undefined;
  answers.shift()?.();
  await replica.settled();
  for (const answer of answers.splice(0)) answer();
  await replica.settled();
  go();
  await replica.settled();
  expect((await replica.records("matchesPlaced")).map(({ placements }) => placements.length)).toEqual([1, 5]);
});

it("an append whose outcome is unknown is not repeated: a new epoch begins with knowing", async () => {
  const replica = await start();
  let isLost = true;
  replica.onAppended = (kind) => {
    if (kind !== "matchesDecided" || !isLost) return;
    isLost = false;
    throw new Error("the answer was lost");
  };
  const tickets = [await replica.post("a"), await replica.post("b")];
  await replica.settled();
  await replica.pass(300);
  expect(tickets.map((id) => replica.status(id))).toEqual(["assigned", "assigned"]);
  expect(await replica.records("matchesDecided")).toHaveLength(1);
  expect((await replica.records("epochStarted")).map(({ epoch }) => epoch)).toEqual([1, 2]);
});

it("it decides no more when another replica has begun an epoch", async () => {
  const replica = await start();
  expect(replica.decider.isDeciding).toBe(true);
  await replica.usurp();
  await replica.settled();
  expect(replica.decider.isDeciding).toBe(false);
  await expect(replica.decider.write({ $case: "roomsClosed", value: { roomIds: [] } })).rejects.toThrow(
    "does not decide",
  );
});

it("proposed matches are dissolved when the time to accept is over", async () => {
  const acceptance = { timeoutMs: 1_000 };
  const replica = await start({ duel: defineQueue({ room: "arena", size: 2, acceptance }) });
  const tickets = [await replica.post("a"), await replica.post("b")];
  await replica.settled();
  expect(tickets.map((id) => replica.status(id))).toEqual(["proposed", "proposed"]);
  await replica.pass(990);
  expect(tickets.map((id) => replica.status(id))).toEqual(["proposed", "proposed"]);
  await replica.pass(20);
  expect(tickets.map((id) => replica.status(id))).toEqual(["cancelled", "cancelled"]);
});

it("a ticket nobody follows any more ends after its grace", async () => {
  const replica = await start({ duel: defineQueue({ room: "arena", size: 2, orphanGraceMs: 2_000 }) });
  const ticket = await replica.post("a");
  const value = { replicaId: "mm_one", opened: [ticket], closed: [] };
  await replica.domain.append(replica.domain.ticketSubject, { $case: "streamsChanged", value });
  await replica.pass(10_000);
  expect(replica.status(ticket)).toBe("open");
  const closed = { replicaId: "mm_one", opened: [], closed: [ticket] };
  await replica.domain.append(replica.domain.ticketSubject, { $case: "streamsChanged", value: closed });
  await replica.pass(1_900);
  expect(replica.status(ticket)).toBe("open");
  await replica.pass(1_200);
  expect(replica.domain.fold.tickets.get(ticket as never)?.history.at(-1)).toMatchObject({
    cause: "orphaned",
  });
});

it("[backfill] a match names the room's request; a stale one returns its tickets and punishes nobody", async () => {
  const replica = await start({ casual: defineQueue({ room: "arena", size: 2, backfill: true }) });
  const room = { roomId: "r_x" as never, nodeId: "n_one" as never, queue: "casual", region: "", skill: 0 };
  replica.openRooms = [{ ...room, generation: 3, free: [1] }];
  replica.reserve = async ({ backfillGeneration }) => reply(backfillGeneration === 3 ? "BACKFILL_STALE" : "");
  const ticket = await replica.post("a");
  await replica.settled();
  expect(replica.reserved.map(({ backfillGeneration }) => backfillGeneration)).toEqual([3]);
  // The same request is not answered again, the next one at once.
  await replica.pass(1_000);
  expect(replica.status(ticket)).toBe("open");
  expect(replica.reserved).toHaveLength(1);
  replica.openRooms = [{ ...room, generation: 4, free: [1] }];
  replica.nodesChanged();
  await replica.settled();
  expect(replica.reserved.map(({ backfillGeneration }) => backfillGeneration)).toEqual([3, 4]);
  expect(replica.status(ticket)).toBe("assigned");
});

it("[backfill] a room that a match is on its way to gets no second one", async () => {
  const replica = await start({ casual: defineQueue({ room: "arena", size: 3, backfill: true }) });
  const room = { roomId: "r_x" as never, nodeId: "n_one" as never, queue: "casual", region: "", skill: 0 };
  replica.openRooms = [{ ...room, generation: 1, free: [2] }];
  replica.reserve = () => new Promise(() => {});
  await replica.post("a");
  await replica.settled();
  await replica.post("b");
  await replica.pass(50);
  expect(replica.reserved).toHaveLength(1);
});

it("a seat that was superseded under another decider is released by the next one", async () => {
  const replica = await start();
  await replica.post("a");
  await replica.post("b");
  await replica.settled();
  const [room] = replica.reserved.map(({ roomId }) => roomId);
  await replica.usurp();
  const tickets = [await replica.post("a"), await replica.post("c")];
  // The other one places them, and dies before it has told the node.
  const matches = [
    Match.fromPartial({
      matchId: "m_other",
      queue: "duel",
      nodeId: "n_one",
      roomId: "r_other",
      tickets: tickets.map((ticketId) => ({ ticketId })),
    }),
  ];
  const { domain } = replica;
  const epoch = domain.fold.epoch;
  await domain.append(domain.deciderSubject, { $case: "matchesDecided", value: { epoch, matches } });
  const placements = [{ matchId: "m_other", ok: true, roomEpoch: 1, errorCode: "" }];
  await domain.append(domain.deciderSubject, { $case: "matchesPlaced", value: { placements } });
  expect(tickets.map((id) => replica.status(id))).toEqual(["assigned", "assigned"]);
  expect(replica.released).toEqual([]);
  await replica.pass(5_000);
  expect(domain.fold.epoch).toBeGreaterThan(epoch);
  expect(replica.released).toEqual([{ roomId: room, playerId: "a" }]);
});

it("a seat on a node that was found dead and comes back is released all the same", async () => {
  const replica = await start();
  replica.release = async () => {
    throw new Error("no answer");
  };
  for (const player of ["a", "b"]) await replica.post(player);
  await replica.settled();
  for (const player of ["a", "c"]) await replica.post(player);
  await replica.settled();
  const room = replica.reserved[0]?.roomId;
  expect(replica.released).toEqual([{ roomId: room, playerId: "a" }]);
  replica.isNodeGone = true;
  await replica.pass(3_000);
  replica.isNodeGone = false;
  replica.release = async () => reply();
  await replica.pass(3_000);
  expect(replica.released).toHaveLength(2);
});

it("rooms of a dead node are over, unless it is back before what is left of them is removed", async () => {
  const replica = await start();
  for (const player of ["a", "b"]) await replica.post(player);
  await replica.settled();
  const { rooms } = replica.domain.fold;
  expect(rooms.size).toBe(1);
  replica.forgetRoom = async () => {
    replica.isNodeGone = false;
  };
  replica.isNodeGone = true;
  await replica.pass(10_000);
  expect(rooms.size).toBe(1);
  replica.forgetRoom = async () => {};
  replica.isNodeGone = true;
  await replica.pass(10_000);
  expect(rooms.size).toBe(0);
});

it("seats of a match that was refused are released, again and again until the node answers", async () => {
  const replica = await start();
  replica.reserve = () => Promise.reject(new Error("no answer"));
  let isDeaf = true;
  replica.release = () => (isDeaf ? Promise.reject(new Error("no answer")) : Promise.resolve(reply()));
  const tickets = [await replica.post("a"), await replica.post("b")];
  await replica.settled();
  expect(tickets.map((id) => replica.status(id))).toEqual(["open", "open"]);
  expect(replica.released.map(({ playerId }) => playerId).sort()).toEqual(["a", "b"]);
  replica.reserve = async () => reply();
  await replica.pass(1_000);
  expect(replica.released).toHaveLength(4);
  isDeaf = false;
  await replica.pass(1_000);
  expect(replica.released).toHaveLength(6);
  await replica.pass(5_000);
  expect(replica.released).toHaveLength(6);
});

it("what is promised and not placed yet is offered to nobody else: the last room is given once", async () => {
  const replica = await start();
  const space = { region: "", rooms: new Set(["arena"]), freeSeats: 100 };
  replica.spaces = [
    { ...space, nodeId: "n_full" as never, freeRooms: 1 },
    { ...space, nodeId: "n_free" as never, freeRooms: 9 },
  ];
  // No answer comes, and the nodes say what they said before.
  replica.reserve = () => new Promise(() => {});
  for (const player of ["a", "b", "c", "d"]) await replica.post(player);
  await replica.settled();
  for (const player of ["e", "f"]) await replica.post(player);
  replica.nodesChanged();
  await replica.settled();
  const decided = (await replica.records("matchesDecided")).flatMap(({ matches }) => matches);
  expect(decided.map(({ nodeId }) => nodeId)).toEqual(["n_full", "n_free", "n_free"]);
});

it("seats that are promised are offered to nobody else either", async () => {
  const replica = await start();
  const space = { region: "", rooms: new Set(["arena"]), freeRooms: 9 };
  replica.spaces = [
    { ...space, nodeId: "n_full" as never, freeSeats: 3 },
    { ...space, nodeId: "n_free" as never, freeSeats: 100 },
  ];
  replica.reserve = () => new Promise(() => {});
  for (const player of ["a", "b", "c", "d"]) await replica.post(player);
  await replica.settled();
  const decided = (await replica.records("matchesDecided")).flatMap(({ matches }) => matches);
  expect(decided.map(({ nodeId }) => nodeId)).toEqual(["n_full", "n_free"]);
});
