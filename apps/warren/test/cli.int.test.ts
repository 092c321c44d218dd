import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "vitest";

// The command as it is installed: `tsc -b` has to have run.
const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `warren` with a clean environment until it ends by itself. */
async function warren(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"], WARREN_LOG_LEVEL: "silent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 15_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

let folder = "";
let takenPort = 0;
const taken = createServer();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  taken.listen(0);
  await once(taken, "listening");
  takenPort = (taken.address() as AddressInfo).port;
});
afterAll(async () => {
  taken.close();
  await rm(folder, { recursive: true, force: true });
});

async function gameFile(name: string, source: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, source);
  return file;
}

describe.concurrent("what a person can mend is one line and code 2", () => {
  type Case = [
    title: string,
    args: () => string[] | Promise<string[]>,
    env: () => Record<string, string>,
    line: RegExp,
  ];
  const none = () => ({});
  const dev = (...args: string[]) => ["dev", "--http-port=0", "--rooms-port=0", ...args];
  const cases: Case[] = [
    [
      "an unknown command",
      () => ["dve"],
      none,
      /there is no command "dve"; there are dev, .*matchmaker, rooms, up, .*doctor/,
    ],
    [
      "a REST port in use",
      () => dev(`--http-port=${takenPort}`),
      none,
      /port \d+ is in use; set WARREN_HTTP_PORT to another port, or 0 for any/,
    ],
    [
      "a port for players in use",
      () => dev(`--rooms-port=${takenPort}`),
      none,
      /port \d+ is in use; set WARREN_ROOMS_PORT to another port, or 0 for any/,
    ],
    [
      "a port for NATS in use",
      () => ["up", `--nats-port=${takenPort}`, `--data-dir=${join(folder, "data")}`],
      // Where a nats-server is found, or kept once fetched.
      () => ({
        HOME: process.env["HOME"] ?? "",
        WARREN_NATS_SERVER: process.env["WARREN_NATS_SERVER"] ?? "",
      }),
      /port \d+ is in use; set WARREN_NATS_PORT to another port, or 0 for any/,
    ],
    [
      "a NATS that does not answer",
      () => ["rooms", "--nats-url=nats://127.0.0.1:1"],
      none,
      /WARREN_NATS_URL is "nats:\/\/127.0.0.1:1"; accepted: servers that can be used; connection refused/,
    ],
    ["no NATS", () => ["matchmaker"], none, /WARREN_NATS_URL is missing; .*`warren dev`/],
    [
      "a secret that is too short",
      () => dev(),
      () => ({ WARREN_AUTH_SECRET: "hunter2" }),
      /WARREN_AUTH_SECRET is "7 characters"; accepted: 32 or more/,
    ],
    [
      "a proxy that is no address",
      () => dev("--trusted-proxies=10.0.0.7,everyone"),
      none,
      /WARREN_TRUSTED_PROXIES is "everyone"; accepted: addresses or networks separated by commas, such as/,
    ],
    [
      "a number of workers that is none",
      () => ["rooms", "--workers=many"],
      none,
      /--workers is "many"; accepted: auto, or a whole number from 1 to 256$/,
    ],
    [
      "workers for which there are not enough ports",
      () => ["rooms", "--workers=2", "--rooms-port=65535"],
      none,
      /WARREN_ROOMS_PORT is 65535; accepted: a port with one more after it for each worker, or 0$/,
    ],
    [
      "a game file that is not there",
      () => ["dev", join(folder, "gone.ts")],
      none,
      /gone\.ts is not a file; give the file that exports your game/,
    ],
    [
      "a game file with a syntax error",
      async () => dev(await gameFile("typo.ts", "export default {\n  rooms: [\n")),
      none,
      /typo\.ts cannot be loaded: .*typo\.ts:\d+:\d+: .*end of file/,
    ],
  ];
  cases.push(
    [
      "a schema of a file that is not there",
      () => ["schema", join(folder, "gone.ts")],
      none,
      /gone\.ts is not a file; give the file that exports your game/,
    ],
    [
      "a schema of a room that is not one",
      async () => [
        "schema",
        await gameFile("room.ts", 'import { defineRoom } from "@warren/game";\ndefineRoom({ seats: 2 });\n'),
      ],
      none,
      /room\.ts cannot be loaded: state is missing; accepted: what t\.state\(\{ … \}\) makes \(room\.ts:2:1\)/,
    ],
  );
  for (const [title, args, env, line] of cases) {
    it(title, async ({ expect }) => {
      const { code, stdout, stderr } = await warren(await args(), env());
      const lines = stderr.trimEnd().split("\n");
      expect(lines).toEqual([expect.stringMatching(/^warren: /)]);
      expect(lines[0]).toMatch(line);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).not.toContain("hunter2");
    });
  }

  it("a schema is printed for people, without colours in a file, and for programs", async ({ expect }) => {
    const shown = await warren(["schema"]);
    expect([shown.code, shown.stderr]).toEqual([0, ""]);
    expect(shown.stdout).toMatch(
      /^arena +bytes\n {2}8 seats, 30 ticks\/s\n {2}fingerprint [0-9a-f]{16}\n\nstate\n/,
    );
    expect(shown.stdout).toMatch(/\ninput +\d+\n {2}thrust +i8 +1\n/);
    const { stdout } = await warren(["schema", "--json"]);
    const { rooms } = JSON.parse(stdout);
    expect(Object.keys(rooms)).toEqual(["arena"]);
    expect(shown.stdout).toContain(rooms.arena.fingerprint);
    expect(rooms.arena.wire.input).toEqual({ struct: expect.arrayContaining([["fire", "bool"]]) });
  });

  it("several problems are several lines", async ({ expect }) => {
    const { code, stderr } = await warren(["dev", "--http-port=x", "--what"], { WARREN_ROOMS_MAX: "0" });
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
  });
});
