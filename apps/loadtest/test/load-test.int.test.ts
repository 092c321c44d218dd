import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Member } from "@warren/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LoadTestProcess } from "./load-test-process.ts";

const GAME = fileURLToPath(new URL("./quiet-game.mjs", import.meta.url));
const PORTS = {
  WARREN_HTTP_PORT: "0",
  WARREN_ROOMS_PORT: "0",
  WARREN_ADMIN_PORT: "0",
  WARREN_GRPC_PORT: "0",
  WARREN_LOG_LEVEL: "warn",
};
const RUN_MS = 60_000;

let server: Member;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-loadtest-"));
  server = await Member.start(["dev", GAME], PORTS);
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): LoadTestProcess {
  return new LoadTestProcess(["--url", server.url, "--game", GAME, "--report", "none", "--json", ...args]);
}

async function scenarioFile(name: string, player: string): Promise<string> {
  const file = join(folder, `${name}.ts`);
  await writeFile(
    file,
    `import { defineScenario, type VirtualPlayer } from "@warren/loadtest";
export default defineScenario({ about: "${name}", async player(p: VirtualPlayer) { ${player} } });
`,
  );
  return file;
}

describe("warren loadtest", () => {
  it(
    "takes 50 players through every stage, and says so as the last line of stdout and in a report",
    async () => {
      const file = await scenarioFile(
        "stays",
        `const seat = await p.sit(await p.queue("queue")); await p.play(seat, { forMs: 60_000 });`,
      );
      const report = join(folder, "report.html");
      const { code, stdout, result } = await run(
        ...[file, "--players", "50", "--ramp", "2s", "--duration", "6s", "--generators", "2"],
        ...["--report", report, "--threshold", "stages.joined>=50", "--threshold", "errors.total<=0"],
      ).ended;
      expect({ code, errors: result().errors }).toEqual({ code: 0, errors: {} });
      expect(stdout.trimEnd().split("\n")).toHaveLength(1);
      const { generator, ...figures } = result();
      expect(Object.keys(generator)).toEqual(["cpu", "lagMsP99", "saturated"]);
      expect(Object.keys(figures)).toEqual([
        ...["players", "stages", "errors", "joinMs", "matchMs", "rttMs", "tickGapMs"],
        ...["statesPerSecond", "bytesPerPlayerPerSecond"],
      ]);
      expect(result()).toMatchObject({
        players: 50,
        stages: { queued: 50, matched: 50, joined: 50, left: 50 },
        errors: {},
        joinMs: { count: 50 },
        matchMs: { count: 50 },
      });
      const { joinMs, matchMs, rttMs, tickGapMs, statesPerSecond, bytesPerPlayerPerSecond } = result();
      expect(joinMs.p50).toBeGreaterThan(matchMs.p50);
      // Every player's PINGs, one a second, for at least four of them.
      expect(rttMs.count).toBeGreaterThan(50 * 3);
      // The game ticks four times a second.
      expect(tickGapMs.p50).toBeGreaterThan(200);
      expect(tickGapMs.p50).toBeLessThan(300);
      expect(statesPerSecond).toBeGreaterThan(50);
      expect(bytesPerPlayerPerSecond).toBeGreaterThan(20);
      expect(await readFile(report, "utf8")).toMatch(/^<!doctype html>/);
    },
    RUN_MS,
  );

  it(
    "ends with 99 when a threshold is crossed",
    async () => {
      const args = ["--rate", "5/s", "--ramp", "0s", "--duration", "2s", "--threshold", "joinMs.p50>60000"];
      const { code, stderr, result } = await run(...args).ended;
      expect({ code, players: result().players }).toEqual({ code: 99, players: 10 });
      expect(stderr).toContain("joinMs.p50>60000");
    },
    RUN_MS,
  );

  it(
    "says so when the generator was the limit",
    async () => {
      const file = await scenarioFile(
        "blocks",
        `const seat = await p.sit(await p.queue("queue"));
         for (;;) { await p.think(150); for (const end = performance.now() + 120; performance.now() < end; ); }`,
      );
      const { stderr, result } = await run(file, "--players", "2", "--ramp", "0s", "--duration", "4s").ended;
      expect(result().generator.saturated).toBe(true);
      // A PING that was late is as late as it was, not as long as its way.
      expect(result().rttMs.max).toBeGreaterThan(50);
      expect(stderr).toMatch(/generator was the limit/i);
    },
    RUN_MS,
  );

  it(
    "names what a scenario threw, and counts it, of every player on the schedule",
    async () => {
      const file = await scenarioFile("throws", `throw new Error("of its own");`);
      const { stderr, result } = await run(file, "--rate", "1000", "--ramp", "0s", "--duration", "1s").ended;
      const { players, errors } = result();
      // Who was to come in the last milliseconds may not have.
      expect(players).toBeGreaterThan(980);
      expect(errors).toEqual({ SCENARIO: players });
      expect(stderr).toContain("of its own");
    },
    RUN_MS,
  );

  it(
    "ends early, with what there is, when it is told to",
    async () => {
      const process = run("--players", "10", "--ramp", "0s", "--duration", "10min");
      await expect.poll(() => process.stderr(), { timeout: 30_000 }).toMatch(/\b10 playing/);
      process.signal("SIGINT");
      const { code, result } = await process.ended;
      expect({ code, errors: result().errors }).toEqual({ code: 0, errors: {} });
      expect(result().stages.left).toBe(result().stages.joined);
    },
    RUN_MS,
  );

  it(
    "writes its report also when nobody reads its output any more",
    async () => {
      const report = join(folder, "unread.html");
      const args = ["--players", "5", "--duration", "2s", "--report", report];
      const process = new LoadTestProcess(["--url", server.url, "--game", GAME, ...args]);
      process.stopReading();
      const { code, stderr } = await process.ended;
      expect({ code, hasStack: stderr.includes("EPIPE") }).toEqual({ code: 0, hasStack: false });
      expect(await readFile(report, "utf8")).toMatch(/^<!doctype html>/);
    },
    RUN_MS,
  );

  it(
    "counts the time in which a server does not answer, also for who asked before",
    async () => {
      const held = await Member.start(["dev", GAME], PORTS);
      try {
        const process = new LoadTestProcess([
          ...["--url", held.url, "--game", GAME, "--report", "none", "--json"],
          ...["--players", "10", "--ramp", "0s", "--duration", "10min"],
        ]);
        await expect.poll(() => process.stderr(), { timeout: 30_000 }).toMatch(/\b10 playing/);
        held.signal("SIGSTOP");
        const atMs = performance.now();
        await expect.poll(() => performance.now() - atMs, { timeout: 10_000 }).toBeGreaterThan(2_500);
        held.signal("SIGCONT");
        await expect.poll(() => performance.now() - atMs, { timeout: 10_000 }).toBeGreaterThan(4_500);
        process.signal("SIGINT");
        const { rttMs } = (await process.ended).result();
        // Each of them sent two in that time, at least, and one waited for most of it.
        expect(rttMs.max).toBeGreaterThan(1_400);
        expect(rttMs.p95).toBeGreaterThan(500);
      } finally {
        await held.stop();
      }
    },
    RUN_MS,
  );

  it(
    "counts what a server that dies does to players, and ends",
    async () => {
      const doomed = await Member.start(["dev", GAME], PORTS);
      try {
        const process = new LoadTestProcess([
          ...["--url", doomed.url, "--game", GAME, "--report", "none", "--json"],
          ...["--players", "20", "--ramp", "0s", "--duration", "10min"],
        ]);
        await expect.poll(() => process.stderr(), { timeout: 30_000 }).toMatch(/\b20 playing/);
        doomed.signal("SIGKILL");
        await expect.poll(() => process.stderr(), { timeout: 30_000 }).toMatch(/\b([5-9]\d|\d{3,}) errors/);
        process.signal("SIGINT");
        const { code, result } = await process.ended;
        expect(code).toBe(0);
        // Their sockets, and then every attempt of those who came in their place.
        expect(Object.keys(result().errors)).toEqual(["CONNECTION"]);
        expect(result().errors["CONNECTION"]).toBeGreaterThan(40);
      } finally {
        await doomed.stop();
      }
    },
    RUN_MS,
  );

  it.each([
    [
      "nothing answers",
      ["--url", "http://127.0.0.1:9"],
      /--url is "http:\/\/127.0.0.1:9"; accepted: the URL of a matchmaker that runs/,
    ],
    ["there is no such scenario", ["arean"], /scenario is "arean"; accepted: arena, .*or a file/],
    [
      "a threshold has no such name",
      ["--threshold", "joins<5"],
      /--threshold is "joins<5"; accepted: <name>/,
    ],
    ["a rate is none", ["--rate", "fast"], /--rate is "fast"; accepted: players a second/],
    ["a ramp would not end", ["--ramp", "20s", "--duration", "3s"], /--ramp is "20s"; accepted: at most --d/],
    ["it would be over at once", ["--duration", "0s"], /--duration is "0ms"; accepted: at least 1s/],
    ["a URL has a path", ["--url", "http://127.0.0.1:9/v1"], /accepted: .*without a path/],
    ["a report has no folder", ["--report", "/nowhere/a.html"], /--report is "\/nowhere\/a.html"; accepted/],
    ["a report is a folder", ["--report", "/"], /--report is "\/"; accepted: a file/],
    ["a file has no scenario", [GAME], /quiet-game.mjs"; accepted: a file whose default export/],
    [
      "another game runs there",
      ["--game", fileURLToPath(new URL("../../arena/src/game.ts", import.meta.url))],
      /--game is "queues ffa, duel"; accepted: the file of the game that runs at .* the queues queue/,
    ],
  ])(
    "says what is wrong when %s",
    async (_title, args, message) => {
      const { code, stdout, stderr } = await run(...args).ended;
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(message);
    },
    RUN_MS,
  );
});
