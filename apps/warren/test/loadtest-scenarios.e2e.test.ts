import { fileURLToPath } from "node:url";
import type { RunResult } from "@warren/loadtest";
import { freePort } from "@warren/testbed";
import type { Launched } from "@warren/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { warren, warrenDev } from "./processes.ts";

const SQUADS = fileURLToPath(new URL("loadtest/squads.ts", import.meta.url));

interface Site {
  readonly server: Launched;
  readonly url: string;
  readonly adminPort: number;
}

async function start(args: readonly string[]): Promise<Site> {
  const adminPort = await freePort();
  return { ...(await warrenDev(args, { WARREN_ADMIN_PORT: String(adminPort) })), adminPort };
}

async function loadtest(site: Site, ...args: readonly string[]): Promise<RunResult> {
  const run = warren(["loadtest", ...args, "--url", site.url, "--report", "none", "--json"]);
  const code = await run.exited;
  expect(code, run.output()).toBe(0);
  const [last] = run
    .output()
    .split("\n")
    .filter((line) => line.startsWith('{"players"'));
  return JSON.parse(last ?? "") as RunResult;
}

/** How often a route was asked, and with which status. */
async function asked(site: Site, route: string, status: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${site.adminPort}/metrics`)).text();
  const labels = new RegExp(
    `^warren_http_request_seconds_count\\{role="dev",route="${route}",status="${status}"\\} (\\d+)`,
    "m",
  );
  return Number(labels.exec(text)?.[1] ?? 0);
}

describe("the built-in scenarios", () => {
  let arena: Site;
  beforeAll(async () => {
    arena = await start([]);
  });
  afterAll(async () => {
    await arena.server.end();
  });

  it.each([
    ["arena", ["--players", "12", "--ramp", "1s"]],
    ["lobby", ["--players", "12", "--ramp", "1s"]],
    ["spike", ["--rate", "20/s", "--ramp", "2s"]],
  ])("%s: players of the arena join and leave without an error", async (name, size) => {
    const { stages, errors, joinMs } = await loadtest(arena, name, ...size, "--duration", "5s");
    expect(errors).toEqual({});
    expect(stages.joined).toBeGreaterThanOrEqual(8);
    expect(joinMs.count).toBeGreaterThanOrEqual(stages.joined);
  });

  it("churn: sockets are lost and come back, by RESUME and by a fresh seat, without an error", async () => {
    const args = ["churn", "--players", "20", "--ramp", "0s", "--duration", "8s"];
    const { stages, errors } = await loadtest(arena, ...args);
    expect(errors).toEqual({});
    expect(stages.joined).toBeGreaterThan(10);
    expect(await asked(arena, "/v1/players/me/seats/:room", 200)).toBeGreaterThan(3);
  });
});

describe("any game", () => {
  let squads: Site;
  beforeAll(async () => {
    squads = await start([SQUADS, "--region", "eu"]);
  });
  afterAll(async () => {
    await squads.server.end();
  });

  it("arena: players bring what the queue and the room ask for, and take no for an answer", async () => {
    const args = ["--game", SQUADS, "--players", "12", "--ramp", "1s", "--duration", "8s"];
    const { stages, errors } = await loadtest(squads, "arena", ...args);
    expect(errors).toEqual({});
    expect(stages.joined).toBeGreaterThanOrEqual(4);
  });

  it("lobby: parties open a lobby, come in, get ready, queue as one, cancel and queue again", async () => {
    const args = ["--game", SQUADS, "--players", "24", "--ramp", "1s", "--duration", "12s", "--seed", "2"];
    const { stages, errors } = await loadtest(squads, "lobby", ...args);
    expect(errors).toEqual({});
    expect(stages.joined).toBeGreaterThanOrEqual(8);
    // Who cancelled has queued once more than it was matched.
    expect(stages.queued).toBeGreaterThan(stages.matched);
    const [opened, joined] = [
      await asked(squads, "/v1/lobbies", 201),
      await asked(squads, "/v1/lobbies/join", 200),
    ];
    expect(opened).toBeGreaterThan(3);
    expect(joined).toBeGreaterThan(3);
    expect(await asked(squads, "/v1/lobbies/:id/ready", 200)).toBeGreaterThanOrEqual(opened + joined);
    expect(await asked(squads, "/v1/tickets/:id", 200)).toBeGreaterThan(0);
  });

  it("without the game's file the arena's queues are not there, and it says so", async () => {
    const run = warren(["loadtest", "--url", squads.url, "--report", "none", "--duration", "2s"]);
    await run.exited;
    expect(run.output()).toContain("--game");
    expect(run.output()).toContain("squads");
  });
});
