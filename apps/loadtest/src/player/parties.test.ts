import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { PARTY_WAIT_MS, Parties, type Party, type PartySize } from "./parties.ts";

const drawn: PartySize = (random) => random.int(1, 5);

function world(seed = 1) {
  const clock = new VirtualClock();
  const parties = new Parties({
    after: (delayMs, fn) => clock.after(delayMs, fn),
    seed,
    onTimeout: () => new Error("TIMEOUT"),
  });
  return {
    clock,
    meet: (of: string, nth: number, size: PartySize, atEnd = (_undo: () => void) => {}) =>
      parties.meet(of, nth, size, atEnd),
  };
}

/** Who is with whom, and what each draws, when players come in this order. */
async function met(order: readonly number[], size: PartySize, seed = 1) {
  const { clock, meet } = world(seed);
  const all = order.map(async (nth) => {
    const { index, size: count, random } = await meet("lobby", nth, size);
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
  const { meet } = world();
  void meet("b", 1, 2);
  const both = Promise.all([meet("a", 0, 2), meet("a", 1, 2)]);
  expect((await both).map(({ index, isLeader, size }) => [index, isLeader, size])).toEqual([
    [0, true, 2],
    [1, false, 2],
  ]);
});

it("a party that nobody else comes to leaves with those who are there, and the late ones are together", async () => {
  const { clock, meet } = world();
  const alone = meet("a", 1, 3);
  clock.advance(PARTY_WAIT_MS - 1);
  clock.advance(1);
  expect(await alone).toMatchObject({ size: 1, isLeader: true, index: 0 });
  const late = Promise.all([meet("a", 2, 3), meet("a", 0, 3)]);
  clock.advance(PARTY_WAIT_MS);
  expect((await late).map(({ size, index }) => [size, index])).toEqual([
    [2, 1],
    [2, 0],
  ]);
});

it("each hears all that is told, in order, also what was told before; and no longer waits when nothing comes", async () => {
  const { clock, meet } = world();
  const [leader, member] = (await Promise.all([meet("a", 0, 2), meet("a", 1, 2)])) as [Party, Party];
  leader.tell("7KQ2MX");
  const heard = [member.told(), member.told()];
  leader.tell("again");
  expect(await Promise.all(heard)).toEqual(["7KQ2MX", "again"]);
  const never = expect(member.told()).rejects.toThrow("TIMEOUT");
  clock.advance(PARTY_WAIT_MS);
  await never;
});

it("a party that meets again is the same one, and does something else", async () => {
  const { meet } = world();
  const both = () => Promise.all([meet("a", 0, 2), meet("a", 1, 2)]);
  const [first, second] = [await both(), await both()];
  expect(second.map(({ size, index }) => [size, index])).toEqual(
    first.map(({ size, index }) => [size, index]),
  );
  expect(second[0].random.u32()).not.toBe(first[0].random.u32());
});

it("who goes while it waits is not in the party", async () => {
  const { clock, meet } = world();
  let undo = () => {};
  void meet("a", 0, 2, (leave) => {
    undo = leave;
  });
  undo();
  const alone = meet("a", 1, 2);
  clock.advance(PARTY_WAIT_MS);
  expect(await alone).toMatchObject({ size: 1, index: 0, isLeader: true });
});
