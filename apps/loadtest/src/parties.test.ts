import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { PARTY_WAIT_MS, Parties, type Party, type PartySize } from "./parties.ts";

const drawn: PartySize = (random) => random.int(1, 5);

function world(seed = 1) {
  const clock = new VirtualClock();
  return { clock, parties: new Parties({ clock, seed, onTimeout: () => new Error("TIMEOUT") }) };
}

/** Who is with whom, and what each draws, when players come in this order. */
async function met(order: readonly number[], size: PartySize, seed = 1) {
  const { clock, parties } = world(seed);
  const all = order.map(async (nth) => {
    const { index, size: count, random } = await parties.meet("lobby", nth, size);
    return { nth, index, count, draw: random.u32() };
  });
  clock.advance(PARTY_WAIT_MS);
  return (await Promise.all(all)).sort((a, b) => a.nth - b.nth);
}

it("who is with whom, and what a party draws, is the same for the same seed in whatever order they come", async () => {
  const order = Array.from({ length: 60 }, (_, i) => i);
  const first = await met(order, drawn);
  expect(await met([...order].reverse(), drawn)).toEqual(first);
  expect(await met(order, drawn, 2)).not.toEqual(first);
  expect(new Set(first.map(({ count }) => count)).size).toBeGreaterThan(2);
  expect(new Set(first.map(({ draw }) => draw)).size).toBe(first.filter(({ index }) => index === 0).length);
});

it("a party leaves as soon as it is whole, those of another scenario are not in it", async () => {
  const { parties } = world();
  const both = Promise.all([parties.meet("a", 0, 2), parties.meet("a", 1, 2)]);
  void parties.meet("b", 1, 2);
  expect((await both).map(({ index, isLeader, size }) => [index, isLeader, size])).toEqual([
    [0, true, 2],
    [1, false, 2],
  ]);
});

it("a party that nobody else comes to leaves with those who are there, and the late ones are together", async () => {
  const { clock, parties } = world();
  const alone = parties.meet("a", 1, 3);
  clock.advance(PARTY_WAIT_MS - 1);
  clock.advance(1);
  expect(await alone).toMatchObject({ size: 1, isLeader: true, index: 0 });
  const late = Promise.all([parties.meet("a", 2, 3), parties.meet("a", 0, 3)]);
  clock.advance(PARTY_WAIT_MS);
  expect((await late).map(({ size, index }) => [size, index])).toEqual([
    [2, 1],
    [2, 0],
  ]);
});

it("each hears all that is told, in order, also what was told before; and no longer waits when nothing comes", async () => {
  const { clock, parties } = world();
  const [leader, member] = (await Promise.all([parties.meet("a", 0, 2), parties.meet("a", 1, 2)])) as [
    Party,
    Party,
  ];
  leader.tell("7KQ2MX");
  const heard = [member.told(), member.told()];
  leader.tell("again");
  expect(await Promise.all(heard)).toEqual(["7KQ2MX", "again"]);
  const never = expect(member.told()).rejects.toThrow("TIMEOUT");
  clock.advance(PARTY_WAIT_MS);
  await never;
});
