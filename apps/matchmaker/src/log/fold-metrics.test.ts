import { defineQueue } from "@warren/matchmaking";
import { createRegistry } from "@warren/service";
import { expect, it } from "vitest";
import { DeciderHarness } from "../../test/decider-harness.ts";
import { matchmakerMetrics } from "../metrics.ts";
import { measureFold } from "./fold-metrics.ts";

it("shows what the fold holds, and how tickets end", async () => {
  const acceptance = { timeoutMs: 5_000 };
  const harness = new DeciderHarness({ duel: defineQueue({ room: "arena", size: 2, acceptance }) });
  const registry = createRegistry("test");
  measureFold(harness.domain, matchmakerMetrics(registry));
  const values = async (name: string) => {
    const { values: all = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
    return all.map(({ labels, value }) => [...Object.values(labels), value]);
  };
  const { domain } = harness;
  const vote = (playerId: string, accepts: boolean) => {
    const [matchId = ""] = domain.fold.proposed.keys();
    return domain.append(domain.ticketSubject, { $case: "voted", value: { matchId, playerId, accepts } });
  };
  await harness.start();

  await harness.post("ann");
  expect(await values("warren_tickets_open")).toEqual([[1]]);
  await harness.post("bob");
  await harness.settled();
  expect(await values("warren_tickets_open")).toEqual([[0]]);
  expect(await values("warren_matches_proposed")).toEqual([[1]]);
  await vote("ann", false);
  expect(await values("warren_matches_proposed")).toEqual([[0]]);
  expect(await values("warren_players_cooling_down")).toEqual([[1]]);
  expect(await values("warren_tickets_ended_total")).toEqual([["declined", 1]]);

  await harness.pass(2_000);
  await harness.post("cat");
  await harness.settled();
  let place = () => {};
  harness.reserve = () =>
    new Promise((resolve) => {
      place = () => resolve({ correlationId: 0, errorCode: "", errorMessage: "", roomEpoch: 1 });
    });
  await vote("bob", true);
  await vote("cat", true);
  await harness.settled();
  expect(await values("warren_matches_placing")).toEqual([[1]]);
  place();
  await harness.settled();
  expect(await values("warren_matches_placing")).toEqual([[0]]);
  expect(await values("warren_tickets_ended_total")).toEqual([
    ["declined", 1],
    ["assigned", 2],
  ]);
  // Who was sent back waited longer.
  const waits = await values("warren_ticket_wait_seconds");
  expect(waits.filter(([le]) => le === 1 || le === 2.5).map((row) => row.at(-1))).toEqual([1, 2]);
  await harness.close();
});
