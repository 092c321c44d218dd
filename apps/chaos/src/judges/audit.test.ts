import { memoryCluster } from "@warren/cluster/memory";
import { systemClock } from "@warren/kernel";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, Match } from "@warren/protocol/services";
import { afterEach, expect, it } from "vitest";
import { Audit } from "./audit.ts";

// The judge has to find what it is for.

type Body = NonNullable<LogEntry["body"]>;
const cluster = memoryCluster(systemClock);
const audits: Audit[] = [];
afterEach(() => {
  for (const audit of audits.splice(0)) audit.close();
});

const post = (id: string): Body => ({
  $case: "ticketPosted",
  value: {
    ticketId: id,
    players: [{ playerId: `P${id}`, joinJson: "", attributes: [], latencies: [] }],
    queues: ["pair"],
    replace: false,
    lobbyId: "",
  },
});
const epoch = (number: number, replicaId = `mm_${number}`): Body => ({
  $case: "epochStarted",
  value: { epoch: number, replicaId },
});
const decide = (number: number, matchId: string, ...ids: string[]): Body => {
  const match = Match.fromPartial({ matchId, tickets: ids.map((ticketId) => ({ ticketId })) });
  return { $case: "matchesDecided", value: { epoch: number, matches: [match] } };
};
const place = (matchId: string, ok = true): Body => ({
  $case: "matchesPlaced",
  value: { placements: [{ matchId, ok, roomEpoch: 1, errorCode: "" }] },
});

let run = 0;
async function judged(...bodies: Body[]): Promise<Audit> {
  const audit = new Audit(`mm.run${++run}.>`);
  audits.push(audit);
  let last = 0;
  for (const body of bodies) {
    const bytes = LogEntry.encode({ version: RECORD_VERSION, body }).finish();
    last = (await cluster.log.append(`mm.run${run}.d`, bytes)).seq;
  }
  void audit.follow(cluster.log);
  await expect.poll(() => audit.seq).toBe(last);
  return audit;
}

it("finds nothing wrong with a match that is decided and placed once", async () => {
  const audit = await judged(
    post("a"),
    post("b"),
    epoch(1),
    decide(1, "m1", "a", "b"),
    place("m1"),
    place("m1"),
  );
  expect(audit.broken).toEqual([]);
  expect([...audit.tickets.values()].map(({ status }) => status)).toEqual(["assigned", "assigned"]);
  expect(audit.reign?.firstDecisionAtMs).toBeDefined();
});

it("a match with a ticket that is not open leaves no trace", async () => {
  const audit = await judged(
    post("a"),
    post("b"),
    epoch(1),
    decide(1, "m1", "a"),
    decide(1, "m2", "a", "b"),
    place("m2"),
  );
  expect(audit.tickets.get("b")?.status).toBe("open");
});

it.each([
  ["a match that is decided twice", [decide(1, "m1", "a"), place("m1", false), decide(1, "m1", "a")]],
  ["a decision of an epoch that is over", [epoch(2), decide(1, "m1", "a")]],
  ["two deciders of one epoch", [epoch(1, "mm_other")]],
])("finds %s", async (_, bodies) => {
  expect((await judged(post("a"), epoch(1), ...bodies)).broken).toHaveLength(1);
});
