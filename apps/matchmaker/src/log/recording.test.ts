import { memoryCluster } from "@warren/cluster/memory";
import { type Clock, systemClock } from "@warren/kernel";
import { Fold } from "@warren/matchmaking";
import { RECORD_VERSION } from "@warren/protocol";
import { LogEntry, TicketsClosed_Cause } from "@warren/protocol/services";
import { expect, it } from "vitest";
import { DOMAIN } from "./domain.ts";
import { type Recorded, recording } from "./recording.ts";
import { Snapshots } from "./snapshots.ts";

type Body = NonNullable<LogEntry["body"]>;

let nowMs = 5_000;
const clock: Clock = { ...systemClock, monotonicMs: () => nowMs, wallMs: () => nowMs };

const posted = (id: string): Body => ({
  $case: "ticketPosted",
  value: {
    ticketId: id,
    players: [
      {
        playerId: `p-${id}`,
        joinJson: '{"name":"Ann"}',
        attributes: [
          { name: "mmr", value: { $case: "number", value: 1_400 }, sigma: 5 },
          { name: "build", value: { $case: "text", value: "1" }, sigma: 0 },
          { name: "maps", value: { $case: "set", value: { values: ["ice"] } }, sigma: 0 },
        ],
        latencies: [{ region: "eu", ms: 20 }],
      },
    ],
    queues: ["duel"],
    replace: false,
    lobbyId: "",
  },
});

it("tells tickets that were open before the log begins, and every record since, without what players bring", async () => {
  const { log } = memoryCluster(clock);
  const fold = new Fold();
  const subject = `mm.${DOMAIN}.t`;
  const append = async (body: Body) => {
    const entry: LogEntry = { version: RECORD_VERSION, body };
    const { seq } = await log.append(subject, LogEntry.encode(entry).finish());
    fold.apply(seq, (await log.last(subject))!.timeMs, false, entry);
    nowMs += 1_000;
  };
  await append(posted("old"));
  await append(posted("gone"));
  await append({
    $case: "ticketsClosed",
    value: { ticketIds: ["gone"], cause: TicketsClosed_Cause.CANCELLED },
  });
  const snapshots = new Snapshots(log, DOMAIN, clock);
  await snapshots.write(fold, { tickets: subject, decider: `mm.${DOMAIN}.d` }, clock.monotonicMs());
  await append(posted("new"));
  await log.trim(subject, 4);

  const told: Recorded[] = [];
  for await (const each of recording(log, clock)) told.push(each);
  expect(told.map(({ entry }) => entry)).toMatchObject([
    { body: { value: { ticketId: "old" } } },
    { body: { value: { ticketId: "new" } } },
  ]);
  expect(told[1]!.timeMs - told[0]!.timeMs).toBe(3_000);
  // The same as the record was, but for what is nobody's business.
  const [old, young] = told.map(
    ({ entry }) => entry.body?.$case === "ticketPosted" && entry.body.value.players[0],
  );
  expect(old).toEqual({ ...young, playerId: "p-old" });
  expect(JSON.stringify(told)).not.toContain("Ann");
});

it("is empty when nobody ever asked", async () => {
  for await (const _ of recording(memoryCluster(clock).log, clock)) expect.unreachable();
});
