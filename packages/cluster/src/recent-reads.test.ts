import { VirtualClock } from "@warren/testkit";
import { expect, it } from "vitest";
import { RecentReads } from "./recent-reads.ts";

function setUp() {
  const clock = new VirtualClock(1_000);
  const read: string[] = [];
  const fails = new Set<string>();
  const reads = new RecentReads<string, string>({
    clock,
    freshMs: 100,
    countMax: 3,
    async read(key) {
      read.push(key);
      if (fails.has(key)) throw new Error("cannot be read");
      return `${key}${read.length}`;
    },
  });
  return { clock, read, fails, reads };
}

it("what was read is believed for one to two times as long as it is fresh", async () => {
  const { clock, reads } = setUp();
  expect(await Promise.all([reads.of("a"), reads.of("a")])).toEqual(["a1", "a1"]);
  clock.advance(100);
  expect(await reads.of("a")).toBe("a1");
  clock.advance(100);
  expect(await reads.of("a")).toBe("a2");
  reads.forget("a");
  expect(await reads.of("a")).toBe("a3");
});

it("a failure is not remembered", async () => {
  const { fails, reads } = setUp();
  fails.add("a");
  await expect(reads.of("a")).rejects.toThrow("cannot be read");
  fails.clear();
  expect(await reads.of("a")).toBe("a2");
});

it("at most twice as many keys are remembered as it is told", async () => {
  const { read, reads } = setUp();
  for (const key of "abcdefg") await reads.of(key);
  await reads.of("d");
  expect(read.join("")).toBe("abcdefg");
  await reads.of("a");
  expect(read.join("")).toBe("abcdefga");
});
