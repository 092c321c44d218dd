import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { warren } from "./processes.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function game(name: string, queues: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(
    file,
    `import { defineGame, defineQueue, defineRoom, t } from "@warren/game";
     const arena = defineRoom({ seats: 4, state: t.state({ phase: t.u8() }) });
     export default defineGame({ rooms: { arena }, queues: { ${queues} } });`,
  );
  return file;
}

async function run(args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  const running = warren(args, { WARREN_LOG_LEVEL: "silent" }, folder);
  const code = await running.exited;
  return { code, stdout: running.output() };
}

describe.concurrent("warren check", () => {
  it("tells everything that is wrong with all queues, and ends with 1", async () => {
    const file = await game(
      "bad.ts",
      `duel: defineQueue({ room: "arena", size: 0, expireMs: 5, skil: {}, acceptance: { timeoutMs: 9_000 } } as never),
       fine: defineQueue({ room: "arena", size: 2 }),
       big: defineQueue({ room: "arena", size: 5 })`,
    );
    const { code, stdout } = await run(["check", file, "--json"]);
    expect(code).toBe(1);
    const told = JSON.parse(stdout);
    expect(told.problems.map(({ field }: { field: string }) => field)).toEqual([
      "queues.duel.skil",
      "queues.duel.size",
      "queues.duel.expireMs",
      "queues.big.size",
    ]);
    expect([told.ok, Object.keys(told.queues)]).toEqual([false, ["fine"]]);
  });

  it("says what a queue does, and what is most likely not meant", async () => {
    const file = await game("odd.ts", `four: defineQueue({ room: "arena", size: 4, expireMs: 60_000 })`);
    const { code, stdout } = await run(["check", file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^four\n {2}match +4 players, in arena; version 1\n/);
    expect(stdout).toMatch(/\n {2}expires +after 60 s, /);
    expect(stdout).toMatch(/\n {2}! +relax: only 4 players are a match/);
    expect(stdout).toMatch(/\n1 queue, no problems, 1 warning \(!\)\n$/);
  });
});

describe.concurrent("warren simulate", () => {
  const figures = async (args: readonly string[]) => {
    const { code, stdout } = await run(["simulate", ...args, "--json"]);
    expect(code).toBe(0);
    const { cost: _, ...rest } = JSON.parse(stdout);
    return rest;
  };

  it("tells the same for the same seed, of a queue of a game", async () => {
    const file = await game("duo.ts", `duo: defineQueue({ room: "arena", size: 2 })`);
    const args = [file, "duo", "--workload", "w1", "--minutes", "2", "--seed"];
    const [one, again, other] = await Promise.all([
      figures([...args, "5"]),
      figures([...args, "5"]),
      figures([...args, "6"]),
    ]);
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    expect(one).toMatchObject({ queue: "duo", workload: "w1", seed: 5 });
    expect(one.tickets.assigned).toBeGreaterThan(50);
  });

  it("replays what was recorded", async () => {
    const file = await game("trio.ts", `trio: defineQueue({ room: "arena", size: 3 })`);
    const recording = join(folder, "recorded.jsonl");
    const line = (n: number) =>
      JSON.stringify({
        timeMs: 1_000 * n,
        record: {
          version: 2,
          ticketPosted: { ticketId: `t${n}`, players: [{ playerId: `p${n}` }], queues: ["trio"] },
        },
      });
    await writeFile(recording, [1, 2, 3, 4].map((n) => `${line(n)}\n`).join(""));
    const { tickets } = await figures([file, "trio", "--replay", recording]);
    expect(tickets).toMatchObject({ posted: 4, assigned: 3, expired: 1, waiting: 0 });
  });

  it.each<[args: string[], said: RegExp]>([
    [["ffa", "--workload", "chess-1"], /workload is "chess-1"; accepted: without a queue, or w1, w2/],
    [["nope"], /queue is "nope"; accepted: ffa, duel/],
    [["--workload", "w3"], /--workload is "w3"; accepted: w1, w2/],
    [["ffa", "--replay", "nowhere.jsonl"], /replay is "nowhere.jsonl"; accepted: a file that can be read/],
    [["--replay", "nowhere.jsonl"], /queue is missing; accepted: the queue to replay/],
    [["ffa", "--replay", "x.jsonl", "--workload=w2"], /--workload has no effect beside --replay/],
    [["ffa", "--replay", "x.jsonl", "--minutes", "3"], /--minutes has no effect beside --replay/],
    [["game.ts", "ranked", "extra"], /"extra" is one argument too many; accepted: \[game\] \[queue\]/],
  ])("%j is refused", async (args, said) => {
    const running = warren(["simulate", ...args], {}, folder);
    await running.said(said);
    expect(await running.exited).toBe(2);
  });
});

it("warren dev refuses a bad setting before anything is started", async () => {
  const running = warren(
    ["dev", "--http-port=0", "--rooms-port=0"],
    { WARREN_SERVER_KEYS: "bad", WARREN_LOG_LEVEL: "info" },
    folder,
  );
  expect(await running.exited).toBe(2);
  expect(running.output()).not.toMatch(/port/);
});
